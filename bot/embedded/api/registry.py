"""Which resources are served now: the closed table, and one entry per served version of every CRD.

`app` looks each request up here. The registry follows the store: it compiles a CRD when its commit is seen, so that
a resource is served from the moment in which the create of its CRD is answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bot.embedded.api.crds import compile_version
from bot.embedded.api.history import Event
from bot.embedded.api.resources import BUILT_IN, ResourceType
from bot.embedded.api.store import ApiStore
from bot.embedded.api.validate.models import builtin_schema
from bot.embedded.api.validate.nodes import Node

CRDS = "customresourcedefinitions.apiextensions.k8s.io"


@dataclass(frozen=True, slots=True)
class Column:
    """One of a CRD's additionalPrinterColumns."""

    name: str
    type: str
    path: str
    description: str = ""
    format: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Served:
    """A resource as it is served under one version."""

    type: ResourceType
    schema: Node
    storage_version: str
    columns: tuple[Column, ...] = ()
    document: dict[str, Any] | None = None  # the version's openAPIV3Schema, for /openapi
    terminating: bool = False  # its CRD is being deleted

    @property
    def key(self) -> str:
        return self.type.key

    @property
    def storage_api_version(self) -> str:
        return f"{self.type.group}/{self.storage_version}" if self.type.group else self.storage_version


class Registry:
    """Looks resources up by group, version and plural name."""

    def __init__(self, store: ApiStore) -> None:
        self._built_in: dict[tuple[str, str, str], Served] = {}
        self._custom: dict[tuple[str, str, str], Served] = {}
        self._of_crd: dict[str, list[tuple[str, str, str]]] = {}
        self.generation = 0  # changes whenever the set of resources does
        for stored in store.table(CRDS).objects.values():
            self._add(stored.name, orjson.loads(stored.body))
        self._unsubscribe = store.subscribe(self._follow)

    def close(self) -> None:
        self._unsubscribe()

    def find(self, group: str, version: str, plural: str) -> Served | None:
        custom = self._custom.get((group, version, plural))
        return custom if custom is not None else self._find_built_in(group, version, plural)

    def by_key(self, key: str) -> Served | None:
        """Any served version of the resource that the store calls `key`."""
        return next((served for served in self.all() if served.key == key), None)

    def all(self) -> Iterator[Served]:
        for item in BUILT_IN:
            found = self._find_built_in(item.group, item.version, item.plural)
            if found is not None:
                yield found
        yield from self._custom.values()

    def _find_built_in(self, group: str, version: str, plural: str) -> Served | None:
        key = (group, version, plural)
        if key not in self._built_in:
            item = next((i for i in BUILT_IN if (i.group, i.version, i.plural) == key), None)
            if item is None:
                return None
            self._built_in[key] = Served(item, builtin_schema(item.model), item.version)
        return self._built_in[key]

    def _follow(self, event: Event) -> None:
        if event.resource != CRDS:
            return
        self._remove(event.object.name)
        if event.type != "DELETED":
            self._add(event.object.name, orjson.loads(event.object.body))

    def _remove(self, name: str) -> None:
        self.generation += 1
        for key in self._of_crd.pop(name, ()):
            self._custom.pop(key, None)

    def _add(self, name: str, crd: dict[str, Any]) -> None:
        self.generation += 1
        keys = self._of_crd.setdefault(name, [])
        for served in served_versions(crd):
            key = (served.type.group, served.type.version, served.type.plural)
            self._custom[key] = served
            keys.append(key)


def served_versions(crd: dict[str, Any]) -> Iterator[Served]:
    """The served versions of a CRD that has passed validation."""
    spec = crd["spec"]
    storage = next(version["name"] for version in spec["versions"] if version["storage"])
    for version in spec["versions"]:
        if version["served"]:
            yield _served(spec, version, storage, terminating="deletionTimestamp" in crd["metadata"])


def _served(spec: dict[str, Any], version: dict[str, Any], storage: str, *, terminating: bool) -> Served:
    names = spec["names"]
    node, _ = compile_version(version, "")
    subresources = tuple(name for name in ("status", "scale") if name in (version.get("subresources") or {}))
    kind = ResourceType(
        spec["group"],
        version["name"],
        names["plural"],
        names["kind"],
        spec["scope"] == "Namespaced",
        singular=names.get("singular", ""),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=subresources,
        custom=True,
        has_generation=True,
        unconditional_update=False,
        selectable=tuple(item["jsonPath"].lstrip(".") for item in version.get("selectableFields") or ()),
    )
    columns = tuple(_column(entry) for entry in version.get("additionalPrinterColumns") or ())
    return Served(kind, node, storage, columns, version["schema"]["openAPIV3Schema"], terminating)


def _column(entry: dict[str, Any]) -> Column:
    return Column(
        entry["name"],
        entry["type"],
        entry["jsonPath"],
        entry.get("description", ""),
        entry.get("format", ""),
        entry.get("priority", 0),
    )
