"""Value validation: types, bounds, patterns, required fields, unions and uniqueness, as the API server words them.

`objects` calls `check` on a settled document. The walk never changes the document and reports every error it finds.
"""

from dataclasses import replace
from typing import Any

import orjson

from bot.embedded.api.status_errors import FieldError, invalid_value, not_supported, required, shown
from bot.embedded.api.validate.formats import CHECKERS
from bot.embedded.api.validate.nodes import Limits, Node

INT_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


ABSENT = object()


def check(node: Node, value: Any, path: str = "") -> list[FieldError]:
    """Every way in which `value` breaks the schema, in document order."""
    errors: list[FieldError] = []
    _check(node, value, path, errors)
    return errors


def check_change(node: Node, value: Any, old: Any, path: str = "") -> list[FieldError]:
    """`check` with ratcheting: what `old` had already is not held against an update, as in Kubernetes since 1.30.

    So an object that was stored before its schema became stricter can still be changed elsewhere.
    """
    if old is ABSENT or not isinstance(value, dict | list):
        return [] if old is not ABSENT and same(value, old) else check(node, value, path)
    if same(value, old):
        return []
    errors: list[FieldError] = []
    below = _pairs(node, value, old, path)
    if below is None:
        return check(node, value, path)
    _check_shallow(node, value, path, errors)
    for child, item, before, where in below:
        errors += check_change(child, item, before, where)
    return errors


def _pairs(node: Node, value: Any, old: Any, path: str) -> list[tuple[Node, Any, Any, str]] | None:
    """The parts of a value, each with what it was before; None where they cannot be told from one another."""
    if isinstance(value, dict) and isinstance(old, dict):
        known = [(node.properties.get(key, node.additional), key) for key in value]
        where = f"{path}." if path else ""
        return [(child, value[key], old.get(key, ABSENT), f"{where}{key}") for child, key in known if child is not None]
    if not (isinstance(value, list) and isinstance(old, list) and node.list_type == "map" and node.items is not None):
        return None
    before = {_list_key(node, item): item for item in old}
    return [
        (node.items, item, before.get(_list_key(node, item), ABSENT), f"{path}[{index}]")
        for index, item in enumerate(value)
    ]


def _list_key(node: Node, item: Any) -> bytes:
    keys = [item.get(key) for key in node.list_keys] if isinstance(item, dict) else item
    return orjson.dumps(keys)


def same(left: Any, right: Any) -> bool:
    """Equality of JSON values: true is not 1."""
    sort = orjson.OPT_SORT_KEYS
    return left is right or orjson.dumps(left, option=sort) == orjson.dumps(right, option=sort)


def _check_shallow(node: Node, value: Any, path: str, errors: list[FieldError]) -> None:
    """`_check` of this node alone."""
    bare = replace(node, properties={}, additional=None, items=None)
    _check(bare, value, path, errors)


def _check(node: Node, value: Any, path: str, errors: list[FieldError]) -> None:
    if value is None and node.nullable:
        return
    if not _has_type(node, value):
        errors.append(_type_error(node, value, path))
        return
    if isinstance(value, dict):
        _check_object(node, value, path, errors)
    elif isinstance(value, list):
        _check_list(node, value, path, errors)
    if node.limits is not None:
        _check_limits(node.limits, value, path, errors)
    if node.all_of or node.any_of or node.one_of or node.negated is not None:
        _check_unions(node, value, path, errors)


