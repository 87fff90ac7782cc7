"""The inverted index of a tree: in which files each term stands, and how often. Pure; called by corpus.py.

It is what a ranking needs of the files that it does not parse; of the same tree it is worked out once.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runner.context.ranking.parsed import Words
from runner.context.ranking.vocabulary import terms_of
from runner.context.tree import LeftOut

Postings = Mapping[str, "array[int]"]
"""Of each term the files that hold it and how often: file, times, file, times …"""


@dataclass
class Inverted:
    """An index; of all terms, or of those that were wanted."""

    wanted: frozenset[str] | None = None
    files: list[str] = field(default_factory=list)
    """The paths that are ranked; postings speak of their places in this list."""
    lengths: "array[int]" = field(default_factory=lambda: array("I"))
    """Identifiers of each file."""
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    """Files that were left out for what they hold, by rule: how many, and some of them."""
    terms: dict[str, "array[int]"] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, path: str, words: Words) -> None:
        """One more file, or one more that is left out."""
        if words.why_not:
            self.left_out.setdefault(words.why_not, LeftOut()).add(path)
            return
        place = len(self.files)
        self.files.append(path)
        self.lengths.append(words.length)
        self.names.update(words.names)
        terms = self.terms
        for term, times in self._terms(words).items():
            posting = terms.get(term)
            if posting is None:
                posting = terms[term] = array("I")
            posting.append(place)
            posting.append(times)

    def _terms(self, words: Words) -> dict[str, int]:
        found: dict[str, int] = {}
        known = self._known
        for name, times in zip(words.names, words.times, strict=True):
            terms = known.get(name)
            if terms is None:
                terms = known[name] = self._of(name)
            for term in terms:
                found[term] = found.get(term, 0) + times
        return found

    def _of(self, name: str) -> tuple[str, ...]:
        terms = terms_of(name)
        return terms if self.wanted is None else tuple(term for term in terms if term in self.wanted)

    def postings(self, terms: Iterable[str]) -> Postings:
        """Those of the terms that stand anywhere."""
        return {term: self.terms[term] for term in terms if term in self.terms}

    def bear(self, term: str, names: Iterable[str]) -> None:
        """These identifiers hold the term; told of all terms that are wanted."""
        known = self._known
        for name in names:
            known[name] = (*known.get(name, ()), term)

    def know(self, bearers: Mapping[str, tuple[str, ...]]) -> None:
        """These identifiers hold these of the wanted terms, and no others."""
        self._known.update(bearers)

    def bearers(self, terms: frozenset[str]) -> dict[str, tuple[str, ...]]:
        """Of each identifier that holds some of these terms, which. The terms are among the wanted ones."""
        if self.wanted is not None and self.wanted <= terms:
            return {name: held for name, held in self._known.items() if held}
        kept = ((name, tuple(term for term in held if term in terms)) for name, held in self._known.items())
        return {name: held for name, held in kept if held}

    def bearers_by_term(self) -> dict[str, list[str]]:
        """Of each term the identifiers that hold it; one stands twice where it holds it twice."""
        found: dict[str, list[str]] = {}
        for name, terms in self._known.items():
            for term in terms:
                found.setdefault(term, []).append(name)
        return found

    def spread(self, names: Iterable[str]) -> Mapping[str, int]:
        """In how many files each of these identifiers stands as it is written; absent where in less than two."""
        return {name: files for name in names if (files := self.names.get(name, 0)) > 1}
