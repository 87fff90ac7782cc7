"""Words of a text, and how much one text speaks of what another asks. Pure; used to score talk, sentences and notes.

Knows nothing of code: what a repository's parts are worth is the ranking's to say.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import log, sqrt

MOST_READ = 6_000
"""Characters of a text that are looked at: what a comment is about is told in its first page or two."""
_WORD = re.compile(r"[^\W\d_](?:[\w.-]*[^\W_])?")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENDINGS = ("ings", "ing", "edly", "ed", "ies", "es", "s")
_STOP_WORDS = """
    a about after all also am an and any are as at be because been before but by can could did do does for from get
    had has have hello hey hi how i if in into is it its just like me more my no not now of on one only or other our
    out please so some than thank thanks that the their them then there these they this to too up us use very was we
    were what when where which who why will with would you your
"""
_STOP = frozenset(_STOP_WORDS.split())


def terms(text: str) -> list[str]:
    """Words in small letters, names whole and in their parts, without endings and without words that say nothing."""
    found: list[str] = []
    for word in _WORD.findall(text[:MOST_READ]):
        found += _parts(word)
    return found


@lru_cache(maxsize=50_000)
def _parts(word: str) -> tuple[str, ...]:
    found = _of_name(word) if word.isascii() or not _WIDE.search(word) else _pairs(word)
    return tuple(term for term in found if term not in _STOP)


def _of_name(word: str) -> list[str]:
    lower = word.lower()
    pieces = [piece for piece in re.split(r"[._-]+|(?<=[a-z0-9])(?=[A-Z])", word) if len(piece) > 1]
    return [_stem(lower), *(_stem(piece.lower()) for piece in pieces if len(pieces) > 1)]


def _pairs(word: str) -> list[str]:
    """Scripts without blanks between words: each two letters in a row."""
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class Weights:
    """How much each term tells: one that stands in few of the texts tells more (inverse document frequency)."""

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        self._count: Counter[str] = Counter()
        self._known: dict[str, float] = {}
        self._texts = 0
        for one in texts:
            self._count.update(set(one))
            self._texts += 1

    def of(self, term: str) -> float:
        found = self._known.get(term)
        if found is None:
            found = self._known[term] = log(1 + (self._texts + 1) / (self._count[term] + 1))
        return found

    def overlap(self, one: frozenset[str], other: frozenset[str]) -> float:
        """0 for nothing in common, 1 for the same terms: the cosine of the two sets, each term with its weight."""
        # Sums of floats depend on their order, and that of a set of strings on the process.
        shared = sum(self.of(term) ** 2 for term in sorted(one & other))
        return shared / (self._length(one) * self._length(other)) if shared else 0.0

    def _length(self, one: frozenset[str]) -> float:
        return sqrt(sum(self.of(term) ** 2 for term in sorted(one)))
