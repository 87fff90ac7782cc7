"""Writes a session's status.progress, the one field of the status that the web half owns; the runner door calls it.

The patch wakes the reconciler through its watch. A session is written at most once a second when the kind of event
changes and once in three seconds otherwise; the last state is always written in the end. Losing such a write is
harmless, for the next one says more; only the word that a result lies in the store must arrive.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import structlog

from bot.cluster import SESSIONS, Cluster, Json, Refused
from bot.doors.doing import summary
from bot.errors import Later
from bot.store import Store

log = structlog.get_logger()

SAME_KIND = 3.0
OTHER_KIND = 1.0
TAIL = 50
MOST = 4096


@dataclass
class _Beat:
    """When a session's progress was written last, and the write that is waiting."""

    at: float = float("-inf")
    kind: str = ""
    waiting: asyncio.Task[None] | None = None


class Pulse:
    def __init__(self, cluster: Cluster, store: Store, clock: Callable[[], float]) -> None:
        self._cluster, self._store, self._clock = cluster, store, clock
        self._beats: dict[str, _Beat] = {}

    async def progress(self, session: Json, kind: str) -> None:
        """The session has sent events, the last of this kind: write that now or soon."""
        beat = self._beat(session)
        due = beat.at + (SAME_KIND if kind == beat.kind else OTHER_KIND) - self._clock()
        if beat.waiting is not None:
            return
        if due <= 0:
            await self._write(session, beat, kind)
        else:
            beat.waiting = asyncio.create_task(self._soon(session, kind, due), name="progress soon")

    async def reported(self, session: Json, what: Literal["checkpoint", "final"]) -> None:
        """A result lies in the store; raises Later, for the runner repeats its PUT then."""
        await self._patch(session, {"reported": what, "at": self._now()})
        if what == "final":
            self._forget(session["metadata"]["uid"])

    async def close(self) -> None:
        """Drop what is waiting."""
        for uid in list(self._beats):
            self._forget(uid)

    def _beat(self, session: Json) -> _Beat:
        if len(self._beats) > MOST:  # sessions that never handed in a result
            self._forget(next(iter(self._beats)))
        return self._beats.setdefault(session["metadata"]["uid"], _Beat())

    def _forget(self, uid: str) -> None:
        beat = self._beats.pop(uid, None)
        if beat and beat.waiting:
            beat.waiting.cancel()

    async def _soon(self, session: Json, kind: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        beat = self._beat(session)
        beat.waiting = None
        await self._write(session, beat, kind)

    async def _write(self, session: Json, beat: _Beat, kind: str) -> None:
        beat.at, beat.kind = self._clock(), kind
        try:
            said = summary(await self._store.progress.tail(session["metadata"]["uid"], TAIL))
            patch: Json = {"seq": said.seq, "turns": said.turns, "doing": said.doing, "at": self._now()}
            if said.stage:  # the tail may not reach back to it: then what was written stands
                patch["stage"] = said.stage
            if said.context_window:
                patch |= {"contextTokens": said.context_tokens or 0, "contextWindow": said.context_window}
            await self._patch(session, patch)
        except (Later, Refused) as trouble:
            log.warning("progress_not_written", session=_key(session), why=str(trouble))

    async def _patch(self, session: Json, progress: Json) -> None:
        metadata = session["metadata"]
        # The uid in the patch makes it fail on another session of the same name.
        body = {"metadata": {"uid": metadata["uid"]}, "status": {"progress": progress}}
        await self._cluster.patch(
            SESSIONS, metadata["name"], body, namespace=metadata["namespace"], subresource="status"
        )

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _key(session: Json) -> str:
    return f"{session['metadata']['namespace']}/{session['metadata']['name']}"
