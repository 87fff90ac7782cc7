"""A Jupyter notebook by its cells: where the source of each stands in the raw file, and what it says. Pure.

Called by chunks.py, parsed.py and code.py. Outputs, pictures and metadata are no part of any cell.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_CELLS = 2000
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Cell:
    number: int
    """From 1, as Jupyter counts them."""
    kind: str
    """code, markdown, raw."""
    source: str
    first: int
    last: int
    """Its place among the others, from 1, inclusive: the lines of its source in the raw file; where cells share lines,
    as in a file that is written on one, lines that are not there stand for those."""
    line: int
    """Where its source begins in the raw file."""


def is_notebook(path: str) -> bool:
    """Whether a file is a notebook, by its name."""
    return path.endswith(".ipynb")


def cells_of(text: str) -> list[Cell]:
    """The cells; none where the text is no notebook."""
    try:
        begins = {key: begin for key, begin, _ in _members(text, _after(text, 0))}
        return list(_cells(text, begins["cells"]))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return []


def _cells(text: str, at: int) -> Iterator[Cell]:
    """The cells of the array that begins at this place."""
    free, place = 1, _after(text, at + 1)
    line, counted = 1, 0
    for number in range(1, MOST_CELLS + 1):
        if text[at] != "[" or text[place] != "{":
            return
        found = {key: (begin, end) for key, begin, end in _members(text, place)}
        begin, end = found["source"]
        line += text.count("\n", counted, begin)
        first = max(line, free)
        last = max(first, line + text.count("\n", begin, end))
        counted, free = begin, last + 1
        yield Cell(number, str(_value(text, found["cell_type"][0])), _joined(_value(text, begin)), first, last, line)
        place = _after(text, max(stop for _, stop in found.values()))
        place = _after(text, place + 1)  # past the brace
        if text[place] != ",":
            return
        place = _after(text, place + 1)


def _members(text: str, at: int) -> Iterator[tuple[str, int, int]]:
    """The keys of the object that begins at this place, each with where its value begins and ends."""
    if text[at] != "{":
        return
    place = _after(text, at + 1)
    while text[place] == '"':
        key, place = _DECODER.raw_decode(text, place)
        begin = _after(text, _after(text, place) + 1)
        _, end = _DECODER.raw_decode(text, begin)
        yield key, begin, end
        place = _after(text, end)
        if text[place] != ",":
            return
        place = _after(text, place + 1)


def _after(text: str, place: int) -> int:
    """The next place that is not blank."""
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _value(text: str, at: int) -> Any:
    return _DECODER.raw_decode(text, at)[0]


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
