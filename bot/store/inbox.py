"""The inbox: what services told us, written once by a door and leased by the worker until it is done.

A delivery is lost by no crash: it waits until somebody says `done` or `failed`, and a lease that runs out gives it
back. Deliveries that arrive together are written in one transaction.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import batched
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select, update

from bot.store.database import Database, insert
from bot.store.schema import inbox
from bot.store.words import Delivery, FailedDelivery, Leased

AT_ONCE = 100  # rows of one INSERT: SQLite takes some thousands of values
ELSEWHERE_SECONDS = 2.0  # how long a delivery that another process added may go unnoticed here


@dataclass
class _Batch:
    """Deliveries that will share one transaction, and the task that writes them."""

    deliveries: list[Delivery] = field(default_factory=list)
    written: asyncio.Task[set[int]] | None = None


class Inbox:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock
        self._next: _Batch | None = None
        self._writing = asyncio.Lock()
        self._news = asyncio.Event()

    async def add(self, delivery: Delivery) -> bool:
        """Keep it; False if a delivery of this id is known already. On return the disk has it."""
        if self._next is None:
            self._next = _Batch()
            self._next.written = asyncio.create_task(self._write(self._next))
        batch = self._next
        batch.deliveries.append(delivery)
        assert batch.written is not None
        # Shielded: one caller that hangs up must not take the others' deliveries along.
        return id(delivery) in await asyncio.shield(batch.written)

    async def _write(self, batch: _Batch) -> set[int]:
        async with self._writing:  # while the batch before this one is being written, more join this one
            self._next = None
            added = await self._database.write(partial(_add, batch.deliveries))
        if added:
            self._news.set()
        return {id(delivery) for delivery in _firsts(batch.deliveries) if delivery.id in added}

    async def wait(self, seconds: float) -> None:
        """Return at once when this process has added something since the last wait; soon for other processes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, ELSEWHERE_SECONDS)):
                await self._news.wait()
        self._news.clear()

    async def lease(self, limit: int, seconds: float) -> list[Leased]:
        """The oldest deliveries that are due, for this caller alone, for so many seconds."""
        now = self._clock()
        due = (
            select(inbox.c.seq)
            .where(inbox.c.state == "waiting", inbox.c.due_at <= now)
            .order_by(inbox.c.seq)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(inbox)
            .where(inbox.c.seq.in_(due.scalar_subquery()))
            .values(due_at=now + seconds, attempts=inbox.c.attempts + 1)
            .returning(inbox)
        )
        rows = await self._database.write(lambda connection: connection.execute(statement).all())
        return [_leased(row) for row in sorted(rows, key=lambda row: row.seq)]

    async def reclaim(self) -> None:
        """All that waits is due now. For a process that has the inbox to itself: what is leased was a dead one's.

        What is parked is tried as well: what would have given it back may have happened while nobody listened.
        """
        now = self._clock()
        later = (inbox.c.state == "waiting") & (inbox.c.due_at > now)
        statement = update(inbox).where(later | (inbox.c.state == "parked")).values(state="waiting", due_at=now)
        await self._database.write(lambda connection: connection.execute(statement))

    async def done(self, id: str, outcome: str, *, session: str | None = None) -> None:
        """It is dealt with; what it carried is dropped, its id stays known until the purge."""
        await self._change(
            id, outcome, state="done", session=session, headers=b"{}", payload=b"", ended_at=self._clock()
        )

    async def later(self, id: str, after: float, reason: str) -> None:
        """Give it back, due again in so many seconds."""
        await self._change(id, reason, due_at=self._clock() + after)

    async def failed(self, id: str, reason: str) -> None:
        """Nobody will try again; kept whole for people to look at."""
        await self._change(id, reason, state="failed", ended_at=self._clock())

    async def park(self, id: str, key: str) -> None:
        """Nobody works on it until `unpark` gives back what is parked under this key."""
        await self._change(id, key, state="parked")

    async def unpark(self, key: str, *, after: float = 0.0) -> int:
        """All that is parked under this key is due in so many seconds, with all its tries; how many that are."""
        now = self._clock() + after
        statement = (
            update(inbox)
            .where(inbox.c.state == "parked", inbox.c.reason == key)
            .values(state="waiting", due_at=now, attempts=0)
        )
        taken: int = await self._database.write(lambda connection: connection.execute(statement).rowcount)
        if taken:
            self._news.set()
        return taken

    async def _change(self, id: str, reason: str, **values: object) -> None:
        # A worker whose lease ran out may report late; what has ended stays ended. PostgreSQL's text has no NUL.
        values["reason"] = reason.replace("\0", "")
        statement = update(inbox).where(inbox.c.id == id, inbox.c.state == "waiting").values(**values)
        await self._database.write(lambda connection: connection.execute(statement))

    async def depth(self) -> int:
        """How many deliveries wait or are being worked on."""
        statement = select(func.count()).where(inbox.c.state == "waiting")
        return await self._database.read(lambda connection: connection.scalar(statement) or 0)

    async def failures(self, limit: int = 100) -> list[FailedDelivery]:
        """The latest deliveries that failed."""
        statement = select(inbox).where(inbox.c.state == "failed").order_by(inbox.c.ended_at.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        return [FailedDelivery(_delivery(row), row.attempts, row.reason, row.ended_at) for row in rows]

    async def seen(self, ids: Collection[str]) -> set[str]:
        """Those of the ids that are known, whatever became of them."""
        statement = select(inbox.c.id).where(inbox.c.id.in_(ids))
        return set(await self._database.read(lambda connection: connection.scalars(statement).all()))


def _add(deliveries: Sequence[Delivery], connection: Connection) -> set[str]:
    """The ids that were not known before."""
    if connection.dialect.name == "sqlite":
        return {id for some in batched(deliveries, AT_ONCE) for id in _add_to_sqlite(some, connection)}
    statement = insert(connection, inbox).on_conflict_do_nothing(index_elements=["id"]).returning(inbox.c.id)
    return set(connection.scalars(statement, [_row(delivery) for delivery in deliveries]))


def _add_to_sqlite(deliveries: Sequence[Delivery], connection: Connection) -> set[str]:
    # Text of our own, because SQLAlchemy takes longer to compile it than SQLite to run it. No RETURNING: for each row
    # that comes back the thread gives up the interpreter, and under load has to wait for it.
    rows = [_row(delivery) for delivery in deliveries]
    values = tuple(value for row in rows for value in row.values())
    added = connection.exec_driver_sql(_sqlite_insert(tuple(rows[0]), len(rows)), values).rowcount
    if added == len(deliveries):
        return {delivery.id for delivery in deliveries}
    # Nobody else writes during this transaction, so the new ones are the last.
    return set(connection.scalars(select(inbox.c.id).order_by(inbox.c.seq.desc()).limit(added)))


@cache
def _sqlite_insert(columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    rows = ", ".join([row] * count)
    return f"INSERT INTO {inbox.name} ({', '.join(columns)}) VALUES {rows} ON CONFLICT (id) DO NOTHING"


def _firsts(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Of deliveries that came twice in one batch, the first."""
    return list({delivery.id: delivery for delivery in reversed(deliveries)}.values())


def _row(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "source": delivery.source,
        "event": delivery.event,
        "headers": orjson.dumps(dict(delivery.headers)),
        "payload": delivery.payload,
        "received_at": delivery.received_at,
        "state": "waiting",
        "due_at": delivery.received_at,
        "attempts": 0,
        "reason": "",
    }


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(row.id, row.source, row.event, orjson.loads(row.headers), row.payload, row.received_at)


def _leased(row: Row[*tuple[Any, ...]]) -> Leased:
    return Leased(_delivery(row), row.attempts, row.due_at)
