"""The garbage collector: what goes when its owner, its namespace or its definition goes, and in which order.

`app` starts one `Collector` over the store. It follows commits, decides from the present state (level-triggered: a
restart looks at everything once) and writes through `deletion` and `objects` like any client. It is also the part of
the controller manager that gives every namespace its `default` ServiceAccount.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import takewhile
from typing import Any

import orjson

from bot.embedded.api import deletion
from bot.embedded.api.admission import Place
from bot.embedded.api.bootstrap import default_account
from bot.embedded.api.crds import CLEANUP
from bot.embedded.api.deletion import FOREGROUND, ORPHAN, DeleteOptions
from bot.embedded.api.history import Event, Stored
from bot.embedded.api.objects import Outcome, commit_update
from bot.embedded.api.owners import blocks, is_deleting, is_owned_by, owner_is_there, without_owners
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import CRDS, Served
from bot.embedded.api.store import StoreFailedError

type Document = dict[str, Any]
type Key = tuple[str, str, str]

RETRY_SECONDS = 1.0
SWEEP_SECONDS = 60.0
EVENT_SECONDS = 3600.0
DELETING = b'"deletionTimestamp":'

log = logging.getLogger(__name__)


class Collector:
    """One task that works off the keys and owners that commits made worth looking at."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
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
                await self._work(key)
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SWEEP_SECONDS)
            for key in self._old_events():
                await self._settled(self._delete(key))

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

    async def _work(self, key: Key) -> None:
        try:
            await self._settled(self._look_at(key))
        except StoreFailedError:
            log.exception("garbage collection waits for the store")
            await asyncio.sleep(RETRY_SECONDS)
            self._add(key)
        except Exception:  # the loop's last line: one object that cannot be collected must not stop the others
            log.exception("garbage collection of %s failed", key)

    async def _settled(self, outcomes: list[Outcome]) -> None:
        done = [outcome.done for outcome in outcomes if outcome.done is not None]
        if done:
            await asyncio.gather(*done)

    def _look_at(self, key: Key) -> list[Outcome]:
        resource, namespace, name = key
        stored = self._plane.store.latest(resource, namespace, name)
        served = self._plane.registry.by_key(resource)
        if stored is None or served is None:
            return []
        if resource == "namespaces":
            return self._namespace(served, stored)
        outcomes: list[Outcome] = []
        if is_deleting(stored):
            outcomes += self._terminating(served, stored)
        if not outcomes and stored.owners:
            outcomes += self._owned(served, stored)
        return outcomes

    # Namespaces and definitions take their contents with them.

    def _namespace(self, served: Served, stored: Stored) -> list[Outcome]:
        document = orjson.loads(stored.body)
        if "deletionTimestamp" not in document["metadata"]:
            return self._default_account(stored.name)
        if not (document.get("spec") or {}).get("finalizers"):
            return []
        contents = list(self._contents(stored.name))
        if contents:
            return [outcome for key in contents for outcome in self._delete(key)]
        document["spec"] = {key: value for key, value in (document.get("spec") or {}).items() if key != "finalizers"}
        return [commit_update(self._plane, served, document)]

    def _default_account(self, namespace: str) -> list[Outcome]:
        store = self._plane.store
        if store.latest("serviceaccounts", namespace, "default") is not None:
            return []
        stored, done = store.stage("serviceaccounts", "ADDED", default_account(namespace))
        return [Outcome(201, stored.body, done)]

    def _contents(self, namespace: str) -> Iterator[Key]:
        store = self._plane.store
        for resource in store.resources():
            yield from ((resource, *key) for key in list(store.table(resource).keys_from(("", ""), namespace)))

    def _definition(self, served: Served, name: str, document: Document) -> list[Outcome]:
        """A CRD goes when its objects are gone."""
        objects = list(self._plane.store.table(name).objects)
        if objects:
            return [outcome for key in objects for outcome in self._delete((name, *key))]
        return [self._drop_finalizer(served, document, CLEANUP)]

    def _delete(self, key: Key, propagation: str = "Background") -> list[Outcome]:
        """Delete one object unless it is on its way already."""
        stored = self._plane.store.latest(*key)
        served = self._plane.registry.by_key(key[0])
        if stored is None or served is None or is_deleting(stored):
            return []
        place = Place(served, stored.namespace, stored.name)
        return [deletion.delete(self._plane, place, stored, DeleteOptions(propagation=propagation))]

    # Owners.

    def _terminating(self, served: Served, stored: Stored) -> list[Outcome]:
        """Do what the garbage collector's own finalizers ask for."""
        document = orjson.loads(stored.body)
        finalizers = document["metadata"].get("finalizers", ())
        if served.key == CRDS and CLEANUP in finalizers:
            return self._definition(served, stored.name, document)
        if ORPHAN in finalizers:
            return [*self._orphan_dependents(stored), self._drop_finalizer(served, document, ORPHAN)]
        if FOREGROUND not in finalizers:
            return []
        dependents = list(self._dependents(stored))
        outcomes = [outcome for key, item in dependents for outcome in self._let_go(key, item, stored)]
        if any(blocks(orjson.loads(item.body), stored.uid) for _, item in dependents):
            return outcomes
        return [*outcomes, self._drop_finalizer(served, document, FOREGROUND)]

    def _let_go(self, key: Key, item: Stored, owner: Stored) -> list[Outcome]:
        """A dependent of an owner that goes in the foreground goes too, unless somebody else owns it as well."""
        served = self._plane.registry.by_key(key[0])
        document = orjson.loads(item.body)
        others = [ref for ref in document["metadata"]["ownerReferences"] if ref["uid"] != owner.uid]
        if served is not None and any(owner_is_there(self._plane, served, item, ref) for ref in others):
            return [commit_update(self._plane, served, without_owners(document, {owner.uid}))]
        return self._delete(key, "Foreground" if self._plane.store.dependents(item.uid) else "Background")

    def _dependents(self, owner: Stored) -> Iterator[tuple[Key, Stored]]:
        for key in self._plane.store.dependents(owner.uid):
            item = self._plane.store.latest(*key)
            if item is not None and is_owned_by(orjson.loads(item.body), owner):
                yield key, item

    def _orphan_dependents(self, owner: Stored) -> list[Outcome]:
        outcomes = []
        for key, item in self._dependents(owner):
            served = self._plane.registry.by_key(key[0])
            if served is not None:
                document = without_owners(orjson.loads(item.body), {owner.uid})
                outcomes.append(commit_update(self._plane, served, document))
        return outcomes

    def _owned(self, served: Served, stored: Stored) -> list[Outcome]:
        """An object whose owners are all gone goes; one of whose owners some are gone forgets those."""
        document = orjson.loads(stored.body)
        owners = document["metadata"].get("ownerReferences", ())
        lost = {owner["uid"] for owner in owners if not owner_is_there(self._plane, served, stored, owner)}
        if not lost:
            return []
        if len(lost) < len(owners):
            return [commit_update(self._plane, served, without_owners(document, lost))]
        return self._delete((served.key, *stored.key))

    def _drop_finalizer(self, served: Served, document: Document, finalizer: str) -> Outcome:
        kept = [item for item in document["metadata"].get("finalizers", ()) if item != finalizer]
        if kept:
            document["metadata"]["finalizers"] = kept
        else:
            document["metadata"].pop("finalizers", None)
        return commit_update(self._plane, served, document)
