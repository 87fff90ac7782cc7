"""BM25 (Robertson and Zaragoza, 2009): how well a document's terms meet a query's. Pure; called by the features."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from runner.context.ranking.inverted import Postings

K1 = 1.2
"""How soon a term's repetition stops to count."""

Terms = Mapping[str, float]


def damped(terms: Terms) -> dict[str, float]:
    """A query's weights: ln(1 + times), so that one word said often does not drown the others."""
    return {term: math.log(1 + times) for term, times in terms.items()}


@dataclass(frozen=True)
class Bm25:
    """The statistics of a collection of documents. `b`: how much a long document pays for its length."""

    rarity: Mapping[str, float]
    """Inverse document frequency, never below zero: ln(1 + (N - df + .5) / (df + .5))."""
    mean_length: float
    b: float

    @classmethod
    def of(cls, seen: Mapping[str, int], lengths: Sequence[int], *, b: float) -> "Bm25":
        """Of a collection with these document frequencies and lengths."""
        total = len(lengths)
        rarity = {term: math.log(1 + (total - times + 0.5) / (times + 0.5)) for term, times in seen.items()}
        return cls(rarity, max(sum(lengths) / total if total else 1.0, 1e-9), b)

    @classmethod
    def over(cls, documents: Sequence[tuple[Mapping[str, int], int]], *, b: float) -> "Bm25":
        """Of documents as (terms, length)."""
        seen = Counter(chain.from_iterable(terms for terms, _ in documents))
        return cls.of(seen, [length for _, length in documents], b=b)

    def impacts(self, terms: Mapping[str, int], length: int) -> dict[str, float]:
        """What each term of a document is worth to a query that asks for it with weight 1."""
        norm, rarity = self._norm(length), self.rarity
        return {term: rarity[term] * times * (K1 + 1) / (times + norm) for term, times in terms.items()}

    def score(self, terms: Mapping[str, int], length: int, query: Terms) -> float:
        """How well a document meets a query; 0 where they share no term."""
        return dot(self.impacts({term: times for term, times in terms.items() if term in query}, length), query)

    def scores(self, postings: Postings, lengths: Sequence[int], query: Terms) -> list[float]:
        """How well each document meets a query, of the documents whose postings these are."""
        found = [0.0] * len(lengths)
        norms = [self._norm(length) for length in lengths]
        for term, weight in query.items():
            posting = postings.get(term)
            if posting is None:
                continue
            most = weight * self.rarity[term] * (K1 + 1)
            for place, times in zip(posting[::2], posting[1::2], strict=True):
                found[place] += most * times / (times + norms[place])
        return found

    def _norm(self, length: int) -> float:
        return K1 * (1 - self.b + self.b * length / self.mean_length)


def dot(impacts: Terms, query: Terms) -> float:
    """What a document with these impacts is worth to a query."""
    return sum([impact * query[term] for term, impact in impacts.items() if term in query])
