"""What goes when its owner, its namespace or its definition goes, and in which order.

`garbage` asks `look_at` about each object that a commit has made worth looking at, and awaits the writes that it
answers with. It is also the part of the controller manager that gives each namespace its `default` ServiceAccount.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from bot.embedded.api import deletion
from bot.embedded.api.admission import Place
from bot.embedded.api.bootstrap import default_account
from bot.embedded.api.crds import CLEANUP
from bot.embedded.api.deletion import FOREGROUND, ORPHAN, DeleteOptions
from bot.embedded.api.history import Stored
from bot.embedded.api.objects import Outcome, commit_update
from bot.embedded.api.owners import blocks, is_deleting, is_owned_by, owner_is_there, without_owners
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import CRDS, Served

type Document = dict[str, Any]
type Key = tuple[str, str, str]


class Collection:
    """Decisions about single objects, each as the writes that carry it out."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    def look_at(self, key: Key) -> list[Outcome]:
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
            return [outcome for key in contents for outcome in self.delete(key)]
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
            return [outcome for key in objects for outcome in self.delete((name, *key))]
        return [self._drop_finalizer(served, document, CLEANUP)]

    def delete(self, key: Key, propagation: str = "Background") -> list[Outcome]:
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
        return self.delete(key, "Foreground" if self._plane.store.dependents(item.uid) else "Background")

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
        return self.delete((served.key, *stored.key))

    def _drop_finalizer(self, served: Served, document: Document, finalizer: str) -> Outcome:
        kept = [item for item in document["metadata"].get("finalizers", ()) if item != finalizer]
        if kept:
            document["metadata"]["finalizers"] = kept
        else:
            document["metadata"].pop("finalizers", None)
        return commit_update(self._plane, served, document)
