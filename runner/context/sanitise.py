"""Takes out of a text what a person who reads it rendered would not see, and counts it.

Pure. Hidden text is how a stranger speaks to the agent behind the reader's back: HTML comments, Unicode tags,
zero-width and bidirectional controls, hidden elements (`markup.py`), and blanks that push it off the screen.
"""

import re
from dataclasses import dataclass

from runner.context.markup import without_hidden

MOST_SPACES = 200
"""A longer run of blanks only pushes text off the screen (and overflows the tokenizer's stack from some 100,000)."""
MOST_BLANK_LINES = 20


@dataclass(frozen=True)
class Sanitised:
    text: str
    hidden: int
    """Characters that were taken out."""


# Invisible code points: format controls, tags, fillers, variation selectors, bidirectional controls, and the C0 and C1
# controls but for tab and line feed. U+200C, U+200D and U+FE0F have honest uses; see _JOINERS.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
# A joiner or emoji selector is kept where it joins something: after a character beyond Latin, and once only.
_JOINERS = re.compile(
    "(?<![\u0900-\u1fff\u2190-\u2bff\u0600-\u08ff\U0001f000-\U0001ffff\ufe0f#*0-9])[\u200c\u200d\ufe0f]+"
)
_REPEATED_JOINERS = re.compile("([\u200c\u200d\ufe0f])\\1+")
_ESCAPE_SEQUENCE = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\-_])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG_BLANK = re.compile(rf"([^\S\n]{{{MOST_SPACES}}})[^\S\n]+")
_BLANK_LINES = re.compile(rf"(\n[^\S\n]*){{{MOST_BLANK_LINES + 1},}}")


def sanitise(text: str) -> Sanitised:
    """The text as its reader sees it, and how many characters were taken out."""
    plain = _normalised(text)
    seen = without_hidden(_without_invisible(plain))
    return Sanitised(seen, len(plain) - len(seen))


def _normalised(text: str) -> str:
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_plain(text: str) -> bool:
    """Whether a text is such that nothing in it can be invisible: most are, and that is soon known."""
    if not text.isascii() or not text.replace("\n", "").replace("\t", "").isprintable():
        return False
    return text.count("\n") <= MOST_BLANK_LINES and " " * MOST_SPACES not in text.replace("\t", " ")


def _without_invisible(text: str) -> str:
    if _is_plain(text):
        return text
    seen = _INVISIBLE.sub("", _ESCAPE_SEQUENCE.sub("", text))
    seen = _REPEATED_JOINERS.sub(r"\1", _JOINERS.sub("", seen))
    return _BLANK_LINES.sub("\n" * MOST_BLANK_LINES, _LONG_BLANK.sub(r"\1", seen))


def sanitise_code(text: str) -> str:
    """A file's text without what no editor shows; comments and markup in it are the code itself."""
    return _without_invisible(_normalised(text))


def one_line(text: str, most: int) -> str:
    """A short text for an attribute or a heading: sanitised, on one line, cut."""
    return " ".join(sanitise(text).text.split())[:most]
