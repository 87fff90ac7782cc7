"""Objects, revisions and their order: what etcd is to Kubernetes, in one process.

`objects` stages writes, `listing` and `watch` read, `garbage` does both. A write becomes visible, to anyone, only when
SQLite has committed it; until then only later writers see it. Writes that arrive together share one transaction.
All methods run on the event loop's thread; only the commit itself runs on the writer thread.
"""

import asyncio
import logging
import secrets
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future as ThreadFuture
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

from bot.embedded.api.database import Database, Row
from bot.embedded.api.history import Bounds, Event, EventType, History, Stored, superseded

COMPACT_EVERY = 1000

log = logging.getLogger(__name__)

type Subscriber = Callable[[Event], None]


@dataclass(slots=True)
class Table:
    """The committed objects of one resource, and their keys in the order in which lists return them."""

    objects: dict[tuple[str, str], Stored] = field(default_factory=dict)
    order: list[tuple[str, str]] = field(default_factory=list)

    def put(self, stored: Stored) -> None:
        if stored.key not in self.objects:
            insort(self.order, stored.key)
        self.objects[stored.key] = stored

    def remove(self, key: tuple[str, str]) -> None:
        if self.objects.pop(key, None) is not None:
            del self.order[bisect_left(self.order, key)]

    def keys_from(self, start: tuple[str, str], namespace: str | None) -> Iterator[tuple[str, str]]:
        """Keys at or after `start`, of one namespace or of all."""
        if namespace is not None:
            start = max(start, (namespace, ""))
        for index in range(bisect_left(self.order, start), len(self.order)):
            key = self.order[index]
            if namespace is not None and key[0] != namespace:
                return
            yield key


@dataclass(slots=True)
class _Batch:
    events: list[Event] = field(default_factory=list)
    done: asyncio.Future[None] | None = None


