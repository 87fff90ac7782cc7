"""Strategic merge patch for built-in kinds: associative lists merge by their keys, everything else as a merge patch.

`writes` calls it for what kubectl sends to built-in kinds. The keys come from the schema; a directive that is not
understood is refused with 415, never ignored.
"""

from typing import Any

import orjson

from bot.embedded.api.ordering import interleaved
from bot.embedded.api.status_errors import bad_request, unsupported
from bot.embedded.api.validate.nodes import Node

type Document = dict[str, Any]

DELETE_FROM = "$deleteFromPrimitiveList/"
ORDER = "$setElementOrder/"
RETAIN = "$retainKeys"


def strategic_merge(node: Node | None, document: Any, patch: Document) -> Document:
    """The document with the patch merged in. ApiError: 400 malformed, 415 a directive that is not known."""
    if "$patch" in patch:
        directive = patch["$patch"]
        if directive == "replace":
            return {key: value for key, value in patch.items() if key != "$patch"}
        if directive != "merge":
            raise unsupported(f"the strategic merge patch directive $patch: {directive} is not available here")
    merged: Document = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if key.startswith(ORDER) or key == "$patch":
            continue
        if key.startswith(DELETE_FROM):
            name = key.removeprefix(DELETE_FROM)
            merged[name] = [item for item in merged.get(name) or [] if item not in value]
        elif key.startswith("$"):
            _retain(merged, key, value)
        else:
            _merge_field(node, merged, key, value)
    for key, order in patch.items():
        if key.startswith(ORDER):
            _reorder(node, merged, key.removeprefix(ORDER), order)
    return merged


def _reorder(node: Node | None, merged: Document, name: str, order: Any) -> None:
    """`$setElementOrder`: the order that the sender sees; what only the server has keeps its place."""
    child = None if node is None else node.properties.get(name)
    items = merged.get(name)
    if child is None or not isinstance(items, list) or not isinstance(order, list):
        return
    keyed = {_merge_key(child, item): item for item in items}
    wanted = [key for key in (_merge_key(child, item) for item in order) if key in keyed]
    merged[name] = [keyed[key] for key in interleaved(list(keyed), wanted)]


def _merge_key(node: Node, item: Any) -> bytes:
    """What names an element in a strategic merge patch: the first key of the list, or the element itself."""
    named = item.get(node.list_keys[0]) if node.list_keys and isinstance(item, dict) else item
    return orjson.dumps(named)


def _retain(merged: Document, key: str, value: Any) -> None:
    if key != RETAIN:
        raise unsupported(f"the strategic merge patch directive {key} is not available here")
    for name in list(merged):
        if name not in value:
            del merged[name]


def _merge_field(node: Node | None, merged: Document, key: str, value: Any) -> None:
    child = None if node is None else node.properties.get(key, node.additional)
    if value is None:
        merged.pop(key, None)
    elif isinstance(value, dict):
        merged[key] = strategic_merge(child, merged.get(key), value)
    elif isinstance(value, list) and child is not None and child.list_type != "atomic":
        merged[key] = _merge_list(child, merged.get(key) or [], value)
    else:
        merged[key] = value


def _merge_list(node: Node, items: list[Any], patch: list[Any]) -> list[Any]:
    if node.list_type == "set":
        return items + [item for item in patch if item not in items]
    if any(isinstance(entry, dict) and entry.get("$patch") == "replace" for entry in patch):
        return [entry for entry in patch if "$patch" not in entry]
    key = node.list_keys[0]  # the patch merge key is the first key of the associative list
    merged = list(items)
    for entry in patch:
        if not isinstance(entry, dict) or key not in entry:
            raise bad_request(f"map: {entry} does not contain declared merge key: {key}")
        found = next((index for index, item in enumerate(merged) if item.get(key) == entry[key]), None)
        if entry.get("$patch") == "delete":
            merged = [item for item in merged if item.get(key) != entry[key]]
        elif found is None:
            merged.append(strategic_merge(node.items, {}, entry))
        else:
            merged[found] = strategic_merge(node.items, merged[found], entry)
    return merged
