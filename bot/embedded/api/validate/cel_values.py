"""Values as CEL rules see them: doubles for numbers, timestamps for date-times, escaped names, known fields only.

`cel_rules` converts `self` and `oldSelf` here. A subtree that needs no conversion is handed over as it is.
"""

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bot.embedded.api.validate.nodes import Node
from bot.embedded.api.validate.settle import RESERVED

KEYWORDS = frozenset(
    [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)
IDENTIFIER = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*\Z")
DURATION_PART = re.compile(r"([\d.]+)(ns|us|µs|μs|ms|s|m|h)")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@cache
def escaped(name: str) -> str | None:
    """A property's name in CEL, or None where CEL cannot name it."""
    if name in KEYWORDS:
        return f"__{name}__"
    text = name.replace("__", "__underscores__") if "__" in name else name
    text = text.replace(".", "__dot__").replace("-", "__dash__").replace("/", "__slash__")
    return text if IDENTIFIER.match(text) else None


def _duration(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    return sign * timedelta(seconds=sum(float(n) * SECONDS[unit] for n, unit in DURATION_PART.findall(text)))


FORMATS: dict[str, Callable[[str], Any]] = {
    "date-time": lambda text: datetime.fromisoformat(text.upper().replace("Z", "+00:00")),
    "datetime": lambda text: datetime.fromisoformat(text.upper().replace("Z", "+00:00")),
    "date": lambda text: datetime.fromisoformat(text + "T00:00:00+00:00"),
    "duration": _duration,
    "byte": base64.b64decode,
}


def mark_plain(node: Node) -> bool:
    """Note in each node of this subtree whether its JSON values are CEL's values already."""
    below = [mark_plain(child) for child in node.children()]
    converted = node.type == "number" or (node.limits is not None and node.limits.format in FORMATS)
    renamed = any(escaped(name) != name for name in node.properties)
    node.plain = all(below) and not (converted or renamed or node.preserve or node.embedded)
    return node.plain


def to_cel(node: Node, value: Any) -> Any:
    """`value` as the rule's variables hold it. The value has passed its schema."""
    if node.plain:
        return value
    if isinstance(value, dict) and node.properties:
        return _object(node, value)
    if isinstance(value, dict) and node.additional is not None and not node.additional.preserve:
        return {key: to_cel(node.additional, item) for key, item in value.items()}
    if isinstance(value, list) and node.items is not None:
        return [to_cel(node.items, item) for item in value]
    if node.type == "number" and isinstance(value, int):
        return float(value)
    if isinstance(value, str) and node.limits is not None and node.limits.format in FORMATS:
        return FORMATS[node.limits.format](value)
    return value


def root_to_cel(node: Node, document: dict[str, Any]) -> dict[str, Any]:
    """A whole object: of its metadata, rules see the name only, as in Kubernetes."""
    visible = {key: value for key, value in document.items() if key not in RESERVED}
    result = dict(to_cel(node, visible))
    metadata = document.get("metadata") or {}
    result |= {key: document[key] for key in ("apiVersion", "kind") if key in document}
    result["metadata"] = {key: metadata[key] for key in ("name", "generateName") if key in metadata}
    return result


def _object(node: Node, value: dict[str, Any]) -> dict[str, Any]:
    result = {}
    for key, item in value.items():
        child, name = node.properties.get(key), escaped(key)
        if child is not None and name is not None:
            result[name] = to_cel(child, item)
    return result
