"""Which words a command begins with: those behind the prefix or the mention, or those that a mention ends. Pure.

Called by parse.py. Behind the prefix they stand on its line. A mention is a word in a sentence: it may open it
("@vteam fix this"), greet before it ("Hey @vteam,", then a line), or close it ("Could you fix this, @vteam?").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.grammar.starts import BULLETS, Start
from handlers.grammar.verbs import verb_of

_BEHIND = re.compile(r"(?:</[a-zA-Z]++>)*+[*_)\]\"'”’]*+[\s,:;.!?…]*+(?:[-–—]++(?=\s|$))?+\s*+")
_MARKS = re.compile(r"[*_]*$")
_BULLETS = re.compile(BULLETS)
PLEASE = ("please", "pls", "kindly")
_GREETINGS = frozenset(("hi", "hey", "hello", "dear", "ping", "cc"))


@dataclass(frozen=True)
class Head:
    """The line with a command's first words, and the lines of its text behind it."""

    start: Start
    number: int
    """Index of the line."""
    whole: str
    """The line, as it was written."""
    at: int
    """Where the words begin."""
    end: int
    """Where they end."""
    tail: Sequence[str]

    @property
    def words(self) -> str:
        """The line up to where the words end."""
        return self.whole[: self.end]

    @property
    def bare(self) -> bool:
        """Whether a mention asks for nothing."""
        return self.start.mentioned and not self.words[self.at :].strip()

    @property
    def passing(self) -> bool:
        """Whether the bot is only spoken of: "Thanks, @vteam!" wants no answer; "@vteam" and "Hey @vteam" do."""
        before = self.whole[self.start.begin : self.start.at].lower()
        return self.bare and bool(set(re.findall(r"\w+", before)) - _GREETINGS)


def head_of(lines: Sequence[str], start: Start, stop: int) -> Head:
    """The head of the command that begins here; its text ends before the line `stop`."""
    whole = lines[start.line]
    if not start.mentioned:
        return Head(start, start.line, whole, start.end, len(whole), lines[start.line + 1 : stop])
    behind = _BEHIND.match(whole, start.end)
    at = behind.end() if behind else start.end
    if at < len(whole.rstrip()):
        return Head(start, start.line, whole, at, _without_marks(whole, start), lines[start.line + 1 : stop])
    return _closing(lines, start, stop) or _greeting(lines, start, stop)


def _without_marks(whole: str, start: Start) -> int:
    """Where the words end when `**@vteam fix it**` is a sentence in bold."""
    marks = _MARKS.search(whole[start.begin : start.at])
    opened = marks[0][::-1] if marks else ""
    line = whole.rstrip()
    around = opened and line.endswith(opened) and not whole.startswith(opened, start.end)
    return len(line) - len(opened) if around else len(whole)


def _closing(lines: Sequence[str], start: Start, stop: int) -> Head | None:
    """The words before a mention that closes its line, where they are said to the bot and not of it."""
    whole = lines[start.line]
    before = whole[start.begin : start.at].rstrip()
    words = before.split()
    said_to = before.endswith(",") or "?" in whole[start.end :] or before.endswith("?")
    asks = len(words) >= 2 and (verb_of(words[0]) or words[0].lower() in PLEASE)
    if not (asks or (said_to and len(words) >= 3)):
        return None
    end = start.begin + len(before.rstrip(" ,;:-–—*_("))
    return Head(start, start.line, whole, start.begin, end, lines[start.line + 1 : stop])


def _greeting(lines: Sequence[str], start: Start, stop: int) -> Head:
    """The next line with words, unless the sentence with the mention has ended: thanks ask for nothing."""
    whole = lines[start.line]
    if not re.search(r"[.!?…]", whole[start.end :]):
        for number in range(start.line + 1, stop):
            if lines[number].strip():
                begin = _BULLETS.match(lines[number])
                at = begin.end() if begin else 0
                return Head(start, number, lines[number], at, len(lines[number]), lines[number + 1 : stop])
    return Head(start, start.line, whole, len(whole), len(whole), ())
