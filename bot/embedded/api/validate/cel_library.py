"""The functions that Kubernetes adds to CEL, for those that the `cel` package does not bring along.

`cel_rules` registers exactly those that a rule names. A function that stands in neither is an error when the CRD is
created, so that no rule is ever half evaluated. Signatures follow k8s.io/apiserver/pkg/cel/library.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

from bot.embedded.api.validate.nodes import end_anchored
from bot.embedded.api.validate.quantity import parse_quantity

STANDARD = frozenset(
    [
        "size",
        "matches",
        "startsWith",
        "endsWith",
        "contains",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "bool",
        "type",
        "dyn",
        "duration",
        "timestamp",
        "getFullYear",
        "getMonth",
        "getDayOfYear",
        "getDayOfMonth",
        "getDate",
        "getDayOfWeek",
        "getHours",
        "getMinutes",
        "getSeconds",
        "getMilliseconds",
        "hasValue",
        "value",
        "orValue",
        "or",
        "of",
        "none",
        "ofNonZeroValue",
        "has",
        "all",
        "exists",
        "exists_one",
        "map",
        "filter",
    ]
)


def _is_sorted(items: list[Any]) -> bool:
    return all(low <= high for low, high in pairwise(items))


def _index_of(subject: Any, wanted: Any, start: int = 0) -> int:
    if isinstance(subject, str):
        return subject.find(wanted, start)
    return subject.index(wanted) if wanted in subject else -1


def _last_index_of(subject: Any, wanted: Any) -> int:
    if isinstance(subject, str):
        return subject.rfind(wanted)
    return len(subject) - 1 - subject[::-1].index(wanted) if wanted in subject else -1


def _find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    found = [match.group(0) for match in re.finditer(end_anchored(pattern), text, re.ASCII)]
    return found if limit < 0 else found[:limit]


def _find(text: str, pattern: str) -> str:
    match = re.search(end_anchored(pattern), text, re.ASCII)
    return match.group(0) if match else ""


def _split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if not separator:
        return list(text)
    return text.split(separator, limit - 1 if limit > 0 else -1)


def _replace(text: str, old: str, new: str, limit: int = -1) -> str:
    return text.replace(old, new, limit)


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= stop <= len(text):
        raise ValueError(f"index out of range: {start}")
    return text[start:stop]


def _char_at(text: str, index: int) -> str:
    if not 0 <= index <= len(text):
        raise ValueError(f"index out of range: {index}")
    return text[index : index + 1]


def _ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def _ascii_upper(text: str) -> str:
    return "".join(char.upper() if char.isascii() else char for char in text)


# A quantity travels through CEL as a map with one key, because the engine has no types of ours.
QUANTITY = "$quantity"


def _quantity(text: str) -> dict[str, str]:
    return {QUANTITY: str(parse_quantity(text))}


def _is_quantity(text: str) -> bool:
    try:
        parse_quantity(text)
    except ValueError:
        return False
    return True


def _amount(value: Any) -> Decimal:
    return Decimal(value[QUANTITY]) if isinstance(value, dict) else Decimal(value)


def _compare_to(left: Any, right: Any) -> int:
    return (_amount(left) > _amount(right)) - (_amount(left) < _amount(right))


def _sign(value: Any) -> int:
    return _compare_to(value, 0)


LIBRARY: dict[str, Callable[..., Any]] = {
    "isSorted": _is_sorted,
    "sum": sum,
    "min": min,
    "max": max,
    "indexOf": _index_of,
    "lastIndexOf": _last_index_of,
    "find": _find,
    "findAll": _find_all,
    "charAt": _char_at,
    "lowerAscii": _ascii_lower,
    "upperAscii": _ascii_upper,
    "replace": _replace,
    "split": _split,
    "substring": _substring,
    "trim": str.strip,
    "join": lambda items, separator="": separator.join(items),
    "quantity": _quantity,
    "isQuantity": _is_quantity,
    "compareTo": _compare_to,
    "isGreaterThan": lambda left, right: _compare_to(left, right) > 0,
    "isLessThan": lambda left, right: _compare_to(left, right) < 0,
    "sign": _sign,
    "isInteger": lambda value: _amount(value) == _amount(value).to_integral_value(),
    "asInteger": lambda value: int(_amount(value)),
    "asApproximateFloat": lambda value: float(_amount(value)),
}
