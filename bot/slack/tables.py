"""Tables as aligned text, for a service that has none. Called by mrkdwn.py; pure."""

from collections.abc import Sequence
from unicodedata import east_asian_width

type Rows = Sequence[Sequence[str]]


def as_text(rows: Rows) -> str:
    """The rows below each other, columns aligned, a line below the first."""
    columns = _columns(rows)
    lines = [_line(row, columns) for row in rows]
    return "\n".join([*lines[:1], "  ".join("─" * column for column in columns), *lines[1:]])


def width(rows: Rows) -> int:
    """Characters of the longest line that `as_text` would make."""
    columns = _columns(rows)
    return sum(columns) + 2 * max(0, len(columns) - 1)


def _columns(rows: Rows) -> list[int]:
    count = max((len(row) for row in rows), default=0)
    return [max((_shown(row[place]) for row in rows if place < len(row)), default=0) for place in range(count)]


def _line(row: Sequence[str], columns: Sequence[int]) -> str:
    cells = [cell + " " * (column - _shown(cell)) for cell, column in zip(row, columns, strict=False)]
    return "  ".join(cells).rstrip()


def _shown(text: str) -> int:
    """Characters of a typewriter that the text takes."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
