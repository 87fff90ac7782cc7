"""Transcripts: the agent's own record of its conversation, so that a later pod can go on with it.

Keyed by our session, not by the SDK's project key, which is a directory of the pod. Otherwise it keeps the promises
of claude_agent_sdk's SessionStore: order of appending, entries with a known `uuid` once, entries without one always.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from bot.store.database import Database, insert, serialise
from bot.store.schema import transcripts
from bot.store.words import TooMuch

LARGEST = 64 << 20
_UUID = re.compile(r"[!-~]{1,128}")  # anything else that calls itself a uuid is stored, but is no key

type Entry = Mapping[str, Any]


class Transcripts:
    def __init__(self, database: Database, *, largest: int = LARGEST) -> None:
        self._database, self._largest = database, largest

    async def append(self, session_uid: str, subpath: str | None, entries: Sequence[Entry]) -> None:
        """Add them at the end; raises TooMuch, and keeps none of them, where the session has no room left."""
        if entries:
            rows = await asyncio.to_thread(lambda: [_row(session_uid, subpath or "", entry) for entry in entries])
            await self._database.write(partial(_append, rows, self._largest))

    async def load(self, session_uid: str, subpath: str | None = None) -> list[dict[str, Any]] | None:
        """All entries in order; None where there has never been one."""
        return [json.loads(entry) for entry in await self.documents(session_uid, subpath)] or None

    async def documents(self, session_uid: str, subpath: str | None = None) -> Sequence[bytes]:
        """The same as JSON documents."""
        statement = (
            select(transcripts.c.entry)
            .where(transcripts.c.session_uid == session_uid, transcripts.c.subpath == (subpath or ""))
            .order_by(transcripts.c.seq)
        )
        return await self._database.read(lambda connection: connection.scalars(statement).all())

    async def subpaths(self, session_uid: str) -> list[str]:
        """The transcripts beside the main one: those of subagents."""
        statement = (
            select(transcripts.c.subpath)
            .where(transcripts.c.session_uid == session_uid, transcripts.c.subpath != "")
            .distinct()
            .order_by(transcripts.c.subpath)
        )
        return list(await self._database.read(lambda connection: connection.scalars(statement).all()))


def _row(session_uid: str, subpath: str, entry: Entry) -> dict[str, object]:
    # Not orjson: the CLI cuts texts in the middle of a surrogate pair, which only this module can carry.
    uuid, content = entry.get("uuid"), json.dumps(entry, separators=(",", ":")).encode()
    return {
        "session_uid": session_uid,
        "subpath": subpath,
        "uuid": uuid if isinstance(uuid, str) and _UUID.fullmatch(uuid) else None,
        "size": len(content),
        "entry": content,
    }


def _append(rows: Sequence[Mapping[str, object]], largest: int, connection: Connection) -> None:
    session_uid = rows[0]["session_uid"]
    serialise(connection, f"transcript {session_uid}")
    connection.execute(insert(connection, transcripts).on_conflict_do_nothing(), [*rows])
    size = connection.scalar(select(func.sum(transcripts.c.size)).where(transcripts.c.session_uid == session_uid))
    if size > largest:
        raise TooMuch(f"the session's transcript would take {size} bytes; there is room for {largest}")
