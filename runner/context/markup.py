"""Finds the markup in a Markdown text that its reader does not see: comments, hidden elements, notes to nobody.

Pure; used by `sanitise.py`. What stands in code is seen, so it stays. Which lines are code and which raw HTML is told
by a CommonMark parser, because a fence inside of an HTML block hides nothing; what is in doubt counts as hidden.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt

LONGEST_PARSED = 200_000
"""Characters; a longer text is taken for raw HTML, in which nothing is protected."""

Kind = Literal["code", "html", "inline", "other"]

_CLOSED_BY = {"<!--": "-->", "<![CDATA[": "]]>", "<?": "?>", "<!": ">"}
# Only what opens is matched here; where it is closed is looked for once, so that the time stays linear.
_OPENS = r"(?P<opens><!--|<!\[CDATA\[|<\?|<!(?=[A-Za-z]))"
_TAG = r"""(?P<tag></?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*)?/?>)"""
# In a paragraph the leftmost of these binds, as in CommonMark: an escape, a code span, an autolink, markup.
_INLINE = re.compile(
    r"\\[!-/:-@\[-`{-~]|(?<!`)(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|`+"
    r"|<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>"
    rf"|{_OPENS}|{_TAG}",
    re.DOTALL,
)
_HTML = re.compile(rf"{_OPENS}|{_TAG}", re.DOTALL)
# Lines of no leaf: definitions of links, and what the parser nests no deeper.
_OTHER = re.compile(
    r"(?P<note>^\s*\[[^\]\n]+\]:[ \t]*(?:#|<>)[ \t]*(?:\([^\n]*\)|\"[^\"\n]*\"|'[^'\n]*')[ \t]*$)"
    rf"|{_OPENS}|{_TAG}",
    re.DOTALL | re.MULTILINE,
)
# Of a fence's first line, its reader sees at most the language.
_FENCE = re.compile(r"\s*+(?:`{3,}+|~{3,}+)[ \t]*+[^\s`]*+(?P<note>[^\n]+)")
_HIDING = re.compile(
    r"""display\s*:\s*none | visibility\s*:\s*(?:hidden|collapse) | font-size\s*:\s*0(?![.\d]*[1-9])
      | opacity\s*:\s*0(?![.\d]*[1-9]) | \shidden(?=[\s=/>]) | aria-hidden\s*=\s*["']?true
      | [;"'\s](?:width|height)\s*:\s*0(?![.\d]*[1-9])""",
    re.VERBOSE | re.IGNORECASE,
)
_UNSEEN = {"script", "style", "template", "noscript"}
_EMPTY = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Region:
    """A run of lines of one kind, as character positions."""

    kind: Kind
    start: int
    end: int


def without_hidden(text: str) -> str:
    """The text without the markup that hides something."""
    if "<" not in text and "]:" not in text and not (("```" in text or "~~~" in text) and _FENCE.search(text)):
        return text
    kept, at = [], 0
    for start, end in _hidden(text, _regions(text)):
        if end > at:
            kept.append(text[at : max(at, start)])
            at = end
    return "".join([*kept, text[at:]])


def _hidden(text: str, regions: list[Region]) -> Iterator[tuple[int, int]]:
    """Where hidden parts begin and end, in order of their beginning; each begins behind the one before."""
    shown = _code_blanked(text, regions)
    at = 0
    for region in regions:
        at = max(at, region.start)
        if region.kind == "code":
            info = _FENCE.match(text, at, region.end)
            if info:
                yield info.span("note")
            continue
        for start, end in _hidden_in(region, shown, at):
            yield start, end
            at = end


def _hidden_in(region: Region, shown: str, at: int) -> Iterator[tuple[int, int]]:
    """The hidden parts that begin in one region of markup, from `at` on."""
    unclosed: set[str] = set()
    while found := _PATTERNS[region.kind].search(shown, at, region.end):
        at = found.end()
        end = _end_of_hidden(found, shown, region, unclosed)
        if end is not None:
            yield found.start(), end
            at = max(at, end)


def _end_of_hidden(found: re.Match[str], shown: str, region: Region, unclosed: set[str]) -> int | None:
    """Where the hidden part that begins here ends, or None where what was found is seen."""
    parts = found.groupdict()
    if parts.get("note"):
        return found.end()
    if parts["opens"]:
        return _end_of_comment(found, shown, region, unclosed)
    tag = parts["tag"]
    if not tag or tag.startswith("</"):
        return None
    if _HIDING.search(tag) or (region.kind == "html" and parts["name"].lower() in _UNSEEN):
        return _end_of_element(shown, tag, parts["name"], found.end())
    return None


def _end_of_comment(found: re.Match[str], shown: str, region: Region, unclosed: set[str]) -> int | None:
    """Behind what closes it; in a paragraph an unclosed one is seen, in raw HTML it hides all that follows."""
    closer = _CLOSED_BY[found["opens"]]
    place = -1 if closer in unclosed else shown.find(closer, found.end(), region.end)
    if place >= 0:
        return place + len(closer)
    unclosed.add(closer)
    return region.end if region.kind == "html" else None


def _end_of_element(shown: str, tag: str, name: str, start: int) -> int:
    """Behind the tag that closes this element; the end of the text where none does."""
    if tag.endswith("/>") or name.lower() in _EMPTY:
        return start
    depth = 1
    for other in re.compile(rf"<(/?){re.escape(name)}\b[^>]*>", re.IGNORECASE).finditer(shown, start):
        depth += -1 if other[1] else 1
        if depth == 0:
            return other.end()
    return len(shown)


def _code_blanked(text: str, regions: list[Region]) -> str:
    """The text with code blocks blanked out, so that a tag in code closes nothing; positions stay."""
    parts = [
        " " * (region.end - region.start) if region.kind == "code" else text[region.start : region.end]
        for region in regions
    ]
    return "".join(parts)


def _regions(text: str) -> list[Region]:
    """The whole text as regions, without a gap."""
    if len(text) > LONGEST_PARSED:
        return [Region("html", 0, len(text))]
    kinds: dict[int, tuple[Kind, int]] = {}
    for token in _parser().parse(text):
        kind = _KINDS.get(token.type)
        if kind and token.map:
            kinds[token.map[0]] = (kind, token.map[1])
    return list(_in_order(kinds, _line_starts(text)))


def _in_order(kinds: dict[int, tuple[Kind, int]], starts: list[int]) -> Iterator[Region]:
    """The leaves of the document by line, and between them lines that belong to none."""
    line, last = 0, len(starts) - 1
    while line < last:
        kind, end = kinds.get(line, ("other", line + 1))
        end = min(max(end, line + 1), last)
        yield Region(kind, starts[line], starts[end])
        line = end


def _line_starts(text: str) -> list[int]:
    """Where each line begins, and at last where the text ends."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    return starts if starts[-1] == len(text) else [*starts, len(text)]


_PATTERNS: dict[Kind, re.Pattern[str]] = {"html": _HTML, "inline": _INLINE, "other": _OTHER}
_KINDS: dict[str, Kind] = {"fence": "code", "code_block": "code", "html_block": "html", "inline": "inline"}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    parser.core.ruler.disable(["inline", "text_join"])
    return parser
