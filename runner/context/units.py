"""Cuts a text into units that can be left out one by one: paragraphs, or sentences and a few lines of code. Pure.

Called by `extract.py`. The units are consecutive: joined they are the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from crds.fences import fenced

LONGEST = 600
"""Characters of a unit of prose; a longer one is cut at a blank."""
_BLOCK = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE = re.compile(
    r"(?<=[.!?:])[\"')\]]*\s+(?=[\"'(\[`*_]*[^\W_])|(?<=[。！？])|\n(?=[^\S\n]*(?:[-*+]|\d+[.)]|#|\|)\s)"
)
_LOG_LINE = re.compile(r"^(?:\s{2,}\S|\d{2,4}[-:/]\d\d|\[|[EWID]\d{4}|>>> |at |\$ )")


@dataclass(frozen=True)
class Unit:
    text: str
    block: int
    """Number of the paragraph that it stands in."""
    code: bool
    first: bool
    """Whether its paragraph begins with it."""


def paragraphs(text: str) -> list[Unit]:
    """The text by its paragraphs; code by a dozen lines."""
    return list(_units(text, lines=12, whole=True))


def sentences(text: str) -> list[Unit]:
    """The text by its sentences; code by four lines."""
    return list(_units(text, lines=4, whole=False))


def _units(text: str, *, lines: int, whole: bool) -> Iterator[Unit]:
    number = 0
    for fence, part in fenced(text):
        for block in [part] if fence else _split(part, _BLOCK):
            code = fence or _is_log(block)
            pieces = _by_lines(block, lines) if code else [block] if whole else _split(block, _SENTENCE)
            short = [short for piece in pieces for short in _short(piece)]
            yield from (Unit(each, number, code, place == 0) for place, each in enumerate(short))
            number += 1


def _is_log(block: str) -> bool:
    """Whether a paragraph reads as a log or a traceback: most of its lines do."""
    lines = block.strip("\n").split("\n")
    return len(lines) > 3 and sum(bool(_LOG_LINE.match(line)) for line in lines) * 2 > len(lines)


def _split(text: str, border: re.Pattern[str]) -> list[str]:
    """The text at each border, which stays with what stands before it."""
    places = [0, *(found.end() for found in border.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(places) if end > start]


def _by_lines(block: str, most: int) -> list[str]:
    lines = block.splitlines(keepends=True)
    return ["".join(lines[at : at + most]) for at in range(0, len(lines), most)]


def _short(text: str) -> Iterator[str]:
    """The text in parts of a length that can be chosen, cut behind a blank where there is one."""
    while len(text) > LONGEST:
        at = text.rfind(" ", LONGEST // 2, LONGEST) + 1 or LONGEST
        yield text[:at]
        text = text[at:]
    if text:
        yield text
