"""Watches: the events of one resource after a revision, as lines of JSON, in order, none missed and none twice.

A watcher keeps no queue, only its place in `history`; so it costs nothing while it lags, and one that lags beyond what
history remembers is told 410 Expired and ends. `reading` gives the stream to `app`.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import orjson

from bot.embedded.api.history import Event, Stored
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import Served
from bot.embedded.api.selectors import Selection
from bot.embedded.api.status_errors import expired

INITIAL_END = {"k8s.io/initial-events-end": "true"}

type Render = Callable[[Stored], bytes]


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """`revision` 0: begin with the present objects as ADDED events."""

    selection: Selection
    revision: int = 0
    bookmarks: bool = False
    initial_end: bool = False  # the client asked for sendInitialEvents and waits for their end
    seconds: float = 0.0


def default_seconds() -> float:
    """Between 30 and 60 minutes, as the real server chooses where the client does not."""
    return random.uniform(1800, 3600)  # noqa: S311 - spreads load, guards nothing


async def watch(plane: Plane, served: Served, wanted: WatchRequest, render: Render) -> AsyncIterator[bytes]:
    """Lines of events until time is up, the client is gone, or the server closes."""
    store = plane.store
    waker = asyncio.Event()
    store.add_waker(served.key, waker)
    try:
        cursor = wanted.revision
        if cursor == 0:
            cursor = store.revision
            for line in _initial(plane, served, wanted, render):
                yield line
        async for line in _follow(plane, served, wanted, _Follower(cursor, waker, render)):
            yield line
    finally:
        store.remove_waker(served.key, waker)


@dataclass(slots=True)
class _Follower:
    cursor: int
    waker: asyncio.Event
    render: Render


def _initial(plane: Plane, served: Served, wanted: WatchRequest, render: Render) -> list[bytes]:
    """The present objects, taken in one step so that they are one state."""
    table = plane.store.table(served.key)
    present = [table.objects[key] for key in table.keys_from(("", ""), wanted.selection.namespace)]
    lines = [_line(b"ADDED", render(stored)) for stored in present if wanted.selection.matches(stored)]
    if wanted.initial_end:
        lines.append(_bookmark(served, plane.store.revision, INITIAL_END))
    return lines


async def _follow(plane: Plane, served: Served, wanted: WatchRequest, follower: _Follower) -> AsyncIterator[bytes]:
    store = plane.store
    ends = time.monotonic() + (wanted.seconds or default_seconds())
    bookmark_at = time.monotonic() + plane.bookmark_seconds
    while not plane.closing:
        if not store.history.remembers(follower.cursor):
            yield _gone(follower.cursor, store.history.compacted)
            return
        follower.waker.clear()
        events = store.history.since(served.key, follower.cursor)
        if events:
            follower.cursor = events[-1].rv
            lines = b"".join(_lines(events, wanted.selection, follower.render))
            if lines:
                yield lines
            continue
        follower.cursor = max(follower.cursor, store.revision)
        if wanted.bookmarks and time.monotonic() >= bookmark_at:
            yield _bookmark(served, follower.cursor)
            bookmark_at = time.monotonic() + plane.bookmark_seconds
        left = ends - time.monotonic()
        if left <= 0:
            return
        pause = min(left, max(bookmark_at - time.monotonic(), 0.0)) if wanted.bookmarks else left
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(follower.waker.wait(), pause)


def _lines(events: list[Event], selection: Selection, render: Render) -> Iterator[bytes]:
    for event in events:
        kind, stored = _seen(event, selection)
        if kind:
            yield _line(kind, render(stored))


def _seen(event: Event, selection: Selection) -> tuple[bytes, Stored]:
    """What a watcher with this selection sees: an object that stops matching is gone for it."""
    if selection.everything:
        return event.type.encode(), event.object
    now = event.type != "DELETED" and selection.matches(event.object)
    before = event.previous is not None and selection.matches(event.previous)
    if now:
        return (b"MODIFIED" if before else b"ADDED"), event.object
    if not before or event.previous is None:
        return b"", event.object
    return b"DELETED", event.object if event.type == "DELETED" else _as_deleted(event.previous, event.rv)


def _as_deleted(previous: Stored, revision: int) -> Stored:
    """The object as the watcher knew it, at the revision in which it left the selection."""
    document = orjson.loads(previous.body)
    document["metadata"]["resourceVersion"] = str(revision)
    body = orjson.dumps(document)
    return Stored(revision, previous.namespace, previous.name, previous.uid, body, previous.labels, previous.owners)


def _line(kind: bytes, body: bytes) -> bytes:
    return b'{"type":"' + kind + b'","object":' + body + b"}\n"


def _bookmark(served: Served, revision: int, annotations: dict[str, str] | None = None) -> bytes:
    metadata: dict[str, object] = {"resourceVersion": str(revision), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    thing = {"kind": served.type.kind, "apiVersion": served.type.api_version, "metadata": metadata}
    return _line(b"BOOKMARK", orjson.dumps(thing))


def _gone(asked: int, oldest: int) -> bytes:
    return _line(b"ERROR", orjson.dumps(expired(f"too old resource version: {asked} ({oldest})").status()))
