"""`metadata.managedFields`: who owns which field. `objects` keeps it with every write, `apply` decides by it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bot.embedded.api.fieldset import Leaves, Path, changes, decode, encode, leaves
from bot.embedded.api.metadata import now
from bot.embedded.api.registry import Served

type Document = dict[str, Any]
type Managers = dict["Manager", Owned]

MOST_UPDATERS = 10
ANCIENT = "ancient-changes"


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes: appliers are known by name, updaters by name and version."""

    name: str
    operation: str
    subresource: str = ""
    api_version: str = ""

    def __str__(self) -> str:
        text = f'"{self.name}"'
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return f"{text} using {self.api_version}" if self.operation == "Update" else text


@dataclass(frozen=True, slots=True)
class Owned:
    """What a manager owns, since when, as of which version."""

    paths: frozenset[Path]
    api_version: str
    time: str


def read_managers(metadata: Document) -> Managers:
    """The managers of a stored object."""
    found: Managers = {}
    for entry in metadata.get("managedFields") or ():
        manager = manager_of(
            entry.get("manager", ""), entry["operation"], entry.get("subresource", ""), version=entry["apiVersion"]
        )
        found[manager] = Owned(decode(entry.get("fieldsV1") or {}), entry["apiVersion"], entry.get("time") or now())
    return found


def manager_of(name: str, operation: str, subresource: str, *, version: str) -> Manager:
    return Manager(name, operation, subresource, version if operation == "Update" else "")


def write_managers(metadata: Document, managers: Managers) -> None:
    """Put the managers that own anything into the metadata; appliers first, then by time, as Kubernetes does."""
    owning = {manager: owned for manager, owned in managers.items() if owned.paths}
    if not owning:
        metadata.pop("managedFields", None)
        return
    ordered = sorted(owning.items(), key=lambda item: (item[0].operation, item[1].time, item[0].name))
    metadata["managedFields"] = [_entry(manager, owned) for manager, owned in ordered]


def _entry(manager: Manager, owned: Owned) -> Document:
    entry: Document = {"manager": manager.name, "operation": manager.operation, "apiVersion": owned.api_version}
    entry |= {"time": owned.time, "fieldsType": "FieldsV1", "fieldsV1": encode(owned.paths)}
    if manager.subresource:
        entry["subresource"] = manager.subresource
    return entry


def part_of(served: Served, subresource: str) -> str:
    if not served.type.has_status:
        return "whole"
    return "status" if subresource == "status" else "main"


def track_create(document: Document, served: Served, *, manager: str) -> None:
    """A created object belongs to its creator."""
    paths = frozenset(leaves(served.schema, document, part=part_of(served, "")))
    version = served.type.api_version
    write_managers(document["metadata"], {updater(manager, served, ""): Owned(paths, version, now())})


def updater(name: str, served: Served, subresource: str) -> Manager:
    return manager_of(name, "Update", subresource, version=served.type.api_version)


def track_update(document: Document, before: Document, *, served: Served, by: Manager) -> None:
    """What an update changes goes from its owners to the updater; what it removes, nobody owns."""
    metadata = document["metadata"]
    if metadata.get("managedFields") == [{}]:
        del metadata["managedFields"]  # the documented way to forget all owners
        return
    carry(metadata, before["metadata"])
    part = part_of(served, by.subresource)
    old, new = leaves(served.schema, before, part=part), leaves(served.schema, document, part=part)
    written, gone = changes(old, new)
    if not written and not gone:
        return
    managers = read_managers(before["metadata"])
    take(managers, written | gone)
    own = managers[by].paths if by in managers else frozenset()
    managers[by] = Owned(own | written, by.api_version, now())
    write_managers(metadata, _capped(managers))


def carry(metadata: Document, before: Document) -> None:
    """Clients do not write managedFields: they stay as they were."""
    if "managedFields" in before:
        metadata["managedFields"] = before["managedFields"]
    else:
        metadata.pop("managedFields", None)


def take(managers: Managers, paths: Iterable[Path]) -> None:
    """Nobody owns these paths any more."""
    taken = frozenset(paths)
    for manager, owned in managers.items():
        if owned.paths & taken:
            managers[manager] = replace(owned, paths=owned.paths - taken)


def _capped(managers: Managers) -> Managers:
    """At most ten updaters are told apart; the oldest become one."""
    updaters = [(owned.time, manager) for manager, owned in managers.items() if manager.operation == "Update"]
    if len(updaters) <= MOST_UPDATERS:
        return managers
    oldest = [manager for _, manager in sorted(updaters, key=lambda item: item[0])][: len(updaters) - MOST_UPDATERS + 1]
    kept = {manager: owned for manager, owned in managers.items() if manager not in oldest}
    paths = frozenset[Path]().union(*(managers[manager].paths for manager in oldest))
    last = managers[oldest[-1]]
    kept[Manager(ANCIENT, "Update", "", last.api_version)] = Owned(paths, last.api_version, last.time)
    return kept


def claim_everything(managers: Managers, present: Leaves, served: Served) -> None:
    """An object that nobody tracked belongs, at its first apply, to whoever was before."""
    if not managers and present:
        version = served.type.api_version
        manager = Manager("before-first-apply", "Update", "", version)
        managers[manager] = Owned(frozenset(present), version, now())
