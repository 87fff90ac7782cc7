"""Notes: what is remembered of a repository, by GitHub's number of it, so that it survives a new name.

Written by bot/remembering.py alone, read for work orders and by `context`. All notes of a repository are changed in one
transaction by a decision of handlers/memory: a repository has a few hundred at most.
"""

from collections.abc import Callable, Sequence

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, select

from bot.store.database import Database, insert, serialise
from bot.store.schema import notes
from handlers.memory.note import Note, NoteState

_NOTE = TypeAdapter(Note)

type Change = Callable[[Sequence[Note]], Sequence[Note]]
"""All notes of a repository → those that it has from now on. Pure: it may be run again."""


class Notes:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self.now = database, clock

    async def of(self, repository_id: int) -> list[Note]:
        """All notes of a repository, the oldest first."""
        return await self._database.read(lambda connection: _all(connection, repository_id))

    async def wait_for(self, repository_id: int, pull: int) -> bool:
        """Whether notes wait for this pull request, or were declined with it."""
        waiting = notes.c.state.in_((NoteState.PROPOSED, NoteState.DECLINED))
        asked = select(notes.c.id).where(notes.c.repository_id == repository_id, notes.c.pull == pull, waiting)
        return await self._database.read(lambda connection: connection.scalar(asked.limit(1))) is not None

    async def repositories(self, before: float) -> list[int]:
        """The repositories that have a note which was written, and confirmed, before then."""
        asked = select(notes.c.repository_id).where(notes.c.since < before).distinct()
        return list(await self._database.read(lambda connection: connection.scalars(asked).all()))

    async def change(self, repository_id: int, change: Change) -> list[Note]:
        """Changes the notes of a repository, all at once; gives those that are there now."""

        def write(connection: Connection) -> list[Note]:
            serialise(connection, f"notes {repository_id}")
            before = {note.id: note for note in _all(connection, repository_id)}
            after = {note.id: note for note in change(list(before.values()))}
            for gone in before.keys() - after.keys():
                connection.execute(delete(notes).where(_named(repository_id, gone)))
            for note in after.values():
                if before.get(note.id) != note:
                    _put(connection, repository_id, note)
            return list(after.values())

        return await self._database.write(write)


def _all(connection: Connection, repository_id: int) -> list[Note]:
    mine: Select[bytes] = select(notes.c.document).where(notes.c.repository_id == repository_id)
    found = connection.scalars(mine.order_by(notes.c.since, notes.c.id)).all()
    return [_NOTE.validate_json(document) for document in found]


def _named(repository_id: int, name: str) -> ColumnElement[bool]:
    return and_(notes.c.repository_id == repository_id, notes.c.id == name)


def _put(connection: Connection, repository_id: int, note: Note) -> None:
    what = {"state": note.state.value, "pull": note.pull, "since": note.since, "document": _NOTE.dump_json(note)}
    new = insert(connection, notes).values(repository_id=repository_id, id=note.id, **what)
    connection.execute(new.on_conflict_do_update(index_elements=["repository_id", "id"], set_=what))
