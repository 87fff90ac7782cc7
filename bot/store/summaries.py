"""Summaries of long texts, by repository and by the hash of the text: made once, used by all later sessions of it.

Written by the runner door, once a session and before its agent runs, so that no agent can write here. Read for orders.
"""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection, delete, select

from bot.store.database import Database, insert
from bot.store.schema import summaries, summary_turns
from crds.work_order import KnownSummary

MOST = 2000
"""Summaries of one repository that are kept: the newest."""


class Summaries:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def take(self, session_uid: str, repository_id: int, made: Sequence[KnownSummary]) -> bool:
        """Keep them; False where the session had its turn already. What is known of a text stands."""

        def write(connection: Connection) -> bool:
            turn = insert(connection, summary_turns).values(session_uid=session_uid, at=self._clock())
            if not connection.execute(turn.on_conflict_do_nothing()).rowcount:
                return False
            for one in made:
                row = self._row(repository_id, one)
                connection.execute(insert(connection, summaries).on_conflict_do_nothing(), row)
            _bound(connection, repository_id)
            return True

        return await self._database.write(write)

    def _row(self, repository_id: int, one: KnownSummary) -> dict[str, object]:
        document = one.model_dump_json().encode()
        return {"repository_id": repository_id, "digest": one.digest, "document": document, "at": self._clock()}

    async def known(self, repository_id: int, digests: Collection[str]) -> tuple[KnownSummary, ...]:
        """The summaries of these texts, as far as there are any."""
        mine = select(summaries.c.document).where(
            summaries.c.repository_id == repository_id, summaries.c.digest.in_(sorted(digests))
        )
        found = await self._database.read(
            lambda connection: connection.scalars(mine.order_by(summaries.c.digest)).all()
        )
        return tuple(KnownSummary.model_validate_json(document) for document in found)

    async def purge(self, before: float) -> None:
        """Remove those that were made before then, and the turns of sessions of that time."""

        def write(connection: Connection) -> None:
            connection.execute(delete(summaries).where(summaries.c.at < before))
            connection.execute(delete(summary_turns).where(summary_turns.c.at < before))

        await self._database.write(write)


def _bound(connection: Connection, repository_id: int) -> None:
    mine = summaries.c.repository_id == repository_id
    newest = select(summaries.c.digest).where(mine).order_by(summaries.c.at.desc(), summaries.c.digest).offset(MOST)
    gone = connection.scalars(newest.limit(100)).all()
    if gone:
        connection.execute(delete(summaries).where(mine, summaries.c.digest.in_(gone)))
