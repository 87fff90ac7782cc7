"""JSON merge patch (RFC 7386) and JSON patch (RFC 6902). Pure: a document and a patch give a new document."""

from copy import deepcopy
from typing import Any

from bot.embedded.api.status_errors import ApiError, bad_request

MOST_OPERATIONS = 10_000


def merge_patch(document: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def json_patch(document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """RFC 6902. ApiError: 400 for a malformed patch, 422 where an operation cannot be applied or a test fails."""
    if not isinstance(operations, list) or not all(isinstance(item, dict) for item in operations):
        raise bad_request("error decoding patch: a JSON patch is a list of operations")
    if len(operations) > MOST_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {len(operations)}"
        raise ApiError(413, "RequestEntityTooLarge", message)
    result: Any = deepcopy(document)
    for operation in operations:
        result = _apply(result, operation)
    if not isinstance(result, dict):
        raise _failed("the patched object is not an object")
    return result


def _apply(document: Any, operation: dict[str, Any]) -> Any:
    name, path = operation.get("op"), operation.get("path")
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise bad_request(f"error decoding patch: invalid path {path!r}")
    match name:
        case "add":
            return _add(document, path, _value(operation))
        case "remove":
            return _remove(document, path)
        case "replace":
            _read(document, path)
            return _add(_remove(document, path), path, _value(operation)) if path else _value(operation)
        case "move":
            value = _read(document, _from(operation))
            return _add(_remove(document, _from(operation)), path, value)
        case "copy":
            return _add(document, path, deepcopy(_read(document, _from(operation))))
        case "test":
            if not _equal(_read(document, path), _value(operation)):
                raise _failed(f"testing value {path} failed")
            return document
    raise bad_request(f"error decoding patch: Unexpected kind: {name}")


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise bad_request("error decoding patch: missing value")
    return deepcopy(operation["value"])


def _from(operation: dict[str, Any]) -> str:
    path = operation.get("from")
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise bad_request(f"error decoding patch: invalid from {path!r}")
    return path


def _failed(why: str) -> ApiError:
    return ApiError(422, "Invalid", f"the server rejected our request due to an error in our request: {why}")


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_equal(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _child(parent: Any, part: str, path: str) -> Any:
    if isinstance(parent, dict) and part in parent:
        return parent[part]
    if isinstance(parent, list):
        return parent[_index(parent, part, path)]
    raise _failed(f"path does not exist: {path}")


def _index(items: list[Any], part: str, path: str, *, room: int = 0) -> int:
    if not part.isascii() or not part.isdigit() or int(part) >= len(items) + room:
        raise _failed(f"index out of range: {path}")
    return int(part)


def _read(document: Any, path: str) -> Any:
    for part in _parts(path):
        document = _child(document, part, path)
    return document


def _parent(document: Any, path: str) -> tuple[Any, str]:
    *front, last = _parts(path)
    for part in front:
        document = _child(document, part, path)
    return document, last


def _add(document: Any, path: str, value: Any) -> Any:
    if not path:
        return value
    parent, last = _parent(document, path)
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else _index(parent, last, path, room=1), value)
    else:
        raise _failed(f"path does not exist: {path}")
    return document


def _remove(document: Any, path: str) -> Any:
    parent, last = _parent(document, path) if path else (None, "")
    if isinstance(parent, dict) and last in parent:
        del parent[last]
    elif isinstance(parent, list):
        del parent[_index(parent, last, path)]
    else:
        raise _failed(f"path does not exist: {path}")
    return document
