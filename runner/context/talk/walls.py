"""Takes out of a machine's message the folded sections that say how it was made, or what is said above them. Pure.

Called by `machines.py`. Only sections (`<details>`) whose heading is known are taken out: an unknown one may hold the
finding itself.
"""

import re

_TAG = re.compile(r"<(/?)details\b[^<>\n]{0,200}>[ \t]*\n?", re.IGNORECASE)
_HEADING = re.compile(r"\s{0,20}<summary\b[^<>\n]{0,200}>(.{0,300}?)</summary", re.IGNORECASE | re.DOTALL)
_HOUSEKEEPING = re.compile(
    r"^\W*(?:prompt (?:for|to fix)\b.{0,60}\b(?:ai|agents?|llms?)\b|analysis chain"
    r"|(?:recent )?review (?:info|details|profile)|run configuration|configuration used|commits?(?: reviewed)?$"
    r"|files? (?:selected|ignored|skipped|processed|not reviewed)|additional context used|learnings? (?:added|used)"
    r"|tools?$|finishing touches|tips?$|thanks? for using|things you need to know|share$|support$"
    r"|about (?:codecov|coderabbit|copilot|gemini|greptile|this bot)|interacting with|customi[sz]ing|getting help"
    r"|using gemini|how to (?:use|interact|customi)|reviews? (?:paused|resumed)|dependabot commands|chat$|feedback$)",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[^<>\n]{1,200}>|[*_`#]")


def without_housekeeping(text: str) -> str:
    """The text without such sections; as it is where nothing else would be left."""
    if "<details" not in text.lower():
        return text
    kept = _kept(text).strip("\n")
    return kept if kept.strip() else text


def _kept(text: str) -> str:
    """One that nobody closes stays."""
    kept: list[str] = []
    at, depth, dropping = 0, 0, -1
    for found in _TAG.finditer(text):
        closes = bool(found[1])
        if not closes and dropping < 0 and _is_housekeeping(text, found.end()):
            kept.append(text[at : found.start()])
            at, dropping = found.start(), depth
        depth = max(0, depth - 1) if closes else depth + 1
        if closes and depth == dropping:
            at, dropping = found.end(), -1
    return "".join([*kept, text[at:]])


def _is_housekeeping(text: str, start: int) -> bool:
    heading = _HEADING.match(text, start)
    return heading is not None and bool(_HOUSEKEEPING.search(_MARKUP.sub("", heading[1]).strip()))
