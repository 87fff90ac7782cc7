"""Shared code: what runners have parsed of a repository, one file each, so that its later sessions need not parse it.

Written and read by the runner door: in whole files, in pieces, never opened here. Kept by GitHub's number, so that a
new name keeps it and another repository that takes the old name gets nothing; what was made while the repository was
private is not given out once it is public.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, select, update

from bot.store.database import Database, insert, serialise
from bot.store.schema import shared_code, shared_code_pieces, shared_code_turns

PIECE = 1 << 20
MOST_IN_ALL = 1 << 30
"""Bytes of all repositories together; above that goes what was used longest ago."""
_LOOKED = 3600.0
"""Seconds for which it is not written down again that a file is used."""

_OUTLIVES = 30 * 86_400.0
"""Seconds for which a turn is known after its session's order is forgotten: no session lives so long."""


@dataclass(frozen=True)
class Place:
    """Of which repository, by GitHub's number, and how visible it is."""

    repository_id: int
    private: bool


@dataclass(frozen=True)
class KeptCode:
    """A file that is kept."""

    place: Place
    format: str
    sha256: str
    size: int


class SharedCodeRoom:
    def __init__(self, database: Database, clock: Callable[[], float], *, most: int = MOST_IN_ALL) -> None:
        self._database, self._clock, self._most = database, clock, most

    async def has_had_its_turn(self, session_uid: str) -> bool:
        """Whether nothing is taken from the session any more."""
        asked = select(shared_code_turns.c.at).where(shared_code_turns.c.session_uid == session_uid)
        return await self._database.read(lambda connection: connection.scalar(asked)) is not None

    async def take(self, session_uid: str, files: Mapping[KeptCode, Path]) -> bool:
        """Keep these in place of what is there, all or none; False where the session has had its turn already."""
        return await self._database.write(partial(self._taken, session_uid, files))

    def _taken(self, session_uid: str, files: Mapping[KeptCode, Path], connection: Connection) -> bool:
        serialise(connection, "shared code")
        turn = insert(connection, shared_code_turns).values(session_uid=session_uid, at=self._clock())
        if not connection.execute(turn.on_conflict_do_nothing()).rowcount:
            return False
        for kept, path in files.items():
            _drop(connection, kept.place)
            _put(connection, kept, path, self._clock())
        if files:
            _bound(connection, self._most)
        return True

    async def find(self, place: Place, form: str) -> KeptCode | None:
        """The file of this repository, where there is one of this format; it counts as used from now on."""
        asked = select(shared_code).where(_at(shared_code, place), shared_code.c.format == form)
        row = await self._database.read(lambda connection: connection.execute(asked).first())
        if row is None:
            return None
        if row.used_at < self._clock() - _LOOKED:
            used = update(shared_code).where(_at(shared_code, place)).values(used_at=self._clock())
            await self._database.write(lambda connection: connection.execute(used))
        return KeptCode(place, row.format, row.sha256, row.size)

    async def piece(self, kept: KeptCode, number: int) -> bytes | None:
        """One piece of it, from 0; None after the last one, and where another file has taken its place meanwhile."""
        pieces = shared_code_pieces
        mine = and_(_at(pieces, kept.place), pieces.c.piece == number, pieces.c.sha256 == kept.sha256)
        return await self._database.read(lambda connection: connection.scalar(select(pieces.c.content).where(mine)))

    async def purge(self, before: float) -> int:
        """Remove what nobody has used since then, and turns that nobody could have again; how many files went."""
        return await self._database.write(partial(_purged, before))


def _at(table: Table, place: Place) -> ColumnElement[bool]:
    return and_(table.c.repository_id == place.repository_id, table.c.private == place.private)


def _put(connection: Connection, kept: KeptCode, path: Path, now: float) -> None:
    key = {"repository_id": kept.place.repository_id, "private": kept.place.private, "sha256": kept.sha256}
    row = key | {"format": kept.format, "size": kept.size, "made_at": now, "used_at": now}
    connection.execute(shared_code.insert().values(**row))
    for number, content in enumerate(_pieces(path)):
        connection.execute(shared_code_pieces.insert().values(**key, piece=number, content=content))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while content := file.read(PIECE):
            yield content


def _drop(connection: Connection, place: Place) -> None:
    for table in (shared_code, shared_code_pieces):
        connection.execute(delete(table).where(_at(table, place)))


def _bound(connection: Connection, most: int) -> None:
    """Lets those go that were used longest ago, until the others fit."""
    held = connection.scalar(select(func.sum(shared_code.c.size))) or 0
    if held <= most:
        return
    table = shared_code.c
    oldest = select(table.repository_id, table.private, table.size).order_by(table.used_at, table.made_at)
    for row in connection.execute(oldest).all():
        if held <= most:
            return
        _drop(connection, Place(row.repository_id, row.private))
        held -= row.size


def _purged(before: float, connection: Connection) -> int:
    serialise(connection, "shared code")
    table = shared_code.c
    unused = select(table.repository_id, table.private).where(table.used_at < before)
    gone: Sequence[Place] = [Place(*row) for row in connection.execute(unused).all()]
    for place in gone:
        _drop(connection, place)
    connection.execute(delete(shared_code_turns).where(shared_code_turns.c.at < before - _OUTLIVES))
    return len(gone)
