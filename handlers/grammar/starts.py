"""Where a command could begin in a line: at the prefix that stands first, or at a mention of the bot.

Called by the two readers, which know what of the text is code, quoted or hidden; here only the line is looked at.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from handlers.grammar.words import Dialect

DEFAULT = Dialect()
# Keyboards for right-to-left scripts, and files, put signs without width before a line's words.
BULLETS = r"[\s\ufeff\u200e\u200f\u2060\u2066-\u2069]*(?:(?:[-*+•◦▪‣]|[0-9]{1,9}[.)])\s+)*(?:\[ \]\s+)?"
"""What may stand before a line's own words: space, bullets, numbers, the box of a task that is not done."""
_BULLETS = re.compile(BULLETS)
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of scripts that put no space between words: Thai to Khmer, kana, Chinese; and Hangul."""


@dataclass(frozen=True)
class Start:
    """A place where a command begins."""

    line: int
    """Index of the line, from 0."""
    begin: int
    """Where the line's own words begin, behind space and bullets."""
    at: int
    """Where the prefix or the mention stands."""
    end: int
    """Where it ends."""
    mentioned: bool


@dataclass(frozen=True)
class Found:
    """What a reader has found in a text."""

    starts: tuple[Start, ...]
    stop: int
    """The line before which the writer's own words end: behind it is the letter that an e-mail answers."""


@lru_cache(maxsize=16)
def _prefix(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"({BULLETS})((?ai:{re.escape(prefix)}))(?!\S)")


@lru_cache(maxsize=16)
def _mention(handle: str) -> re.Pattern[str]:
    before = rf"(?:(?<![^\W_])(?<![/@+=%&$\\-])|(?<=[{_UNSPACED}]))"
    behind = rf"(?:(?=[{_UNSPACED}])|(?![^\W_]|_\w|[/@{{(=$]|[-.:]\w|['’]s\b))"
    # What is behind :// or www. belongs to an address, whatever it looks like.
    return re.compile(rf"(?:://|\bwww\.)\S*|{before}(@(?ai:{re.escape(handle)})(?:\[bot\])?){behind}")


def may_hold_command(body: str, dialect: Dialect = DEFAULT) -> bool:
    """Whether it is worth reading: cheap, and never wrong about absence."""
    lower = body.lower()
    if dialect.prefix.lower() in lower or f"@{dialect.handle.lower()}" in lower:
        return True
    return bool(dialect.bot_id) and f"<@{dialect.bot_id}" in body


def candidates(lines: Sequence[str], dialect: Dialect) -> list[Start]:
    """All places where a command could begin, in their order."""
    names = (dialect.prefix.lower(), f"@{dialect.handle.lower()}")
    lower = "\n".join(lines).lower().split("\n")  # no letter becomes a line's end, or ends to be one
    return [
        start
        for number, line in enumerate(lower)
        if names[0] in line or names[1] in line
        for start in _in_line(lines[number], number, dialect)
    ]


def _in_line(line: str, number: int, dialect: Dialect) -> list[Start]:
    """Those of one line; a line that begins with the prefix has that one only."""
    found = _prefix(dialect.prefix).match(line)
    if found:
        return [Start(number, found.end(1), found.start(2), found.end(2), mentioned=False)]
    return list(_mentions(line, number, dialect))


def opens_line(before: str) -> bool:
    """Whether what stands before a place leaves it the start of its line."""
    return _BULLETS.fullmatch(before) is not None


def mention(line: str, number: int, at: int, end: int) -> Start:
    """A mention of the bot at this place of a line."""
    begin = _BULLETS.match(line)
    return Start(number, min(at, begin.end() if begin else 0), at, end, mentioned=True)


def _mentions(line: str, number: int, dialect: Dialect) -> Iterator[Start]:
    for found in _mention(dialect.handle).finditer(line):
        if found[1]:
            yield mention(line, number, found.start(1), found.end(1))
