"""The garbage collector's loop: it follows commits, notes what they make worth looking at, and works that off.

`app` starts one `Collector` over the store. What is to be done with an object is decided in `collection`, from the
present state (level-triggered: a restart looks at everything once). Events go an hour after their last change.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import takewhile

from bot.embedded.api.collection import Collection, Key
from bot.embedded.api.history import Event, Stored
from bot.embedded.api.objects import Outcome
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import CRDS
from bot.embedded.api.store import StoreFailedError

RETRY_SECONDS = 1.0
SWEEP_SECONDS = 60.0
EVENT_SECONDS = 3600.0
DELETING = b'"deletionTimestamp":'

log = logging.getLogger(__name__)


class Collector:
    """One task that works off the keys and owners that commits made worth looking at."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._collection = Collection(plane)
        self._queue: dict[Key, None] = {}  # a dict keeps order and holds each key once
        self._wake = asyncio.Event()
        self._events: dict[Key, float] = {}  # when each was last written, oldest first
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        if self._plane.closing or (self._task is not None and not self._task.done()):
            return
        self._unsubscribe = self._plane.store.subscribe(self._follow)
        self._look_at_everything()
        self._task = asyncio.create_task(self._run(), name="garbage-collector")

    async def stop(self) -> None:
        self._unsubscribe()
        self._unsubscribe = lambda: None
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def _look_at_everything(self) -> None:
        store = self._plane.store
        for resource in store.resources():
            for stored in store.table(resource).objects.values():
                if resource == "events":
                    self._note_event(stored)
                if stored.owners or resource == "namespaces" or DELETING in stored.body:
                    self._add((resource, *stored.key))

    def _add(self, key: Key) -> None:
        self._queue[key] = None
        self._wake.set()

    def _follow(self, event: Event) -> None:
        """Called with each commit: note what it makes worth looking at, do nothing."""
        stored = event.object
        if event.resource == "events":
            self._note_event(stored)
        if event.type == "DELETED":
            for key in self._related(event):
                self._add(key)
        elif stored.owners or event.resource == "namespaces" or DELETING in stored.body:
            self._add((event.resource, *stored.key))
        if event.type == "MODIFIED" and event.previous is not None:
            for uid in set(event.previous.owners) - set(stored.owners):
                self._add_owner(uid)

    def _add_owner(self, uid: str) -> None:
        owner = self._plane.store.by_uid(uid)
        if owner is not None:
            self._add(owner)

    def _related(self, event: Event) -> Iterator[Key]:
        """Its dependents, the owners that may wait for it, its namespace and its definition."""
        store, stored = self._plane.store, event.object
        yield from store.dependents(stored.uid)
        for uid in stored.owners:
            owner = store.by_uid(uid)
            if owner is not None:
                yield owner
        if stored.namespace:
            yield ("namespaces", "", stored.namespace)
        if store.get(CRDS, "", event.resource) is not None:
            yield (CRDS, "", event.resource)
        if event.resource == "serviceaccounts" and stored.name == "default":
            yield ("namespaces", "", stored.namespace)

    async def _run(self) -> None:
        while True:
            while self._queue:
                key = next(iter(self._queue))
                del self._queue[key]
                await self._work(key, self._collection.look_at)
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SWEEP_SECONDS)
            for key in self._old_events():
                await self._work(key, self._collection.delete)

    def _note_event(self, stored: Stored) -> None:
        key = ("events", *stored.key)
        self._events.pop(key, None)
        self._events[key] = time.monotonic()

    def _old_events(self) -> list[Key]:
        """Events go an hour after their last change, as on the real server."""
        oldest = time.monotonic() - EVENT_SECONDS
        old = list(takewhile(lambda key: self._events[key] < oldest, self._events))
        for key in old:
            del self._events[key]
        return old

    async def _work(self, key: Key, decide: Callable[[Key], list[Outcome]]) -> None:
        try:
            await _committed(decide(key))
        except StoreFailedError:
            log.exception("garbage collection waits for the store")
            await asyncio.sleep(RETRY_SECONDS)
            self._add(key)
        except Exception:  # the loop's last line: one object that cannot be collected must not stop the others
            log.exception("garbage collection of %s failed", key)


async def _committed(outcomes: list[Outcome]) -> None:
    # Shielded: others wait for the same commits, and they must not be cancelled with this task.
    await asyncio.gather(*(asyncio.shield(outcome.done) for outcome in outcomes if outcome.done is not None))
