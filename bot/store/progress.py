"""Progress: the numbered events that a runner sends while it works. Written by the runner door, read for people.

Sending an event again changes nothing; the runner repeats what it has had no answer to.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, func, select

from bot.store.database import Database, insert
from bot.store.schema import progress
from crds.result import ProgressEvent


class ProgressLog:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def append(self, session_uid: str, events: Sequence[ProgressEvent]) -> int:
        """Keep those that are new; gives the number of the last event that is stored, 0 where there is none."""
        at = self._clock()
        rows = [
            {"session_uid": session_uid, "seq": event.seq, "document": event.model_dump_json().encode(), "at": at}
            for event in events
        ]

        def put(connection: Connection) -> int:
            if rows:
                connection.execute(insert(connection, progress).on_conflict_do_nothing(), rows)
            return _last(connection, session_uid)

        return await self._database.write(put)

    async def last(self, session_uid: str) -> int:
        """The number of the last event, 0 where there is none."""
        return await self._database.read(lambda connection: _last(connection, session_uid))

    async def tail(self, session_uid: str, count: int) -> list[ProgressEvent]:
        """The last so many events, oldest first."""
        statement = (
            select(progress.c.document)
            .where(progress.c.session_uid == session_uid)
            .order_by(progress.c.seq.desc())
            .limit(count)
        )
        found = await self._database.read(lambda connection: connection.scalars(statement).all())
        return [ProgressEvent.model_validate_json(document) for document in reversed(found)]


def _last(connection: Connection, session_uid: str) -> int:
    found = connection.scalar(select(func.max(progress.c.seq)).where(progress.c.session_uid == session_uid))
    return found or 0