def type_of(value: Any) -> str:
    """The JSON type of a value, with whole numbers as `integer`."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "null"


def _has_type(node: Node, value: Any) -> bool:
    actual = type_of(value)
    if node.int_or_string:
        return actual in ("integer", "string")
    if not node.type:
        return True
    if node.type == "integer":
        return actual == "integer" or (isinstance(value, float) and value.is_integer())
    return actual == node.type or (node.type == "number" and actual == "integer")


def _type_error(node: Node, value: Any, path: str) -> FieldError:
    wanted = "integer,string" if node.int_or_string else node.type
    actual = type_of(value)
    detail = f'Invalid value: "{actual}": {path} in body must be of type {wanted}: "{actual}"'
    return FieldError(path, "FieldValueTypeInvalid", detail)


def _check_object(node: Node, value: dict[str, Any], path: str, errors: list[FieldError]) -> None:
    errors.extend(required(f"{path}.{key}" if path else key) for key in node.required if key not in value)
    properties, additional = node.properties, node.additional
    if not properties and additional is None:
        return
    for key, item in value.items():
        child = properties.get(key, additional)
        if child is not None:
            _check(child, item, f"{path}.{key}" if path else key, errors)


def _check_list(node: Node, value: list[Any], path: str, errors: list[FieldError]) -> None:
    if node.items is not None:
        for index, item in enumerate(value):
            _check(node.items, item, f"{path}[{index}]", errors)
    if node.list_type == "set":
        _check_unique(value, [orjson.dumps(item, option=orjson.OPT_SORT_KEYS) for item in value], path, errors)
    elif node.list_type == "map":
        keys = [{key: item.get(key) for key in node.list_keys} for item in value if isinstance(item, dict)]
        known = [{name: item for name, item in key.items() if item is not None} for key in keys]
        _check_unique(known, [orjson.dumps(key, option=orjson.OPT_SORT_KEYS) for key in known], path, errors)


def _check_unique(shown_as: list[Any], encoded: list[bytes], path: str, errors: list[FieldError]) -> None:
    seen: set[bytes] = set()
    for index, code in enumerate(encoded):
        if code in seen:
            detail = f"Duplicate value: {shown(shown_as[index])}"
            errors.append(FieldError(f"{path}[{index}]", "FieldValueDuplicate", detail))
        seen.add(code)


def _check_limits(limits: Limits, value: Any, path: str, errors: list[FieldError]) -> None:
    if isinstance(value, str):
        _check_string(limits, value, path, errors)
    elif isinstance(value, bool):
        pass
    elif isinstance(value, int | float):
        _check_number(limits, value, path, errors)
    elif isinstance(value, list):
        _check_count(limits.min_items, limits.max_items, value, path, errors)
        if limits.unique_items:
            _check_unique(value, [orjson.dumps(item, option=orjson.OPT_SORT_KEYS) for item in value], path, errors)
    elif isinstance(value, dict):
        _check_properties(limits, value, path, errors)
    if limits.enum is not None and not any(value == item and type_of(value) == type_of(item) for item in limits.enum):
        errors.append(not_supported(path, value, limits.enum))


def _check_string(limits: Limits, value: str, path: str, errors: list[FieldError]) -> None:
    if limits.max_length is not None and len(value) > limits.max_length:
        detail = f"Too long: may not be more than {limits.max_length} bytes"
        errors.append(FieldError(path, "FieldValueTooLong", detail))
    if limits.min_length is not None and len(value) < limits.min_length:
        errors.append(invalid_value(path, value, f"{path} in body should be at least {limits.min_length} chars long"))
    if limits.pattern is not None and not limits.pattern.search(value):
        errors.append(invalid_value(path, value, f"{path} in body should match '{limits.pattern_source}'"))
    checker = CHECKERS.get(limits.format)
    if checker is not None and not checker(value):
        detail = f"{path} in body must be of type {limits.format}: {shown(value)}"
        errors.append(invalid_value(path, value, detail))


def _check_number(limits: Limits, value: float, path: str, errors: list[FieldError]) -> None:
    def wrong(text: str) -> None:
        errors.append(invalid_value(path, value, f"{path} in body should be {text}"))

    low, high = limits.minimum, limits.maximum
    if low is not None and (value < low or (limits.exclusive_minimum and value == low)):
        wrong(f"greater than {low}" if limits.exclusive_minimum else f"greater than or equal to {low}")
    if high is not None and (value > high or (limits.exclusive_maximum and value == high)):
        wrong(f"less than {high}" if limits.exclusive_maximum else f"less than or equal to {high}")
    if limits.multiple_of and value % limits.multiple_of:
        wrong(f"a multiple of {limits.multiple_of}")
    bounds = INT_RANGES.get(limits.format)
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        wrong(f"a value that fits {limits.format}")


def _check_count(low: int | None, high: int | None, value: list[Any], path: str, errors: list[FieldError]) -> None:
    if high is not None and len(value) > high:
        detail = f"Too many: {len(value)}: must have at most {high} items"
        errors.append(FieldError(path, "FieldValueTooMany", detail))
    if low is not None and len(value) < low:
        errors.append(invalid_value(path, len(value), f"{path} in body should have at least {low} items"))


def _check_properties(limits: Limits, value: dict[str, Any], path: str, errors: list[FieldError]) -> None:
    if limits.max_properties is not None and len(value) > limits.max_properties:
        detail = f"Too many: {len(value)}: must have at most {limits.max_properties} items"
        errors.append(FieldError(path, "FieldValueTooMany", detail))
    if limits.min_properties is not None and len(value) < limits.min_properties:
        text = f"{path} in body should have at least {limits.min_properties} properties"
        errors.append(invalid_value(path, len(value), text))


def _check_unions(node: Node, value: Any, path: str, errors: list[FieldError]) -> None:
    def wrong(text: str) -> None:
        errors.append(FieldError(path, "FieldValueInvalid", f"Invalid value: {shown(value)}: {path} in body {text}"))

    for part in node.all_of:
        _check(part, value, path, errors)
    if node.any_of and all(check(part, value, path) for part in node.any_of):
        wrong("must validate at least one schema (anyOf)")
    if node.one_of and sum(not check(part, value, path) for part in node.one_of) != 1:
        wrong("must validate one and only one schema (oneOf)")
    if node.negated is not None and not check(node.negated, value, path):
        wrong("must not validate the schema (not)")
