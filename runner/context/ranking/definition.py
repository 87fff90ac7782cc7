"""What is defined in a source file, and how that travels between the process that reads syntax and its parent. Pure.

Found by grammars.py or by the rules of outlines.py. What has travelled is believed as little as the file itself.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

LENGTH = 4
"""Bytes in front of a message that say how long it is."""
MOST_NAME = 400
"""Characters of a qualified name that are kept, the last ones."""
_MOST = 2**31


class Definition(NamedTuple):
    name: str
    """Qualified by what it stands in: `Session.send`."""
    first: int
    """First line, decorators included; from 1."""
    last: int
    """Last line, inclusive."""
    depth: int
    function: bool


def request(suffix: str, data: bytes) -> bytes:
    """A file, as it is sent to the child."""
    kind = suffix.encode() + b"\0"
    return (len(kind) + len(data)).to_bytes(LENGTH) + kind + data


def answer(seconds: float, found: Sequence[Definition]) -> bytes:
    """What the child says of a file: seconds of its CPU, and the definitions."""
    body = json.dumps([seconds, found], separators=(",", ":")).encode()
    return len(body).to_bytes(LENGTH) + body


def answered(body: bytes) -> tuple[float, list[Definition]]:
    """What is said in an answer. Raises ValueError where it is none."""
    try:
        seconds, rows = json.loads(body)
        found = [Definition(*row) for row in rows]
    except (TypeError, RecursionError) as error:
        raise ValueError("no answer") from error
    if type(seconds) is not float or not all(map(_is_one, found)):
        raise ValueError("no definitions")
    return seconds, found


def _is_one(found: Definition) -> bool:
    named = isinstance(found.name, str) and len(found.name) <= MOST_NAME and "\n" not in found.name
    numbers: tuple[Any, ...] = (found.first, found.last, found.depth)
    counted = all(type(number) is int for number in numbers) and 1 <= found.first <= found.last < _MOST
    return named and counted and 0 <= found.depth < _MOST and type(found.function) is bool
