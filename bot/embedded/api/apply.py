"""Server-side apply: the caller says what it wants of an object; fields of others are kept, conflicts are told.

`writes` calls `apply` for PATCH with `application/apply-patch+yaml`. The merge is structured-merge-diff's: what the
caller applied before and leaves out now goes, unless somebody else owns it too.
"""

from copy import deepcopy
from typing import Any

import orjson

from bot.embedded.api.admission import Place
from bot.embedded.api.fieldset import METADATA, Path, changes, element_key, leaves, printed
from bot.embedded.api.history import Stored
from bot.embedded.api.managed import (
    Manager,
    Managers,
    Owned,
    claim_everything,
    part_of,
    read_managers,
    take,
    write_managers,
)
from bot.embedded.api.metadata import now
from bot.embedded.api.negotiate import parse_object
from bot.embedded.api.objects import Outcome, Write, create, presented, update
from bot.embedded.api.ordering import interleaved
from bot.embedded.api.plane import Plane
from bot.embedded.api.request import ApiRequest, write_options
from bot.embedded.api.status_errors import (
    ApiError,
    FieldError,
    apply_conflict,
    bad_request,
    not_found,
    required,
)
from bot.embedded.api.validate.nodes import Node

type Document = dict[str, Any]

APART = ("apiVersion", "kind", "metadata")


def apply(plane: Plane, place: Place, request: ApiRequest) -> Outcome:
    """Create or update by apply. ApiError: 400, 404 (status of what is not there), 409 conflicts, 422."""
    options = write_options(request)
    if not request.parameter("fieldManager"):
        raise _invalid_options(required("fieldManager", "is required for apply patch"))
    wanted = parse_object(request.body, yaml_allowed=True)
    metadata = wanted.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        raise bad_request("metadata must be an object")
    if metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    old = plane.store.latest(place.served.key, place.namespace, place.name)
    write = Write(plane, place, options)
    if old is not None:
        return _apply_to(write, old, wanted)
    if place.subresource:
        raise not_found(place.served.type, place.name)
    if metadata.get("uid"):
        raise _gone(place, metadata["uid"])
    return _create(write, wanted)


def _create(write: Write, wanted: Document) -> Outcome:
    served, options = write.served, write.options

    def own(document: Document, admitted: Document) -> None:
        paths = frozenset(leaves(served.schema, admitted, part=part_of(served, "")))
        owned = Owned(paths, served.type.api_version, now())
        write_managers(document["metadata"], {Manager(options.manager, "Apply"): owned})

    return create(write, wanted, own=own)


def _apply_to(write: Write, old: Stored, wanted: Document) -> Outcome:
    place, served, options = write.place, write.served, write.options
    live: Document = orjson.loads(presented(served, old.body))
    part = part_of(served, place.subresource)

    def merge(admitted: Document) -> Document:
        """The live object with what is wanted merged in, and its owners."""
        managers = read_managers(live["metadata"])
        before = leaves(served.schema, live, part=part)
        claim_everything(managers, before, served)
        own = frozenset(leaves(served.schema, admitted, part=part))
        me = Manager(options.manager, "Apply", place.subresource)
        merged = _merge_document(served.schema, live, _relevant(admitted, part))
        last = managers[me].paths if me in managers else frozenset()
        _drop(served.schema, merged, _abandoned(last - own, managers, me))
        written, gone = changes(before, leaves(served.schema, merged, part=part))
        _settle_conflicts(managers, me, written, force=options.force)
        take(managers, gone)
        unchanged = me in managers and managers[me].paths == own
        managers[me] = managers[me] if unchanged else Owned(own, served.type.api_version, now())
        write_managers(merged["metadata"], managers)
        return merged

    return update(write, old, wanted, merge=merge)


def _relevant(admitted: Document, part: str) -> Document:
    """The part of the caller's document that this resource or subresource writes."""
    if part == "whole":
        return admitted
    return {key: value for key, value in admitted.items() if (key == "status") == (part == "status")}


