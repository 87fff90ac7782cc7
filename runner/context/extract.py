"""What is worth most of a text that is too long, in its own words and in its own order, with marks where it was cut.

Pure; called by `fit.py`. An extract of paragraphs is `spans`, one of sentences a `summary`; neither says anything that
the text does not say. Scores: lexical centrality (a sentence that shares the text's frequent terms speaks for it: Luhn
1958, and LexRank's degree without its graph), position, overlap with what is asked, words of decision, code and names.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import log1p, sqrt

from runner.context import count
from runner.context.talk.phrases import DECISION, DECISION_SIGNS
from runner.context.units import Unit, paragraphs, sentences
from runner.context.words import term_sets

MOST_READ = 120_000
"""Characters of a text that are looked at, half of them its start and half its end."""
MARK = 12
"""Tokens that one mark may take with its line breaks."""
NEW = 0.25
"""Share of a unit's terms that must not have been shown yet."""
LONG_GAP = 60
"""Characters left out from which on a mark says how much it was."""
# Of a text in small letters; by their first letters, for it is tried at each word.
_DECISION = re.compile(
    r"\b(?:a(?:greed?|ctual(?:ly)?|pproved?)|b(?:ecause|isect\w*|reaking|y design)|c(?:onclu\w+|aused by)"
    r"|d(?:ecided?|ecision|eprecat\w+)|e(?:xpected|rror)|fail(?:s|ed|ing)?|instead of|let'?s|must(?: not)?|not a bug"
    r"|r(?:oot cause|egress\w+|eproduc\w+|eject\w*)|should(?: not|n't)?|the (?:fix|bug|problem|issue|reason)"
    r"|w(?:e(?:'ll| will| should| must)|on'?t|orkaround))\b"
)
_DECISION_ABROAD = re.compile(rf"\b(?:{DECISION})\b|{DECISION_SIGNS}")
_NAME = re.compile(
    r"`[^`\n]+`|\b\w{1,80}(?:_\w|\.\w{1,80}\(|[a-z][A-Z])|(?<![\w/-])[\w/-]{1,200}\.(?:py|[jt]sx?|go|rs|java|cc?|h|rb|php|cs)\b"
)
_FRAME = re.compile(
    r'File "[^"\n]{1,300}", line \d+|^[ \t]+at \S|\w(?:Error|Exception)\b|^(?:E  |panic:|error(?:\[|:)|--- FAIL)',
    re.MULTILINE,
)
_COURTESY = re.compile(r"^\W*(?:hi|hello|hey|thanks?|thank you|cheers|regards|please let me know|hope this)\b", re.I)


@dataclass(frozen=True)
class Scored:
    number: int
    score: float
    tokens: int
    terms: frozenset[str]


def decisions_in(text: str, most: int) -> int:
    """How many words of decision or of cause stand in it, as far as `most`."""
    low = text[:MOST_READ].lower()
    found = sum(1 for _ in islice(_DECISION.finditer(low), most))
    # Only few texts have letters beyond ASCII, and hardly any in another language has none.
    return found if low.isascii() else min(most, found + sum(1 for _ in islice(_DECISION_ABROAD.finditer(low), most)))


def names_in(text: str) -> bool:
    """Whether it names code, or shows where something failed."""
    return bool(_NAME.search(text[:MOST_READ]) or _FRAME.search(text[:MOST_READ]))


def failure_in(text: str) -> bool:
    """Whether it shows where something failed: a frame of a traceback, an error's name."""
    return bool(_FRAME.search(text[:MOST_READ]))


def spans(text: str, room: int, asked: frozenset[str]) -> str:
    """Paragraphs of the text, its first and its last among them, in at most `room` tokens; empty where none fits."""
    return _extract(text, room, asked, by_sentence=False)


def summary(text: str, room: int, asked: frozenset[str]) -> str:
    """Sentences of the text in at most `room` tokens; empty where none fits."""
    return _extract(text, room, asked, by_sentence=True)


def _extract(text: str, room: int, asked: frozenset[str], *, by_sentence: bool) -> str:
    units, gap = _read(text, by_sentence=by_sentence)
    scored = _scored(units, asked)
    kept = _chosen(units, scored, room, ends=not by_sentence)
    while kept:
        found = _joined(units, kept, gap, total=len(text)).strip("\n")
        over = count.count(found) - room
        if over <= 0:
            return found
        kept = _without_the_least(kept, scored, over)
    return ""


