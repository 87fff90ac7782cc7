"""Sees things happen: sessions, Jobs and pods by watches on the cluster, model requests at the Messages API.

Used by the rows that tell when what has happened. Times are UTC seconds, for they are compared with the store's.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.cluster import JOBS, PODS, SESSIONS, Cluster, Json, Resource, Upserted
from bot.standins.messages import MessagesStandIn
from handlers.session import SESSION_LABEL

LONGEST = 60.0
"""Seconds after which nobody waits any more."""


@dataclass
class Listener:
    """The Messages API with an ear: when it is asked for words."""

    messages: MessagesStandIn
    asked: asyncio.Queue[float] = field(default_factory=asyncio.Queue)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/v1/messages":
            self.asked.put_nowait(time.time())
        await self.messages(scope, receive, send)

    async def next(self) -> float:
        """The time of the next request; those before are forgotten."""
        async with asyncio.timeout(LONGEST):
            return await self.asked.get()

    def forget(self) -> None:
        while not self.asked.empty():
            self.asked.get_nowait()


@dataclass
class Sightings:
    """When the watches first told of a thing in the state that is waited for, by kind and session."""

    times: dict[tuple[str, str], float] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def follow(self, cluster: Cluster, kind: str, resource: Resource, counts: Callable[[Json], bool]) -> None:
        async with aclosing(cluster.follow(resource)) as changes:
            async for change in changes:
                if isinstance(change, Upserted) and counts(change.object):
                    async with self.news:
                        self.times.setdefault((kind, _session(change.object)), time.time())
                        self.news.notify_all()

    async def wait(self, kind: str, known: set[str]) -> str:
        """The name of the first session of which a thing of this kind was seen, beside those known."""
        async with self.news, asyncio.timeout(LONGEST):
            await self.news.wait_for(lambda: self.names(kind) - known)
        return min(self.names(kind) - known)

    def names(self, kind: str) -> set[str]:
        return {name for seen, name in self.times if seen == kind}


def _session(thing: Json) -> str:
    metadata = thing["metadata"]
    return str((metadata.get("labels") or {}).get(SESSION_LABEL) or metadata["name"])


@asynccontextmanager
async def watching(cluster: Cluster) -> AsyncIterator[Sightings]:
    """Sightings of sessions, their Jobs, running pods, and ends of which the thread was told."""
    sightings = Sightings()
    kinds = (("session", SESSIONS, _any), ("job", JOBS, _any), ("pod", PODS, _runs), ("end", SESSIONS, _has_ended))
    tasks = [asyncio.create_task(sightings.follow(cluster, *one)) for one in kinds]
    try:
        yield sightings
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _any(_: Json) -> bool:
    return True


def _runs(pod: Json) -> bool:
    return any("running" in one.get("state", {}) for one in pod.get("status", {}).get("containerStatuses") or [])


def _has_ended(session: Json) -> bool:
    return bool(((session.get("status") or {}).get("told") or {}).get("result"))
