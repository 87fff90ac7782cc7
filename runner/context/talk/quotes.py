"""Takes quoted replies out of messages: what they repeat stands in the prompt as its author wrote it. Pure.

Called by `prepare.py`. A quote whose source is not among the earlier messages stays: nobody else says it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from crds.fences import fenced
from runner.context.sanitise import one_line
from runner.context.talk.fold import in_less
from runner.context.talk.quoted import Quote, elements_quoted, lines_quoted, quotes_of
from runner.context.talk.said import Said
from runner.context.words import plain_words

SHINGLE = 4
"""Words in a row that are compared."""
KNOWN, KNOWN_TAIL = 0.8, 0.6
"""Share of a quote's shingles that an earlier message must have; an e-mail's tail has headers between."""
MOST_INDEXED = 400_000
"""Words of all messages that are remembered."""
_ELISION = re.compile(
    r"\[\s*(?:\.{3}|\u2026|snip|cut)\s*\]|\(\s*(?:\.{3}|\u2026|snip)\s*\)|<snip>|\.{3,}|\u2026", re.IGNORECASE
)
"""What stands for words that were left out of a quote."""
_STATEMENT = re.compile(r"[\n.!?\u3002\uff01\uff1f]+(?=\s|\Z)|\n")
LONGEST_STATEMENT = 120
"""Characters above which nothing is a statement of a few words."""
_TAIL = re.compile(
    r"^(?:> ?)*(?:On [^\n]{5,200}(?:\n[^\n]{1,100})?wrote:|Am [^\n]{5,200}schrieb[^\n]{0,100}:"
    r"|Le [^\n]{5,200}a \u00e9crit\s?:|El [^\n]{5,200}escribi\u00f3\s?:|Em [^\n]{5,200}escreveu\s?:"
    r"|Il [^\n]{5,200}ha scritto\s?:|Op [^\n]{5,200}schreef[^\n]{0,100}:"
    r"|-{3,} ?Original Message ?-{3,}|From: [^\n]{1,200}\n(?:Sent|Date): )",
    re.MULTILINE,
)
_TAIL_MARKS = (
    "wrote:", "schrieb", "a \u00e9crit", "escribi\u00f3", "escreveu", "ha scritto", "schreef", "Original Message",
    "From: ",
)  # fmt: skip
"""A text without any of these has no such line."""
_FOOTER = re.compile(
    r"^[> \t\u2014-]*(?:Reply to this email directly|You are receiving this (?:because|email)|Sent from my \w+)"
    r"[^\n]*(?:\n|\Z)|^[> \t]*Message ID: [^\n]*(?:\n|\Z)",
    re.MULTILINE,
)


Words = tuple[str, ...]


@dataclass
class Heard:
    """Which of the earlier messages was the first to have each of the shingles that are asked for."""

    asked: frozenset[Words]
    brief: frozenset[str] = frozenset()
    """Whole quotes that are shorter than a shingle."""
    first: dict[Words, int] = field(default_factory=dict)
    alone: dict[str, int | None] = field(default_factory=dict)
    """Who made each of the brief statements; None where several did."""
    words: int = 0

    def add(self, number: int, text: str) -> None:
        if self.words >= MOST_INDEXED:
            return
        found = _shingles(text, MOST_INDEXED - self.words)
        self.words += len(found)
        for shingle in self.asked.intersection(found):
            self.first.setdefault(shingle, number)
        for said in self.brief.intersection(_statements(text)) if self.brief else ():
            self.alone[said] = number if self.alone.setdefault(said, number) == number else None

    def source_of(self, text: str, share: float) -> int | None:
        """The message that a text repeats; None where no earlier one is known to say it."""
        found = _shingles(text, MOST_INDEXED)
        known = Counter(self.first[shingle] for shingle in found if shingle in self.first)
        if not found:
            return self.alone.get(_plain(text))
        if known.total() < share * len(found):
            return None
        return max(known, key=lambda number: (known[number], -number))

    def goes_on(self, before: Sequence[str], words: Sequence[str]) -> bool:
        """Whether earlier messages have these words, all of them, behind those before."""
        found = _in_a_row([*before[1 - SHINGLE :], *words])
        return bool(found) and all(shingle in self.first for shingle in found)


def without_quotes(messages: Sequence[Said]) -> list[Said]:
    """The messages, which come in the order of their time, each without what it repeats of the earlier ones.

    What will not be shown of an earlier one (a machine's older report, a message that is only counted) stays quoted.
    """
    quoting = dict.fromkeys(number for number, one in enumerate(messages) if _may_quote(one))
    if not quoting:
        return list(messages)
    last, shown = max(quoting), in_less(messages)
    heard, found = Heard(*_quoted(messages[number].text for number in quoting)), list[Said]()
    for number, one in enumerate(messages):
        text = _cut(one.text, heard, messages) if number in quoting else one.text
        cut = text != one.text
        found.append(replace(one, text=text, notes=(*one.notes, "without what it quotes"), cut=cut) if cut else one)
        if number < last and not shown[number].folded:
            heard.add(number, shown[number].text if shown[number].cut else text)
    return found


def _quoted(texts: Iterable[str]) -> tuple[frozenset[Words], frozenset[str]]:
    """The shingles of all that may be a quote, and maybe of more; and the quotes that are shorter than one."""
    found, brief = set[Words](), set[str]()
    for text in (_FOOTER.sub("", text) for text in texts):
        if len(found) >= MOST_INDEXED:
            break
        for quote in quotes_of(text):
            words = plain_words(quote.said)
            found.update(_shingles(quote.said, MOST_INDEXED))
            found.update(_in_a_row([*words[1 - SHINGLE :], *plain_words(" ".join(quote.lazy))]))
            brief |= {_plain(quote.said)} if 0 < len(words) < SHINGLE else set()
        if tail := _TAIL.search(text):
            found.update(_shingles(text[tail.end() :], MOST_INDEXED))
    return frozenset(found), frozenset(brief)


def _may_quote(one: Said) -> bool:
    """Whether it has a quote to cut: what asks for the session and what it asks about are read as they stand."""
    return not one.is_task and _has_quote(one.text)


def _has_quote(text: str) -> bool:
    return (">" in text and any(quotes_of(text))) or _has_tail(text)


def _has_tail(text: str) -> bool:
    return any(mark in text for mark in _TAIL_MARKS) and bool(_TAIL.search(text))


def _cut(text: str, heard: Heard, messages: Sequence[Said]) -> str:
    text = _without_tail(_FOOTER.sub("", text), heard, messages)
    parts = [part if code else _of_prose(part, heard, messages) for code, part in fenced(text)]
    return "".join(parts).strip("\n")


def _of_prose(text: str, heard: Heard, messages: Sequence[Said]) -> str:
    for quotes in (elements_quoted, lines_quoted):
        kept, at = list[str](), 0
        for quote in quotes(text):
            source = heard.source_of(quote.said, KNOWN)
            if source is not None:
                before, mark = text[at : quote.start], f"{quote.lead}{_mark(messages[source])}\n"
                again = not before and kept and kept[-1].startswith(mark) and kept[-1].strip() == mark.strip()
                kept += [before, *([] if again else [mark + _new_below(quote, heard)])]
                at = quote.end
        text = "".join([*kept, text[at:]])
    return text


def _new_below(quote: Quote, heard: Heard) -> str:
    """What was written right below a quote, without an empty line between: what runs on from it goes with it."""
    before = plain_words(quote.said)
    for number, line in enumerate(quote.lazy):
        words = plain_words(line)
        if not heard.goes_on(before, words):
            return "".join(quote.lazy[number:])
        before = [*before[1 - SHINGLE :], *words]
    return ""


def _without_tail(text: str, heard: Heard, messages: Sequence[Said]) -> str:
    """Without the earlier message that an e-mail carries below the answer."""
    for found in _TAIL.finditer(text):
        source = heard.source_of(text[found.end() :], KNOWN_TAIL)
        if source is not None:
            return f"{text[: found.start()].rstrip()}\n\n{_mark(messages[source])}\n"
    return text


def _mark(source: Said) -> str:
    at = source.talk.at[:10]
    return f"[quotes {one_line(source.talk.author, 60) or 'an earlier message'}{f', {one_line(at, 10)}' if at else ''}]"


def _shingles(text: str, most: int) -> list[Words]:
    """Of each of its parts between words left out."""
    found = list[Words]()
    for part in _ELISION.split(text) if "..." in text or "\u2026" in text or "snip" in text.lower() else [text]:
        found += _in_a_row(plain_words(part)[: max(0, most - len(found))])
    return found


def _in_a_row(words: Sequence[str]) -> list[Words]:
    return list(zip(*(words[at:] for at in range(SHINGLE)), strict=False))


def _statements(text: str) -> list[str]:
    """What is said by itself, in a line, a sentence, or a whole message."""
    return [_plain(part) for part in _STATEMENT.split(text) if 0 < len(part) <= LONGEST_STATEMENT]


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .!?").lower()
