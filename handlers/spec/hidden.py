"""Takes out of Markdown what is not text: HTML comments, and code spans where they do not count. Pure, linear.

Called by document.py for each paragraph. What is taken out becomes blanks, so that every line stays where it was.
"""

import re
from dataclasses import dataclass

_TICKS = re.compile("`+")
_OPENS = re.compile(r"\\[\\`<]|`+|<!--")
_NOT_A_BREAK = re.compile(r"[^\n]")


@dataclass(frozen=True)
class Comment:
    line: int
    """Line within the text that it begins in, from 0."""
    text: str
    closed: bool


@dataclass(frozen=True)
class Uncovered:
    """A text without its comments."""

    raw: str
    """With its code spans."""
    text: str
    """Without them."""
    comments: tuple[Comment, ...]


def uncovered(source: str) -> Uncovered:
    """The text that a reader sees, and the comments that stood in it."""
    spans = list(_spans(source))
    comments = tuple(
        Comment(source.count("\n", 0, start), source[start:end], closed=source.endswith("-->", start + 4, end))
        for start, end, is_code in spans
        if not is_code
    )
    raw = _blanked(source, [(start, end) for start, end, is_code in spans if not is_code])
    return Uncovered(raw, _blanked(source, [(start, end) for start, end, _ in spans]), comments)


def _spans(source: str) -> list[tuple[int, int, bool]]:
    """Start, end and whether it is code, of each comment and each code span; whichever opens first holds the other."""
    closing = _closing_ticks(source)
    spans, place = [], 0
    while found := _OPENS.search(source, place):
        place = found.end()
        if found[0] == "<!--":
            end = source.find("-->", place)
            place = len(source) if end < 0 else end + 3
            spans.append((found.start(), place, False))
        elif found[0].startswith("`") and (end := closing.get(found.start(), -1)) >= 0:
            spans.append((found.start(), end, True))
            place = end
    return spans


def _closing_ticks(source: str) -> dict[int, int]:
    """Where a run of backticks begins → where the next run of the same length ends."""
    later: dict[int, int] = {}
    closing: dict[int, int] = {}
    for run in reversed(list(_TICKS.finditer(source))):
        length = run.end() - run.start()
        if length in later:
            closing[run.start()] = later[length]
        later[length] = run.end()
    return closing


def _blanked(source: str, spans: list[tuple[int, int]]) -> str:
    parts, place = [], 0
    for start, end in spans:
        parts += [source[place:start], _NOT_A_BREAK.sub(" ", source[start:end])]
        place = end
    return "".join([*parts, source[place:]])
