"""Results: the document that a runner hands back, with its bundles. A final one is stored once and stands.

Written by the runner door, read by whoever publishes. A checkpoint may be replaced by a later one, and goes when the
final result comes. Bundles are files of tens of megabytes: they go in and come out in pieces.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import batched
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from bot.store.database import Database, serialise
from bot.store.schema import bundles, results
from bot.store.words import Conflict, Content, StoredResult
from crds.result import Result

PIECE = 1 << 20


@dataclass(frozen=True)
class _Offer:
    """A result on its way in."""

    session_uid: str
    final: bool
    document: bytes
    digest: str
    bundles: Mapping[str, Content]
    at: float


class Results:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def put(self, session_uid: str, result: Result, *, final: bool, bundles: Mapping[str, Content]) -> bool:
        """Store it; False where that changes nothing: the same again, or a checkpoint after the final result.

        Raises Conflict for a final result that is not the one that is stored.
        """
        document = result.model_dump_json().encode()
        digest = await asyncio.to_thread(_digest, document, bundles)
        offer = _Offer(session_uid, final, document, digest, bundles, self._clock())
        return await self._database.write(partial(_put, offer))

    async def get(self, session_uid: str) -> StoredResult | None:
        """The final result, else the last checkpoint."""
        return await self._database.read(partial(_get, session_uid))

    async def bundle(self, session_uid: str, name: str) -> bytes | None:
        """A bundle of the result that `get` gives."""
        return await self._database.read(partial(_bundle, session_uid, name))


def _digest(document: bytes, contents: Mapping[str, Content]) -> str:
    digest = hashlib.sha256(document)
    for name in sorted(contents):
        digest.update(b"\0" + name.encode() + b"\0")
        for piece in _pieces(contents[name]):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(content: Content) -> Iterator[bytes]:
    if isinstance(content, Path):
        with content.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    else:
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]


def _put(offer: _Offer, connection: Connection) -> bool:
    serialise(connection, f"result {offer.session_uid}")
    if not _wanted(offer, connection):
        return False
    # A new checkpoint replaces the old one, and a final result makes it needless.
    for table in (results, bundles):
        connection.execute(delete(table).where(table.c.session_uid == offer.session_uid, table.c.final.is_(False)))
    row = {"session_uid": offer.session_uid, "final": offer.final, "document": offer.document}
    connection.execute(results.insert().values(**row, digest=offer.digest, stored_at=offer.at))
    for name, content in offer.bundles.items():
        _put_bundle(connection, {"session_uid": offer.session_uid, "final": offer.final, "name": name}, content)
    return True


def _wanted(offer: _Offer, connection: Connection) -> bool:
    stored = connection.execute(
        select(results.c.final, results.c.digest).where(results.c.session_uid == offer.session_uid)
    ).all()
    final = next((row.digest for row in stored if row.final), None)
    if final is not None and offer.final and final != offer.digest:
        raise Conflict("the session has handed in another final result already; the first one stands")
    return final is None and offer.digest not in {row.digest for row in stored if row.final == offer.final}


def _put_bundle(connection: Connection, key: Mapping[str, object], content: Content) -> None:
    numbered = enumerate(_pieces(content))
    for some in batched(numbered, 4):
        connection.execute(bundles.insert(), [{**key, "piece": number, "content": piece} for number, piece in some])


def _get(session_uid: str, connection: Connection) -> StoredResult | None:
    mine = results.c.session_uid == session_uid
    row = connection.execute(select(results).where(mine).order_by(results.c.final.desc()).limit(1)).first()
    if row is None:
        return None
    # The first piece of each, so that names are told without reading the contents.
    first = and_(bundles.c.session_uid == session_uid, bundles.c.final == row.final, bundles.c.piece == 0)
    names = connection.scalars(select(bundles.c.name).where(first)).all()
    return StoredResult(Result.model_validate_json(row.document), row.final, frozenset(names), row.stored_at)


def _bundle(session_uid: str, name: str, connection: Connection) -> bytes | None:
    mine: ColumnElement[bool] = results.c.session_uid == session_uid
    final = connection.scalar(select(results.c.final).where(mine).order_by(results.c.final.desc()).limit(1))
    pieces = connection.scalars(
        select(bundles.c.content)
        .where(bundles.c.session_uid == session_uid, bundles.c.final == final, bundles.c.name == name)
        .order_by(bundles.c.piece)
    ).all()
    return b"".join(pieces) if pieces else None
