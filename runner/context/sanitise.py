"""Takes out of a text what a person who reads it rendered would not see, and counts it.

Pure. Hidden text is how a stranger speaks to the agent behind the reader's back: HTML comments, Unicode tags,
zero-width and bidirectional controls, hidden elements. What stands in a code block is seen, so markup in it stays.
"""

import re
from dataclasses import dataclass

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

# Leftmost wins, as in a Markdown reader: a comment in a code block is text, and a fence in a comment is a comment.
_MARKUP = re.compile(
    r"""
    (?P<fence>^[ ]{0,3}(?P<mark>`{3,}|~{3,})[^`\n]*$ (?:.*?) (?:^[ ]{0,3}(?P=mark)[`~]*[ \t]*$|\Z))
  | (?P<code>(?<![`\\])(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)(?P=ticks)(?!`))
  | (?P<comment><!--.*?(?:-->|\Z))
  | (?P<cdata><!\[CDATA\[.*?(?:\]\]>|\Z) | <\?.*?(?:\?>|\Z) | <![A-Za-z][^>]*(?:>|\Z))
  | (?P<element><(?P<tag>script|style|template|noscript)\b.*?(?:</(?P=tag)\s*>|\Z))
  | (?P<hidden><(?P<name>[A-Za-z][A-Za-z0-9-]*)\b(?:[^<>"']|"[^"]*"|'[^']*')*>)
  | (?P<note>^[ ]{0,3}\[[^\]\n]+\]:[ \t]*(?:\#|<>)[ \t]*(?:\([^\n]*\)|"[^"\n]*"|'[^'\n]*')[ \t]*$)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_HIDING = re.compile(
    r"""display\s*:\s*none | visibility\s*:\s*(?:hidden|collapse) | font-size\s*:\s*0(?![.\d]*[1-9])
      | opacity\s*:\s*0(?![.\d]*[1-9]) | \shidden(?=[\s=/>]) | aria-hidden\s*=\s*["']?true
      | (?:width|height)\s*:\s*0(?![.\d]*[1-9])""",
    re.VERBOSE | re.IGNORECASE,
)


def sanitise(text: str) -> Sanitised:
    """The text as its reader sees it, and how many characters were taken out."""
    plain = _SURROGATE.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    seen = _ESCAPE_SEQUENCE.sub("", plain)
    seen = _INVISIBLE.sub("", seen)
    seen = _REPEATED_JOINERS.sub(r"\1", _JOINERS.sub("", seen))
    seen = _without_hidden_markup(seen)
    seen = _LONG_BLANK.sub(r"\1", seen)
    seen = _BLANK_LINES.sub("\n" * MOST_BLANK_LINES, seen)
    return Sanitised(seen, len(plain) - len(seen))


def one_line(text: str, most: int) -> str:
    """A short text for an attribute or a heading: sanitised, on one line, cut."""
    return " ".join(sanitise(text).text.split())[:most]


def _without_hidden_markup(text: str) -> str:
    kept: list[str] = []
    at = 0
    while found := _MARKUP.search(text, at):
        end = _end_of_hidden(text, found)
        kept.append(text[at : found.start() if end else found.end()])
        at = end or found.end()
    kept.append(text[at:])
    return "".join(kept)


def _end_of_hidden(text: str, found: re.Match[str]) -> int:
    """Where the hidden part that begins here ends, or 0 where what was found is seen by its reader."""
    if found["fence"] or found["code"]:
        return 0
    if found["hidden"]:
        return _end_of_element(text, found) if _HIDING.search(found["hidden"]) else 0
    return found.end()


def _end_of_element(text: str, opening: re.Match[str]) -> int:
    """Behind the tag that closes this element; the end of the text where none does."""
    name = opening["name"].lower()
    if opening[0].endswith("/>") or name in ("img", "br", "hr", "input"):
        return opening.end()
    depth = 1
    for tag in re.compile(rf"<(/?){re.escape(name)}\b[^>]*>", re.IGNORECASE).finditer(text, opening.end()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return len(text)