def _read(text: str, *, by_sentence: bool) -> tuple[list[Unit], int]:
    """The units, and the number of the first one behind what was not looked at (-1 where all was)."""
    cut = sentences if by_sentence else paragraphs
    if len(text) <= MOST_READ:
        return cut(text), -1
    start = cut(text[: MOST_READ // 2])
    return [*start, *cut(text[-MOST_READ // 2 :])], len(start)


def _scored(units: Sequence[Unit], asked: frozenset[str]) -> list[Scored]:
    found = term_sets(unit.text for unit in units)
    common = Counter(term for one in found for term in sorted(one))
    return [
        Scored(
            number, _score(unit, one, common, asked) + _position(number, unit, len(units)), count.count(unit.text), one
        )
        for number, (unit, one) in enumerate(zip(units, found, strict=True))
    ]


def _score(unit: Unit, own: frozenset[str], common: Counter[str], asked: frozenset[str]) -> float:
    if not own:
        return -0.5
    central = sum(log1p(common[term]) for term in sorted(own)) / len(own) / log1p(max(common.values()))
    near = len(own & asked) / sqrt(len(own) * len(asked)) if asked else 0.0
    decided = decisions_in(unit.text, 3)
    named = bool(_NAME.search(unit.text)) + 2 * bool(_FRAME.search(unit.text))
    courtesy = 0.5 if _COURTESY.search(unit.text) else 0.0
    return 0.25 * central + 1.2 * near + 0.15 * decided + 0.15 * named - courtesy


def _position(number: int, unit: Unit, total: int) -> float:
    """The first words say what it is about, the last ones what came of it, and a paragraph's first what it is about."""
    return 0.5 * (number == 0) + 0.25 * (number == total - 1) + 0.1 * unit.first


def _chosen(units: Sequence[Unit], scored: Sequence[Scored], room: int, *, ends: bool) -> list[int]:
    """The worthiest units, by what they are worth for their length, as far as they fit with a mark each."""
    must = {0, len(units) - 1} if ends else {0}
    order = sorted(scored, key=lambda one: (one.number not in must, -one.score / max(1, one.tokens) ** 0.4, one.number))
    first = [one for one in order if units[one.number].text.strip()]
    left, kept, told = room - MARK, set[int](), set[str]()
    for again in (False, True):
        for one in first:
            beside = one.number - 1 in kept or one.number + 1 in kept
            cost = one.tokens + (0 if beside else MARK)
            fits = one.number not in kept and cost <= left
            if fits and (again or one.number in must or _says_more(one, told)):
                kept.add(one.number)
                told |= one.terms
                left -= cost
    return sorted(kept)


def _says_more(one: Scored, told: set[str]) -> bool:
    """Whether it has terms that were not shown yet: what repeats them comes last."""
    return len(one.terms - told) >= NEW * len(one.terms) if one.terms else one.score > 0


def _without_the_least(kept: Sequence[int], scored: Sequence[Scored], over: int) -> list[int]:
    """Without as many of the least worthy as the text is over by."""
    rest = sorted(kept, key=lambda number: (scored[number].score, -number))
    freed = 0
    while rest and freed < over:
        freed += scored[rest.pop(0)].tokens
    return sorted(rest)


def _joined(units: Sequence[Unit], kept: Sequence[int], gap: int, *, total: int) -> str:
    shown: list[str] = []
    before, unseen = -1, total - sum(len(unit.text) for unit in units)
    for number in [*kept, len(units)]:
        left = sum(len(unit.text) for unit in units[before + 1 : number])
        left += unseen if before < gap <= number else 0
        if left:
            shown.append(_mark(left, units, before, number))
        shown += [units[number].text] if number < len(units) else []
        before = number
    return "".join(shown)


def _mark(left: int, units: Sequence[Unit], before: int, after: int) -> str:
    """What stands for that which was left out: on a line of its own between paragraphs, in the line within one."""
    within = before >= 0 and after < len(units) and units[before].block == units[after].block
    if within and not units[before].code:
        return "[…] "
    start = "" if before < 0 or units[before].text.endswith("\n") else "\n"
    return f"{start}[… {left:,} characters cut here …]\n" if left > LONG_GAP else f"{start}[…]\n"
