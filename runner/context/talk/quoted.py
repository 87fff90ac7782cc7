"""Finds where a message quotes: lines that begin with `>`, in lists too, what runs on below them, and elements. Pure.

Called by `quotes.py`, which decides what becomes of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crds.fences import fenced

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_QUOTES = re.compile(r"(?P<lead>[ \t]{0,12}(?P<item>(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})?)>(?P<said>[^\n]*)")
_BLOCK = re.compile(r"\s*(?:[-*+]\s|\d{1,9}[.)]\s|#{1,6}\s|```|~~~|\||<|(?:[-*_=]\s*){3,}$)")
"""Lines that begin something of their own, and do not run on from a quote."""
_ELEMENT = re.compile(r"<(/?)blockquote\b[^<>\n]{0,200}>[ \t]*\n?", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>")


@dataclass(frozen=True)
class Quote:
    start: int
    end: int
    """Where it stands in its part of the message, with what runs on below it."""
    lead: str
    """What stands before its first mark: the list item that it is in."""
    said: str
    lazy: tuple[str, ...] = ()
    """Lines below it without a mark, which belong to it for who renders it (CommonMark's lazy continuation)."""


def lines_quoted(text: str) -> Iterator[Quote]:
    """Runs of lines with a mark, in a part of prose."""
    lines = list(_LINES.finditer(text))
    number = 0
    while number < len(lines):
        first = _QUOTES.match(lines[number][0])
        if first is None:
            number += 1
            continue
        start, said = number, [first["said"]]
        number += 1
        while number < len(lines) and (more := _QUOTES.match(lines[number][0])) and not more["item"]:
            said.append(more["said"])
            number += 1
        lazy = number
        while said[-1].strip(" \t>") and number < len(lines) and _runs_on(lines[number][0]):
            number += 1
        below = tuple(line[0] for line in lines[lazy:number])
        lead = first["lead"] if first["item"] else ""
        yield Quote(lines[start].start(), lines[number - 1].end(), lead, "\n".join(said), below)


def _runs_on(line: str) -> bool:
    return bool(line.strip()) and not _BLOCK.match(line) and not _QUOTES.match(line)


def elements_quoted(text: str) -> Iterator[Quote]:
    """`<blockquote>` elements, the outermost; one that nobody closes quotes nothing."""
    depth, begun, inside = 0, 0, 0
    for found in _ELEMENT.finditer(text):
        if not found[1]:
            begun, inside = (found.start(), found.end()) if not depth else (begun, inside)
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield Quote(begun, found.end(), "", _TAG.sub(" ", text[inside : found.start()]))


def quotes_of(text: str) -> Iterator[Quote]:
    """All quotes of a message outside of its code, of either kind."""
    for code, part in fenced(text):
        if not code:
            yield from elements_quoted(part)
            yield from lines_quoted(part)
