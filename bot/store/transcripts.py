"""Transcripts: the agent's own record of its conversation, so that a later pod can go on with it.

Keyed by our session, not by the SDK's project key, which is a directory of the pod, and in it by a path: the SDK's name
of the conversation (`ID`), or of what lies beside it (`ID/subagents/agent-1`). Otherwise it keeps the promises of
claude_agent_sdk's SessionStore: order of appending, entries with a known `uuid` once, entries without one always.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, literal, select

from bot.store.database import Database, insert, serialise
from bot.store.schema import transcripts
from bot.store.words import TooMuch

LARGEST = 64 << 20
LARGEST_ADOPTED = 16 << 20
"""Bytes of a conversation that a later session goes on with."""
_UUID = re.compile(r"[!-~]{1,128}")  # anything else that calls itself a uuid is stored, but is no key
_CONVERSATION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

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

    async def latest(self, session_uid: str) -> str | None:
        """The path of the session's last conversation; None where it has none that the SDK could go on with."""
        statement = (
            select(transcripts.c.subpath)
            .where(transcripts.c.session_uid == session_uid)
            .order_by(transcripts.c.seq.desc())
        )

        def found(connection: Connection) -> str | None:
            paths = connection.scalars(statement).yield_per(100)
            return next((path for path in paths if _CONVERSATION.fullmatch(path)), None)

        return await self._database.read(found)

    async def adopt(self, path: str, *, of: str, by: str) -> int:
        """Gives a session a copy of another one's conversation, so that it outlives that one; how many entries it has.

        Once: a conversation that is there already stays as it is. Raises TooMuch for one that is too large.
        """

        def copy(connection: Connection) -> int:
            serialise(connection, f"transcript {by}")
            return _count(connection, by, path) or _copied(connection, path, (of, by))

        return await self._database.write(copy)


def _count(connection: Connection, session_uid: str, path: str) -> int:
    mine = (transcripts.c.session_uid == session_uid) & (transcripts.c.subpath == path)
    return connection.scalar(select(func.count()).select_from(transcripts).where(mine)) or 0


def _copied(connection: Connection, path: str, sessions: tuple[str, str]) -> int:
    of, by = sessions
    theirs = (transcripts.c.session_uid == of) & (transcripts.c.subpath == path)
    size = connection.scalar(select(func.sum(transcripts.c.size)).where(theirs)) or 0
    if size > LARGEST_ADOPTED:
        raise TooMuch(f"the conversation takes {size:,} bytes, and {LARGEST_ADOPTED:,} are gone on with")
    kept = ("subpath", "uuid", "size", "entry")
    rows = select(literal(by), *(transcripts.c[name] for name in kept)).where(theirs).order_by(transcripts.c.seq)
    connection.execute(transcripts.insert().from_select(["session_uid", *kept], rows))
    return _count(connection, by, path)


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
