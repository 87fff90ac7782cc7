"""List and watch for ever: the reconcile loop, the Job controller and the kubelet stand on it, by `Cluster.follow`.

A cut watch goes on from the last resourceVersion; when the server no longer remembers it (410), everything is listed
again and what vanished meanwhile is told as Deleted. It never spins: a server that is down, or that ends each watch at
once, is asked again after growing, jittered pauses. It never gives up, and refusals (403, 404) are waited out as well.
"""

import random
from asyncio import sleep
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

import orjson
import structlog

from bot.cluster.answers import Expired, Refused, refusal
from bot.cluster.resources import Json, Resource
from bot.errors import Later

log = structlog.get_logger()

WATCH_SECONDS = (300, 600)  # the server ends a watch within these, so that load spreads over its replicas
LIVED = 5.0  # seconds after which a watch counts as one that worked
PAUSE = 0.2  # seconds before the first new attempt; doubled up to LONGEST_PAUSE
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Upserted:
    """The object is there and is new to the follower, or has changed."""

    object: Json


@dataclass(frozen=True, slots=True)
class Deleted:
    """The object is gone. After a relist only its metadata is known: name, namespace, uid, labels, ownerReferences."""

    object: Json


@dataclass(frozen=True, slots=True)
class Synced:
    """A list is complete: all that existed at this resourceVersion has been told. Comes again after each relist."""

    resource_version: str


type Change = Upserted | Deleted | Synced


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects: a kind, in one namespace or all, by label and field selectors."""

    resource: Resource
    namespace: str | None = None
    labels: str | None = None
    fields: str | None = None

    @property
    def path(self) -> str:
        return self.resource.path(self.namespace)

    def query(self, **more: Any) -> dict[str, Any]:
        return {"labelSelector": self.labels, "fieldSelector": self.fields, **more}


class Source(Protocol):
    """The two calls that following needs; `Cluster` has them."""

    def pages(self, selection: Selection) -> AsyncGenerator[Json]: ...

    def watch(self, selection: Selection, since: str, *, seconds: int) -> AsyncGenerator[bytes]: ...


@dataclass
class _Known:
    """What has been told so far: enough of each object to notice a change and to tell its end."""

    objects: dict[tuple[str, str], Json] = field(default_factory=dict)

    def upsert(self, found: Json) -> bool:
        """Remember; False when this very version has been told before."""
        key, kept = _key(found), _kept(found)
        before = self.objects.get(key)
        self.objects[key] = kept
        return before is None or before["metadata"]["resourceVersion"] != kept["metadata"]["resourceVersion"]

    def replaced(self, found: Json) -> Json | None:
        """The earlier object of the same name, when it was another one (deleted and made again unseen)."""
        before = self.objects.get(_key(found))
        return before if before and before["metadata"]["uid"] != found["metadata"]["uid"] else None


async def follow(source: Source, selection: Selection) -> AsyncGenerator[Change]:
    """Changes for ever. The caller may take its time: the server's stream waits, and on 410 a relist catches up."""
    known, pauses, since = _Known(), _Pauses(), ""
    while True:
        started = monotonic()
        try:
            if not since:
                async for change in _listed(source, selection, known):
                    yield change
                    since = change.resource_version if isinstance(change, Synced) else ""
            async with aclosing(_watched(source, selection, since)) as events:
                async for version, event in events:
                    since = version
                    pauses.reset()
                    if event is not None and _is_news(known, event):
                        yield event
        except Expired:
            log.info("watch_expired", plural=selection.resource.plural)
            since = ""
        except (Later, Refused) as trouble:
            log.warning("watch_interrupted", plural=selection.resource.plural, why=str(trouble))
            pauses.at_least(getattr(trouble, "after", LONGEST_PAUSE / 3))
        if monotonic() - started > LIVED:
            pauses.reset()
        await sleep(pauses.next())


async def _listed(source: Source, selection: Selection, known: _Known) -> AsyncGenerator[Change]:
    seen: set[tuple[str, str]] = set()
    version = ""
    async with aclosing(source.pages(selection)) as pages:
        async for page in pages:
            version = page["metadata"]["resourceVersion"]
            for found in page["items"]:
                seen.add(_key(found))
                for change in _told(known, found):
                    yield change
    for key in [key for key in known.objects if key not in seen]:
        yield Deleted(known.objects.pop(key))
    yield Synced(version)


def _told(known: _Known, found: Json) -> list[Change]:
    before = known.replaced(found)
    gone: list[Change] = [] if before is None else [Deleted(before)]
    return [*gone, Upserted(found)] if known.upsert(found) else gone


async def _watched(source: Source, selection: Selection, since: str) -> AsyncGenerator[tuple[str, Change | None]]:
    """(resourceVersion to go on from, change) of one watch; a bookmark has no change."""
    lines = source.watch(selection, since, seconds=random.randint(*WATCH_SECONDS))  # noqa: S311 (jitter)
    async with aclosing(lines) as open_lines:
        async for line in open_lines:
            yield _event(line)


def _event(line: bytes) -> tuple[str, Change | None]:
    try:
        event = orjson.loads(line)
        kind, found = event["type"], event["object"]
        if kind == "ERROR":
            raise _trouble(found)
        version = found["metadata"]["resourceVersion"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as garbled:
        raise Later("the watch sent a line that is no event") from garbled
    if kind == "BOOKMARK":
        return version, None
    return version, Deleted(found) if kind == "DELETED" else Upserted(found)


def _trouble(status: Json) -> Exception:
    code = int(status.get("code") or 0)
    if code == 410 or status.get("reason") in {"Expired", "Gone"}:
        return Expired(status)
    if code == 429 or code >= 500:
        return Later(str(status.get("message") or "the watch ended with an error"))
    return refusal(status)


def _is_news(known: _Known, change: Change) -> bool:
    match change:
        case Upserted(found):
            return known.upsert(found)
        case Deleted(found):
            known.objects.pop(_key(found), None)
    return True


def _key(found: Json) -> tuple[str, str]:
    metadata = found["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _kept(found: Json) -> Json:
    # Whole objects would double the memory of a bot with ten thousand sessions.
    names = ("name", "namespace", "uid", "resourceVersion", "labels", "ownerReferences")
    metadata = found["metadata"]
    return {"metadata": {name: metadata[name] for name in names if name in metadata}}


class _Pauses:
    """Seconds to wait before the next attempt: doubling, with full jitter on the upper half."""

    def __init__(self) -> None:
        self._pause = PAUSE

    def reset(self) -> None:
        self._pause = PAUSE

    def at_least(self, seconds: float) -> None:
        self._pause = min(LONGEST_PAUSE, max(self._pause, seconds))

    def next(self) -> float:
        pause, self._pause = self._pause, min(LONGEST_PAUSE, self._pause * 2)
        return pause * (0.5 + random.random() / 2)  # noqa: S311 (jitter)
