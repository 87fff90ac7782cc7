"""Takes quoted replies out of messages: what they repeat stands in the prompt as its author wrote it. Pure.

Called by `prepare.py`. A quote whose source is not among the earlier messages stays: nobody else says it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from runner.context.sanitise import one_line
from runner.context.talk.said import Said
from runner.context.units import fenced
from runner.context.words import plain_words

SHINGLE = 4
"""Words in a row that are compared."""
KNOWN, KNOWN_TAIL = 0.8, 0.6
"""Share of a quote's shingles that an earlier message must have; an e-mail's tail has headers between."""
MOST_INDEXED = 400_000
"""Words of all messages that are remembered."""
_QUOTE = re.compile(r"(?:^ {0,3}>[^\n]*(?:\n|\Z))+", re.MULTILINE)
_TAIL = re.compile(
    r"^(?:> ?)*(?:On [^\n]{5,200}(?:\n[^\n]{1,100})?wrote:|Am [^\n]{5,200}schrieb[^\n]{0,100}:"
    r"|Le [^\n]{5,200}a \u00e9crit\s?:"
    r"|-{3,} ?Original Message ?-{3,}|From: [^\n]{1,200}\n(?:Sent|Date): )",
    re.MULTILINE,
)
_TAIL_MARKS = ("wrote:", "schrieb", "a \u00e9crit", "Original Message", "From: ")
"""A text without any of these has no such line."""
_FOOTER = re.compile(
    r"^[> \t\u2014-]*(?:Reply to this email directly|You are receiving this (?:because|email)|Sent from my \w+)"
    r"[^\n]*(?:\n|\Z)|^[> \t]*Message ID: [^\n]*(?:\n|\Z)",
    re.MULTILINE,
)


Shingle = tuple[str, ...]


@dataclass
class Heard:
    """Which of the earlier messages was the first to have each of the shingles that are asked for."""

    asked: frozenset[Shingle]
    first: dict[Shingle, int] = field(default_factory=dict)
    words: int = 0

    def add(self, number: int, text: str) -> None:
        if self.words >= MOST_INDEXED:
            return
        found = _shingles(text, MOST_INDEXED - self.words)
        self.words += len(found)
        for shingle in self.asked.intersection(found):
            self.first.setdefault(shingle, number)

    def source_of(self, text: str, share: float) -> int | None:
        """The message that a text repeats; None where no earlier one is known to say it."""
        found = _shingles(text, MOST_INDEXED)
        known = Counter(self.first[shingle] for shingle in found if shingle in self.first)
        if not found or known.total() < share * len(found):
            return None
        return max(known, key=lambda number: (known[number], -number))


def without_quotes(messages: Sequence[Said]) -> list[Said]:
    """The messages, which come in the order of their time, each without what it repeats of the earlier ones."""
    quoting = dict.fromkeys(number for number, one in enumerate(messages) if _may_quote(one))
    if not quoting:
        return list(messages)
    last = max(quoting)
    heard, found = Heard(_quoted(messages[number].text for number in quoting)), list[Said]()
    for number, one in enumerate(messages):
        text = _cut(one.text, heard, messages) if number in quoting else one.text
        cut = text != one.text
        found.append(replace(one, text=text, notes=(*one.notes, "without what it quotes"), cut=cut) if cut else one)
        if number < last:
            heard.add(number, text)
    return found


def _quoted(texts: Iterable[str]) -> frozenset[Shingle]:
    """The shingles of all that may be a quote, and maybe of more."""
    found = set[Shingle]()
    for text in (_FOOTER.sub("", text) for text in texts):
        found.update(_shingles("".join(_QUOTE.findall(text)), MOST_INDEXED))
        if tail := _TAIL.search(text):
            found.update(_shingles(text[tail.end() :], MOST_INDEXED))
    return frozenset(found)


def _may_quote(one: Said) -> bool:
    """Whether it has a quote to cut: what asks for the session and what it asks about are read as they stand."""
    return not one.is_task and _has_quote(one.text)


def _has_quote(text: str) -> bool:
    return text.lstrip().startswith(">") or "\n>" in text or "\n >" in text or _has_tail(text)


def _has_tail(text: str) -> bool:
    return any(mark in text for mark in _TAIL_MARKS) and bool(_TAIL.search(text))


def _cut(text: str, heard: Heard, messages: Sequence[Said]) -> str:
    text = _without_tail(_FOOTER.sub("", text), heard, messages)
    parts = []
    for code, part in fenced(text):
        parts.append(part if code else _QUOTE.sub(lambda found: _instead(found[0], heard, messages), part))
    return "".join(parts).strip("\n")


def _without_tail(text: str, heard: Heard, messages: Sequence[Said]) -> str:
    """Without the earlier message that an e-mail carries below the answer."""
    for found in _TAIL.finditer(text):
        source = heard.source_of(text[found.end() :], KNOWN_TAIL)
        if source is not None:
            return f"{text[: found.start()].rstrip()}\n\n{_mark(messages[source])}\n"
    return text


def _instead(quote: str, heard: Heard, messages: Sequence[Said]) -> str:
    source = heard.source_of(quote, KNOWN)
    return quote if source is None else f"{_mark(messages[source])}\n"


def _mark(source: Said) -> str:
    at = source.talk.at[:10]
    return f"[quotes {one_line(source.talk.author, 60) or 'an earlier message'}{f', {one_line(at, 10)}' if at else ''}]"


def _shingles(text: str, most: int) -> list[Shingle]:
    words = plain_words(text)[: max(0, most)]
    return list(zip(*(words[at:] for at in range(SHINGLE)), strict=False))
