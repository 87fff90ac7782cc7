"""The bytes of images that go with a session's prompt, by their hash; its runner asks for them once.

Kept before the order that tells of them is, so that no order names bytes that are not there. Kept as long as the order.
"""

from collections.abc import Callable, Mapping
from itertools import batched

from sqlalchemy import Connection, select

from bot.store.database import Database, insert
from bot.store.schema import images

PIECE = 1 << 20
"""Bytes of one row, so that no value is large."""


class StoredImages:
    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def keep(self, session_uid: str, found: Mapping[str, bytes]) -> None:
        """Keep them; what is there stays as it is, for a hash tells what the bytes are."""
        rows = [
            {"session_uid": session_uid, "digest": digest, "piece": start // PIECE, "at": self._clock()}
            | {"content": data[start : start + PIECE]}
            for digest, data in found.items()
            for start in range(0, len(data), PIECE)
        ]

        def put(connection: Connection) -> None:
            for some in batched(rows, 4):
                connection.execute(insert(connection, images).on_conflict_do_nothing(), list(some))

        if rows:
            await self._database.write(put)

    async def get(self, session_uid: str, digest: str) -> bytes | None:
        """The bytes, or None where the session has no such image."""
        mine = select(images.c.content).where(images.c.session_uid == session_uid, images.c.digest == digest)
        pieces = await self._database.read(lambda connection: connection.scalars(mine.order_by(images.c.piece)).all())
        return b"".join(pieces) if pieces else None
