"""Raises: the dollars that a person has let a session use beyond its order. Written by bot/amend.py.

One row a session, the latest word counts. The gateway reads it where an order's own limit is reached.
"""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import Connection, select

from bot.store.database import Database, insert
from bot.store.schema import raises


class Raises:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def put(self, session_uid: str, usd: float, *, by: str) -> None:
        """Let the session use so many dollars in all."""
        row = {"session_uid": session_uid, "usd": str(Decimal(str(usd))), "by": by, "at": self._clock()}

        def write(connection: Connection) -> None:
            new = insert(connection, raises).values(row)
            what = {name: row[name] for name in ("usd", "by", "at")}
            connection.execute(new.on_conflict_do_update(index_elements=["session_uid"], set_=what))

        await self._database.write(write)

    async def usd(self, session_uid: str) -> float | None:
        """The dollars that it may use, or None where nobody has raised them."""
        statement = select(raises.c.usd).where(raises.c.session_uid == session_uid)
        found = await self._database.read(lambda connection: connection.scalar(statement))
        return None if found is None else float(found)