def _settle_conflicts(managers: Managers, me: Manager, written: set[Path], *, force: bool) -> None:
    """Others lose what the caller forces its own values on; without force they are named in a 409."""
    contested = [
        (manager, path)
        for manager, owned in managers.items()
        if manager != me
        for path in sorted(owned.paths & written)
    ]
    if contested and not force:
        raise apply_conflict([(str(manager), printed(path)) for manager, path in contested])
    for manager, owned in list(managers.items()):
        if manager != me and owned.paths & written:
            managers[manager] = Owned(owned.paths - written, owned.api_version, owned.time)


def _abandoned(candidates: frozenset[Path], managers: Managers, me: Manager) -> list[Path]:
    """What the caller no longer applies and nobody else owns, nor anything in it; without what goes with another."""
    kept: set[Path] = set()
    for manager, owned in managers.items():
        if manager != me:
            kept.update(path[:length] for path in owned.paths for length in range(1, len(path) + 1))
    free = {path for path in candidates if path not in kept}
    return [path for path in free if not any(path[:length] in free for length in range(1, len(path)))]


def _merge_document(schema: Node, live: Document, wanted: Document) -> Document:
    merged = deepcopy(live)
    for key, value in wanted.items():
        if key == "metadata":
            merged["metadata"] = _merge(METADATA, merged["metadata"], value)
        elif key not in APART:
            merged[key] = _merge(schema.properties.get(key), merged.get(key), value)
    return merged


def _merge(node: Node | None, live: Any, wanted: Any) -> Any:
    if isinstance(wanted, dict) and isinstance(live, dict) and (node is None or node.map_type != "atomic"):
        merged = dict(live)
        for key, value in wanted.items():
            child = None if node is None else node.properties.get(key, node.additional)
            merged[key] = _merge(child, live.get(key), value)
        return merged
    if isinstance(wanted, list) and isinstance(live, list) and node is not None and node.list_type != "atomic":
        return _merge_list(node, live, wanted)
    return wanted


def _merge_list(node: Node, live: list[Any], wanted: list[Any]) -> list[Any]:
    present = {element_key(node, item): item for item in live}
    asked = {element_key(node, item): item for item in wanted}
    merged = dict(present)
    for key, item in asked.items():
        merged[key] = _merge(node.items, present[key], item) if key in present else item
    return [merged[key] for key in interleaved(list(present), list(asked))]


def _drop(schema: Node, document: Document, paths: list[Path]) -> None:
    for path in paths:
        _drop_one(schema, document, path)


def _drop_one(schema: Node, document: Document, path: Path) -> None:
    """Remove one path, and the containers that are empty without it."""
    trail: list[tuple[Any, Any]] = []
    node: Node | None = schema
    value: Any = document
    for depth, element in enumerate(path):
        if depth == 0 and element == "f:metadata":
            node = Node(type="object", properties={"metadata": METADATA})
        place = _locate(node, value, element)
        if place is None:
            return
        trail.append((value, place))
        node = _below(node, element)
        value = value[place]
    container, place = trail[-1]
    del container[place]
    for container, place in reversed(trail[:-1]):
        if container[place] not in ({}, []) or (len(trail) > 1 and container is document):
            return
        del container[place]


def _below(node: Node | None, element: str) -> Node | None:
    if node is None:
        return None
    if element.startswith("f:"):
        return node.properties.get(element[2:], node.additional)
    return node.items


def _locate(node: Node | None, value: Any, element: str) -> Any:
    """The key or index of a path element in its container; None where it is not there."""
    if element.startswith("f:"):
        return element[2:] if isinstance(value, dict) and element[2:] in value else None
    if not isinstance(value, list) or node is None:
        return None
    return next((index for index, item in enumerate(value) if element_key(node, item) == element), None)


def _gone(place: Place, uid: str) -> ApiError:
    from bot.embedded.api.status_errors import conflict

    why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: "
    return conflict(place.served.type, place.name, why)


def _invalid_options(error: FieldError) -> ApiError:
    causes = [{"reason": error.reason, "message": error.detail, "field": error.path}]
    details = {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": causes}
    return ApiError(422, "Invalid", f'PatchOptions.meta.k8s.io "" is invalid: {error}', details=details)
