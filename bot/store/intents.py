"""Intents and work orders: what was asked for, and what its runner is told. Both are written once and then stand.

Called by the worker (intents) and by the runner door (orders). An intent is the proof that a session's `origin` is not
its own claim.
"""

from collections.abc import Callable
from dataclasses import replace

from pydantic import TypeAdapter
from sqlalchemy import Connection, Select, select

from bot.store.database import Database, insert
from bot.store.schema import intents, orders
from bot.store.words import Intent
from crds.work_order import WorkOrder

_INTENT = TypeAdapter(Intent)


class Intents:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def record(self, intent: Intent) -> Intent:
        """Keep it, stamped with the time; gives back the one that is stored under this name, which may be older."""
        stamped = replace(intent, created_at=self._clock())

        def put(connection: Connection) -> bytes:
            connection.execute(insert(connection, intents).on_conflict_do_nothing(), _row(stamped))
            return connection.scalars(_named(intent.namespace, intent.name)).one()

        return _INTENT.validate_json(await self._database.write(put))

    async def get(self, namespace: str, name: str) -> Intent | None:
        found = await self._database.read(lambda connection: connection.scalar(_named(namespace, name)))
        return None if found is None else _INTENT.validate_json(found)

    async def since(self, since: float) -> list[Intent]:
        """All intents since then, oldest first."""
        statement = select(intents.c.document).where(intents.c.created_at >= since).order_by(intents.c.created_at)
        found = await self._database.read(lambda connection: connection.scalars(statement).all())
        return [_INTENT.validate_json(document) for document in found]

    async def recent(self, thread_key: str, since: float) -> list[Intent]:
        """The intents of one thread since then, oldest first."""
        statement = (
            select(intents.c.document)
            .where(intents.c.thread_key == thread_key, intents.c.created_at >= since)
            .order_by(intents.c.created_at)
        )
        found = await self._database.read(lambda connection: connection.scalars(statement).all())
        return [_INTENT.validate_json(document) for document in found]


def _named(namespace: str, name: str) -> Select[bytes]:
    return select(intents.c.document).where(intents.c.namespace == namespace, intents.c.name == name)


def _row(intent: Intent) -> dict[str, object]:
    return {
        "namespace": intent.namespace,
        "name": intent.name,
        "thread_key": intent.thread_key,
        "document": _INTENT.dump_json(intent),
        "created_at": intent.created_at,
    }


class Orders:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def put_once(self, session_uid: str, order: WorkOrder) -> WorkOrder:
        """Keep the order; gives back the one that is stored, which stays what it was at the first call."""
        row = {"session_uid": session_uid, "document": order.model_dump_json().encode(), "created_at": self._clock()}

        def put(connection: Connection) -> bytes:
            connection.execute(insert(connection, orders).on_conflict_do_nothing(), row)
            return connection.scalars(_ordered(session_uid)).one()

        return WorkOrder.model_validate_json(await self._database.write(put))

    async def get(self, session_uid: str) -> WorkOrder | None:
        found = await self._database.read(lambda connection: connection.scalar(_ordered(session_uid)))
        return None if found is None else WorkOrder.model_validate_json(found)


def _ordered(session_uid: str) -> Select[bytes]:
    return select(orders.c.document).where(orders.c.session_uid == session_uid)