class ApiStore:
    """The durable state of one embedded control plane. `open` it, give it to `api_app`, `close` it."""

    def __init__(self, database: Database, *, bounds: Bounds) -> None:
        self._database = database
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="api-store")
        self._tables: dict[str, Table] = {}
        self._owned: dict[str, set[tuple[str, str, str]]] = {}
        self._uids: dict[str, tuple[str, str, str]] = {}
        self._overlay: dict[tuple[str, str, str], Event] = {}
        self._pending = _Batch()
        self._in_flight = False
        self._appended = 0
        self._subscribers: list[Subscriber] = []
        self._wakers: dict[str, set[asyncio.Event]] = {}
        compacted = int(database.read_meta("compacted") or b"0")
        self.history = History(bounds, compacted=compacted)
        self.revision = compacted  # the newest committed revision
        self._last_given = compacted
        self._load(compacted)
        self.signing_key = self._signing_key()

    @classmethod
    def open(cls, path: Path | None, *, bounds: Bounds | None = None) -> Self:
        """Open or create the file at `path`; None keeps everything in memory."""
        return cls(Database(path), bounds=bounds or Bounds())

    def close(self) -> None:
        """Wait for the commit that is under way, refuse later ones, close the file."""
        self._writer.shutdown(wait=True)
        self._database.close()

    # Reading: committed state only.

    def get(self, resource: str, namespace: str, name: str) -> Stored | None:
        table = self._tables.get(resource)
        return None if table is None else table.objects.get((namespace, name))

    def table(self, resource: str) -> Table:
        return self._tables.setdefault(resource, Table())

    def resources(self) -> list[str]:
        return [name for name, table in self._tables.items() if table.objects]

    def dependents(self, uid: str) -> list[tuple[str, str, str]]:
        """(resource, namespace, name) of the objects that name `uid` as an owner."""
        return sorted(self._owned.get(uid, ()))

    def by_uid(self, uid: str) -> tuple[str, str, str] | None:
        return self._uids.get(uid)

    # Writing.

    def latest(self, resource: str, namespace: str, name: str) -> Stored | None:
        """The object as the next write will find it: commits under way included."""
        staged = self._overlay.get((resource, namespace, name))
        if staged is None:
            return self.get(resource, namespace, name)
        return None if staged.type == "DELETED" else staged.object

    def next_revision(self) -> int:
        self._last_given += 1
        return self._last_given

    def stage(self, resource: str, kind: EventType, document: dict[str, Any]) -> tuple[Stored, asyncio.Future[None]]:
        """Give the write its revision and its place in the order; await the future before acknowledging it."""
        event = self._event(resource, kind, document)
        self._overlay[(resource, *event.object.key)] = event
        loop = asyncio.get_running_loop()
        if self._pending.done is None:
            self._pending.done = loop.create_future()
            if not self._in_flight:
                loop.call_soon(self._flush)
        self._pending.events.append(event)
        return event.object, self._pending.done

    def write_through(self, resource: str, kind: EventType, document: dict[str, Any]) -> Stored:
        """A blocking write for the start, before anything is served."""
        if self._in_flight or self._pending.events:
            raise RuntimeError("write_through is for the start; the store is already serving")
        event = self._event(resource, kind, document)
        self._writer.submit(self._database.append, [_row(event)]).result()
        self._apply(event)
        return event.object

    def _event(self, resource: str, kind: EventType, document: dict[str, Any]) -> Event:
        metadata = document["metadata"]
        previous = self.latest(resource, metadata.get("namespace", ""), metadata["name"])
        metadata["resourceVersion"] = str(self.next_revision())
        return Event(resource, kind, _stored(orjson.dumps(document), document), previous)

    def _flush(self) -> None:
        batch, self._pending = self._pending, _Batch()
        self._in_flight = True
        loop = asyncio.get_running_loop()
        rows = [_row(event) for event in batch.events]
        written = loop.run_in_executor(self._writer, self._database.append, rows)
        written.add_done_callback(lambda future: self._committed(batch, future))

    def _committed(self, batch: _Batch, written: asyncio.Future[None]) -> None:
        self._in_flight = False
        error = written.exception() if not written.cancelled() else asyncio.CancelledError()
        if error is not None:
            self._fail(batch, error)
            return
        for event in batch.events:
            self._apply(event)
        if batch.done is not None and not batch.done.done():
            batch.done.set_result(None)
        if self._pending.events:
            self._flush()
        self._compact_sometimes(len(batch.events))

    def _fail(self, batch: _Batch, error: BaseException) -> None:
        """Nothing of this batch happened; what was staged on top of it cannot happen either."""
        later, self._pending = self._pending, _Batch()
        self._overlay.clear()
        for future in (batch.done, later.done):
            if future is not None and not future.done():
                future.set_exception(StoreFailedError(str(error)))
                future.exception()  # also read where no request waits any more

    def _apply(self, event: Event) -> None:
        key = (event.resource, *event.object.key)
        if self._overlay.get(key) is event:
            del self._overlay[key]
        self._index(event)
        self.history.append(event)
        self.revision = event.rv
        for subscriber in self._subscribers:
            _tell(subscriber, event)
        for waker in self._wakers.get(event.resource, ()):
            waker.set()

    def _index(self, event: Event) -> None:
        key = (event.resource, *event.object.key)
        table = self.table(event.resource)
        if event.previous is not None:
            for uid in event.previous.owners:
                self._owned.get(uid, set()).discard(key)
            self._uids.pop(event.previous.uid, None)
        if event.type == "DELETED":
            table.remove(event.object.key)
            return
        table.put(event.object)
        self._uids[event.object.uid] = key
        for uid in event.object.owners:
            self._owned.setdefault(uid, set()).add(key)

    # Being told.

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` in the order of commits; the returned function ends it. It must not block or raise."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def add_waker(self, resource: str, waker: asyncio.Event) -> None:
        self._wakers.setdefault(resource, set()).add(waker)

    def remove_waker(self, resource: str, waker: asyncio.Event) -> None:
        self._wakers.get(resource, set()).discard(waker)

    def wake_all(self) -> None:
        """Let every watch look at the world again, for example because the server is going away."""
        for wakers in self._wakers.values():
            for waker in wakers:
                waker.set()

    # Forgetting.

    def compact(self) -> ThreadFuture[None] | None:
        """Forget all history now. Watches from before are told 410 Expired."""
        return self._forget(self.history.forget_all())

    def _compact_sometimes(self, written: int) -> None:
        self._appended += written
        if self._appended >= COMPACT_EVERY:
            self._appended = 0
            self._forget(self.history.over_bounds())

    def _forget(self, gone: list[Event]) -> ThreadFuture[None] | None:
        if not gone:
            return None
        rows = superseded(gone)
        return self._writer.submit(self._database.forget, rows, compacted=self.history.compacted)

    # Starting.

    def _load(self, compacted: int) -> None:
        for rv, resource, namespace, name, kind, body in self._database.load():
            stored = _stored(body, orjson.loads(body))
            event = Event(resource, kind, stored, self.get(resource, namespace, name))  # type: ignore[arg-type]
            self._index(event)
            if rv > compacted:
                self.history.append(event)
            self.revision = self._last_given = max(rv, self._last_given)

    def _signing_key(self) -> bytes:
        key = self._database.read_meta("signing-key")
        if key is None:
            key = secrets.token_bytes(32)
            self._database.write_meta("signing-key", key)
        return key


class StoreFailedError(Exception):
    """SQLite refused a commit: nothing of it happened. The text is SQLite's."""


def _tell(subscriber: Subscriber, event: Event) -> None:
    try:
        subscriber(event)
    except Exception:  # the commit has happened: whoever waits for it must be told, whatever a follower makes of it
        log.exception("a subscriber failed on %s %s", event.resource, event.object.name)


def _row(event: Event) -> Row:
    stored = event.object
    return (stored.rv, event.resource, stored.namespace, stored.name, event.type, stored.body)


def _stored(body: bytes, document: dict[str, Any]) -> Stored:
    metadata = document["metadata"]
    owners: Sequence[dict[str, str]] = metadata.get("ownerReferences") or ()
    return Stored(
        rv=int(metadata["resourceVersion"]),
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        uid=metadata.get("uid", ""),
        body=body,
        labels=metadata.get("labels") or {},
        owners=tuple(owner["uid"] for owner in owners),
    )
