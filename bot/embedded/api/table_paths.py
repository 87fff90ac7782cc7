"""The part of JSONPath that printer columns use: names, indexes, wildcards and filters on one field's equality."""

import re
from typing import Any

STEP = re.compile(
    r"\.([A-Za-z_][\w\x00/-]*)|\[(-?\d+)\]|\[\*\]|\.(\*)|\['([^']+)'\]|"
    r"""\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]"""
)


def read_path(document: Any, path: str) -> list[Any]:
    """Every value that the path finds; none where it does not fit or is not understood."""
    values = [document]
    position = 0
    path = path.replace("\\.", "\x00")
    while position < len(path):
        match = STEP.match(path, position)
        if match is None:
            return []
        values = [found for value in values for found in _step(value, match)]
        position = match.end()
    return [value for value in values if value is not None]


def _step(value: Any, match: re.Match[str]) -> list[Any]:
    name, index, _, quoted, field, wanted = match.groups()
    name = name or quoted
    if name is not None:
        key = name.replace("\x00", ".")
        return [value[key]] if isinstance(value, dict) and key in value else []
    if index is not None:
        fits = isinstance(value, list) and -len(value) <= int(index) < len(value)
        return [value[int(index)]] if fits else []
    if field is not None:
        items = value if isinstance(value, list) else []
        return [item for item in items if read_path(item, f".{field}") == [wanted]]
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []
