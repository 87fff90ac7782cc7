"""BM25 (Robertson and Zaragoza, 2009): how well a document's terms meet a query's. Pure; called by the features."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.context.ranking.vocabulary import terms_of

K1 = 1.2
"""How soon a term's repetition stops to count."""

Terms = Mapping[str, float]


def damped(terms: Terms) -> dict[str, float]:
    """A query's weights: ln(1 + times), so that one word said often does not drown the others."""
    return {term: math.log(1 + times) for term, times in terms.items()}


class Hits:
    """Which terms of a query an identifier holds; each identifier is taken apart once."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = frozenset(wanted)
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, identifiers: Mapping[str, int]) -> dict[str, int]:
        """How often each wanted term stands among these identifiers."""
        known, found = self._known, dict[str, int]()
        for identifier, times in identifiers.items():
            terms = known.get(identifier)
            if terms is None:
                terms = known[identifier] = tuple(term for term in terms_of(identifier) if term in self._wanted)
            for term in terms:
                found[term] = found.get(term, 0) + times
        return found


@dataclass(frozen=True)
class Bm25:
    """The statistics of a collection of documents. `b`: how much a long document pays for its length."""

    rarity: Mapping[str, float]
    """Inverse document frequency, never below zero: ln(1 + (N - df + .5) / (df + .5))."""
    mean_length: float
    b: float

    @classmethod
    def over(cls, documents: Sequence[tuple[Mapping[str, int], int]], *, b: float) -> "Bm25":
        """Of documents as (terms, length)."""
        seen = Counter[str]()
        for terms, _ in documents:
            seen.update(terms.keys())
        total = len(documents)
        rarity = {term: math.log(1 + (total - times + 0.5) / (times + 0.5)) for term, times in seen.items()}
        mean = sum(length for _, length in documents) / total if total else 1.0
        return cls(rarity, max(mean, 1e-9), b)

    def score(self, terms: Mapping[str, int], length: int, query: Terms) -> float:
        """How well a document meets a query; 0 where they share no term."""
        norm = K1 * (1 - self.b + self.b * length / self.mean_length)
        return sum(
            query[term] * self.rarity[term] * times * (K1 + 1) / (times + norm)
            for term, times in terms.items()
            if term in query
        )
