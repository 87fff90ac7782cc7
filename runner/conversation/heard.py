"""What of a piece stands in an earlier conversation already, so that only the rest of it is told. Pure.

Called by `runner/context/of_order.py`. It never drops what was not told: where a text was shown in part, the parts that
were shown are left out and the others are offered; one that was edited since is told as far as it is new.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import quoteattr

from crds.receipt import Way
from runner.context import count
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import one_line

SAID_BEFORE = "already in the conversation"
SAID_IN_PART = "the rest of it is already in the conversation"
LEAST = 40
"""Characters of a part below which it is told again: the words could be any text's."""
MOST_UNCLOSED = 1000
"""Frames without an end that are put up with: real ones have theirs."""
WHOLE_ONLY = 1 << 40
"""More tokens than any room has: as a piece's `least` it says that no part of it is worth telling."""
_OPENS = re.compile(r"<(data-[0-9a-f]{1,10}) ([^<>\n]*)>\n")
_SOURCE = re.compile(r"""\bsource=("[^"]*"|'[^']*')""")
_LINES = re.compile(r'kind="lines" trust="(\w+)"')
_CUT = re.compile(r"\n?\[…(?: [\d,]+ (?:characters|tokens) cut here …)?\]\n?")
_RUN = re.compile(r"^(?=\[lines \d+-\d+\]$)", re.MULTILINE)
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Heard:
    """The frames of all earlier prompts."""

    texts: dict[str, list[str]]
    """Of each source, as it stands in its frame."""
    lines: dict[str, set[str]]
    """What was told in one line, by its trust."""


def heard_in(said: str) -> Heard:
    """The frames in what was said. One that stands within another is that one's text, and claims nothing."""
    found, at, unclosed = Heard({}, {}), 0, set[str]()
    while len(unclosed) < MOST_UNCLOSED and (opens := _OPENS.search(said, at)):
        tag, at = opens[1], opens.end()
        end = -1 if tag in unclosed else said.find(f"\n</{tag}>", at)
        if end < 0:
            unclosed.add(tag)
            continue
        _add(found, opens[2], said[at:end])
        at = end
    return found


def _add(found: Heard, attributes: str, text: str) -> None:
    lines, source = _LINES.fullmatch(attributes), _SOURCE.search(attributes)
    if lines:
        found.lines.setdefault(lines[1], set()).update(line.removeprefix("- ") for line in text.split("\n"))
    elif source:
        found.texts.setdefault(source[1], []).append(text)


def since(piece: Piece, heard: Heard) -> Piece:
    """The piece as far as it was not told. The request is always told, and so are the rules of the project's owner."""
    # Of an image nothing but its place is gone on with.
    if piece.tier in (Tier.REQUEST, Tier.PROJECT) or piece.image or not piece.text.strip():
        return piece
    lines = heard.lines.get(piece.trust.value, set())
    if piece.inline:
        return _said(piece) if _flat(piece.text) in lines else piece
    told = heard.texts.get(quoteattr(one_line(piece.source, 300)), [])
    if any(piece.text.strip("\n") == one.strip("\n") for one in told):
        return _said(piece)
    return _of_line(_of_texts(piece, told), lines)


def _of_texts(piece: Piece, told: Sequence[str]) -> Piece:
    if piece.summary and piece.summary in told:
        return replace(piece, summary="", outline="", line="", least=WHOLE_ONLY)
    rest = _rest(piece, told)
    if rest == piece.text:
        return replace(piece, outline="") if any(piece.outline and piece.outline in one for one in told) else piece
    if not _WORD.search(_CUT.sub("", rest)):
        return _said(piece)
    offered = count.about(piece.text)
    return replace(
        piece, text=rest, way=Way.SPANS, reason=SAID_IN_PART, summary="", outline="", line="", offered=offered
    )


def _of_line(piece: Piece, lines: set[str]) -> Piece:
    """What was told in one line is not told in that line again; the whole of it may be."""
    line = _flat(piece.line)
    if not line or line not in lines:
        return piece
    return _said(piece) if line.endswith(f": {_flat(piece.text)}") else replace(piece, line="")


def _rest(piece: Piece, told: Sequence[str]) -> str:
    """The text without what was shown of it."""
    if not told:
        return piece.text
    if piece.tier is Tier.MAP:
        known = {line for one in told for line in one.split("\n")}
        return "\n".join(line for line in piece.text.split("\n") if line not in known)
    if piece.tier is Tier.CODE:
        return "".join(run for run in _RUN.split(piece.text) if not _is_shown(run, told)).rstrip("\n")
    return _without(piece.text, (part for one in told for part in _CUT.split(one)))


def _is_shown(run: str, told: Sequence[str]) -> bool:
    """Whether a run of lines stands in what was shown of its file, at whatever place."""
    body = run.partition("\n")[2].strip("\n")
    return any(f"\n{body}\n" in f"\n{one}\n" for one in told)


def _without(text: str, parts: Iterable[str]) -> str:
    for part in parts:
        start = text.find(part) if len(part.strip()) >= LEAST else -1
        if start >= 0:
            first, last = _whole_words(text, start, start + len(part))
            text = f"{text[:first]}\n[…]\n{text[last:]}"
    return text


def _whole_words(text: str, first: int, last: int) -> tuple[int, int]:
    """The place without the words that its ends fall into: a cut at a token stands anywhere."""
    while 0 < first < last and text[first - 1].isalnum() and text[first].isalnum():
        first += 1
    while first < last < len(text) and text[last - 1].isalnum() and text[last].isalnum():
        last -= 1
    return first, last


def _said(piece: Piece) -> Piece:
    return replace(piece, text="", line="", reason=SAID_BEFORE)


def _flat(text: str) -> str:
    return " ".join(text.split())
