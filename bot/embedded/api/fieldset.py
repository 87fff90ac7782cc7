"""Sets of field paths, in the form of `FieldsV1`: which leaves an object has, and how a path is written and printed.

`managed` and `apply` calculate with them. The rules are those of sigs.k8s.io/structured-merge-diff: scalars, atomic
lists and atomic maps are leaves; elements of associative lists and entries of maps are members themselves.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from bot.embedded.api.validate.nodes import Node

type Document = dict[str, Any]
type Path = tuple[str, ...]
type Leaves = dict[Path, Any]

MEMBER = object()  # the value of a path that is there because it names an element or an entry
SERVER_OWNED = frozenset(
    (
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "name",
        "namespace",
        "resourceVersion",
        "selfLink",
        "uid",
    )
)
METADATA = Node(
    type="object",
    properties={
        "annotations": Node(type="object", additional=Node(type="string")),
        "finalizers": Node(type="array", items=Node(type="string"), list_type="set"),
        "generateName": Node(type="string"),
        "labels": Node(type="object", additional=Node(type="string")),
        "ownerReferences": Node(
            type="array",
            list_type="map",
            list_keys=("uid",),
            items=Node(type="object", map_type="atomic", preserve=True),
        ),
    },
)
ANYTHING = Node(preserve=True)


def leaves(schema: Node, document: Document, *, part: str) -> Leaves:
    """The leaves that writers of this part own: `status` of the status subresource, all but that of the main one.

    `part` is "status", "main" or "whole" (where a kind has no status subresource).
    """
    found: Leaves = {}
    for key, value in document.items():
        if key in ("apiVersion", "kind") or ((key == "status") != (part == "status") and part != "whole"):
            continue
        if key == "metadata":
            kept = {name: item for name, item in value.items() if name not in SERVER_OWNED}
            _walk(METADATA, kept, ("f:metadata",), found)
        else:
            _field(schema, key, value, (), found)
    return found


def _walk(node: Node, value: Any, path: Path, found: Leaves) -> None:
    if isinstance(value, dict) and node.map_type != "atomic":
        for key, item in value.items():
            _field(node, key, item, path, found)
    elif isinstance(value, list) and node.list_type != "atomic":
        for item in value:
            element = (*path, element_key(node, item))
            found[element] = MEMBER
            if node.list_type == "map" and node.items is not None:
                _walk(node.items, item, element, found)
    else:
        found[path] = value


def _field(node: Node, key: str, value: Any, path: Path, found: Leaves) -> None:
    child = node.properties.get(key)
    here = (*path, f"f:{key}")
    if value is None or value == {}:
        found[here] = value
        return
    if child is None:
        found[here] = MEMBER
    _walk(child or node.additional or ANYTHING, value, here, found)


def element_key(node: Node, item: Any) -> str:
    """The path element of one item of an associative list."""
    if node.list_type == "set" or not isinstance(item, dict):
        return "v:" + orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
    keys: Document = {}
    for name in node.list_keys:
        child = node.items.properties.get(name) if node.items is not None else None
        value = item.get(name, child.default if child is not None and child.has_default else None)
        if value is not None:
            keys[name] = value
    return "k:" + orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()


def encode(paths: Iterable[Path]) -> Document:
    """FieldsV1 of a set of paths."""
    members = set(paths)
    root: Document = {}
    for path in sorted(members):
        branch = root
        for element in path:
            branch = branch.setdefault(element, {})
    for path in members:
        branch = root
        for element in path:
            branch = branch[element]
        if branch:
            branch["."] = {}
    return root


def decode(fields: Document) -> frozenset[Path]:
    """The paths of a FieldsV1; what cannot be read is left out."""
    found: set[Path] = set()
    _decode(fields, (), found)
    return frozenset(found)


def _decode(branch: Document, path: Path, found: set[Path]) -> None:
    if not isinstance(branch, dict):
        return
    if not branch and path:
        found.add(path)
    for element, below in branch.items():
        if element == ".":
            found.add(path)
        else:
            _decode(below, (*path, element), found)


def printed(path: Path) -> str:
    """A path as conflicts name it: `.spec.containers[name="main"].image`."""
    out = []
    for element in path:
        kind, _, text = element.partition(":")
        if kind == "f":
            out.append(f".{text}")
        elif kind == "v":
            out.append(f"[={text}]")
        else:
            keys = orjson.loads(text)
            out.append("[" + ",".join(f"{key}={orjson.dumps(value).decode()}" for key, value in keys.items()) + "]")
    return "".join(out)


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: 1 is not true, and 1 is 1.0."""
    if left is MEMBER or right is MEMBER:
        return True
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        sort = orjson.OPT_SORT_KEYS
        return orjson.dumps(left, option=sort) == orjson.dumps(right, option=sort)
    return bool(left == right)


def changes(before: Leaves, after: Leaves) -> tuple[set[Path], set[Path]]:
    """(paths that were added or have another value, paths that are gone)."""
    written = {path for path, value in after.items() if path not in before or not same(before[path], value)}
    return written, before.keys() - after.keys()
