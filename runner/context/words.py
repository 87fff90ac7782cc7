"""Words of a text, and how much one text speaks of what another asks. Pure; used to score talk, sentences and notes.

Knows nothing of code: what a repository's parts are worth is the ranking's to say.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, repeat
from math import fsum, log, sqrt

MOST_READ = 6_000
"""Characters of a text that are looked at: what a comment is about is told in its first page or two."""
_WORD = re.compile(r"[^\W\d_](?:[\w.-]*[^\W_])?")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_RUN = re.compile(r"[^\W_]+")
_JOINED = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in "_.-")}
_BLANKS = {code: " " for code in range(128) if not chr(code).isalnum()}
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
    return list(chain.from_iterable(map(_parts, _words(text[:MOST_READ]))))


def term_set(text: str) -> frozenset[str]:
    """Those terms, each once."""
    return term_sets([text])[0]


def term_sets(texts: Iterable[str]) -> list[frozenset[str]]:
    """Those of many texts, in which most words come again and again."""
    known = _Known()
    return [frozenset(chain.from_iterable(map(known.__getitem__, _distinct(text[:MOST_READ])))) for text in texts]


class _Known(dict[str, tuple[str, ...]]):
    """The parts of each word, worked out once."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        found = self[word] = _parts(word)
        return found


def _words(text: str) -> Iterable[str]:
    """What _WORD finds; without an expression where that comes to the same."""
    if not text.isascii():
        return _WORD.findall(text)
    return _trimmed(text.translate(_JOINED).split())


def _distinct(text: str) -> set[str]:
    return set(_trimmed(set(text.translate(_JOINED).split())) if text.isascii() else _WORD.findall(text))


def _trimmed(runs: Iterable[str]) -> Iterable[str]:
    """A word begins with a letter, and ends with a letter or a digit."""
    begun = map(str.lstrip, runs, repeat("0123456789_.-"))
    return filter(None, map(str.rstrip, begun, repeat("_.-")))


def plain_words(text: str) -> list[str]:
    """Runs of letters and digits, in small letters: what tells whether two texts say the same."""
    low = text.lower()
    return low.translate(_BLANKS).split() if low.isascii() else _RUN.findall(low)


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
        sets = [frozenset(one) for one in texts]
        self._squares = _Squares(Counter(chain.from_iterable(sets)), len(sets))
        self._lengths: dict[frozenset[str], float] = {}

    def overlap(self, one: frozenset[str], other: frozenset[str]) -> float:
        """0 for nothing in common, 1 for the same terms: the cosine of the two sets, each term with its weight."""
        shared = self._sum(one & other)
        return shared / (sqrt(self._sum(one)) * self._length(other)) if shared else 0.0

    def _length(self, one: frozenset[str]) -> float:
        """Of what is asked: the same for all texts."""
        if one not in self._lengths:
            self._lengths[one] = sqrt(self._sum(one))
        return self._lengths[one]

    def _sum(self, terms: frozenset[str]) -> float:
        """Rounded once: other sums of floats depend on their order, and that of a set of strings on the process."""
        return fsum(map(self._squares.__getitem__, terms))


class _Squares(dict[str, float]):
    """The square of each term's weight; each is worked out once."""

    def __init__(self, count: Counter[str], texts: int) -> None:
        self._count, self._texts = count, texts

    def __missing__(self, term: str) -> float:
        found = self[term] = log(1 + (self._texts + 1) / (self._count[term] + 1)) ** 2
        return found
