"""Releases: the commit of a fork's pull request that somebody with write access has let in. Written by bot/perform.py.

One row a pull request: a later release replaces the earlier one, and a push to the fork voids it, for then its head is
another commit. Read when an order is made.
"""

from collections.abc import Callable

from sqlalchemy import Connection, select

from bot.store.database import Database, insert
from bot.store.schema import releases


class Releases:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def put(self, repository_id: int, number: int, *, sha: str, by: str) -> None:
        """Let this commit in. `by`: who said so."""
        row = {"repository_id": repository_id, "number": number, "sha": sha, "by": by, "at": self._clock()}

        def write(connection: Connection) -> None:
            new = insert(connection, releases).values(row)
            what = {name: row[name] for name in ("sha", "by", "at")}
            connection.execute(new.on_conflict_do_update(index_elements=["repository_id", "number"], set_=what))

        await self._database.write(write)

    async def commit(self, repository_id: int, number: int) -> str | None:
        """The commit that was let in last, or None."""
        statement = select(releases.c.sha).where(releases.c.repository_id == repository_id, releases.c.number == number)
        return await self._database.read(lambda connection: connection.scalar(statement))
