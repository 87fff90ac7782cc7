"""Finds messages that say what another one says: the same text, or nearly the same. Pure; called by `fold.py`.

Of two that are alike the first in the order given is kept, so a stranger who repeats a maintainer's words with a twist
is folded into the maintainer and never the other way round.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from zlib import crc32

_TOKEN = re.compile(r"[^\W_]+|[-+*/<>=!&|^%~]+")
"""A word, or a sign: `a - b` does not say what `a + b` says."""
SHINGLE = 3
"""Words in a row that are compared."""
ALIKE = 0.85
"""Share of all shingles of both that they have in common (Jaccard) from which two texts are alike."""
LEAST_WORDS = 12
"""Words below which only the same text is alike: "it works with 2.1" and "it works with 2.2" are not."""
MOST_WORDS = 1500
LONGEST = 60_000
"""Characters of a text above which only the very same text is the same."""
MOST_COMPARED = 2000
"""Texts of which nearly the same are looked for; the others are compared as a whole."""
SKETCH = 12
"""Smallest shingles of a text by which candidates are found (a bottom-k sketch: Broder 1997)."""
MOST_CANDIDATES = 12


def repeats(texts: Sequence[str], exactly: Sequence[bool] = ()) -> list[int | None]:
    """For each text the number of the earlier one that says the same; None where it is the first to say it.

    `exactly`: of which texts nearly the same is not the same.
    """
    whole: dict[str, int] = {}
    near = _Near()
    found: list[int | None] = []
    for number, text in enumerate(texts):
        words = _TOKEN.findall(text.lower()) if len(text) <= LONGEST else [text]
        key = sha256((" ".join(words) or text.strip()).encode("utf-8", "replace")).hexdigest()
        known = whole.setdefault(key, number)
        near_too = number < MOST_COMPARED and not (exactly and exactly[number])
        if known == number and near_too and LEAST_WORDS <= len(words) <= MOST_WORDS:
            known = near.one_like(number, words)
        found.append(known if known != number else None)
    return found


class _Near:
    """The texts so far by their sketches."""

    def __init__(self) -> None:
        self._by_sketch: dict[int, list[int]] = {}
        self._shingles: dict[int, frozenset[str]] = {}

    def one_like(self, number: int, words: Sequence[str]) -> int:
        """An earlier text that is nearly the same, or the number itself, which is remembered."""
        shingles = frozenset(map(" ".join, zip(*(words[at:] for at in range(SHINGLE)), strict=False)))
        sketch = sorted(set(map(crc32, map(str.encode, shingles))))[:SKETCH]
        for other in self._candidates(sketch):
            if self._alike(shingles, self._shingles[other]):
                return other
        self._shingles[number] = shingles
        for value in sketch:
            self._by_sketch.setdefault(value, []).append(number)
        return number

    def _candidates(self, sketch: Sequence[int]) -> list[int]:
        found: dict[int, int] = {}
        for value in sketch:
            for other in self._by_sketch.get(value, ())[:MOST_CANDIDATES]:
                found[other] = found.get(other, 0) + 1
        return sorted(found, key=lambda other: (-found[other], other))[:MOST_CANDIDATES]

    @staticmethod
    def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
        if min(len(one), len(other)) < ALIKE * max(len(one), len(other)):
            return False
        shared = len(one & other)
        return shared >= ALIKE * (len(one) + len(other) - shared)
