"""Several repositories ranked as one: each by itself, then all of their files and parts in one order. Pure.

Called by context/code.py. Scores are relative to a repository's best, so that two of them are set apart by how well
their best parts meet the query, and by a prior for the one where the session was asked for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.parsed import Part
from runner.context.ranking.query import Query
from runner.context.ranking.rank import RankedPart, Ranking, order_of_parts, ranked

PRIOR = 1.0
"""What a part of the triggering repository is worth more than the same part of another one."""
STRENGTH = 2.0
"""What ln(strength) is worth: a repository that meets the query half as well pays 1.4."""


@dataclass(frozen=True)
class Repository:
    """One repository that is ranked."""

    name: str
    corpus: Corpus


class Several:
    """The first repository is the one where the session was asked for. Where there are more, paths begin with names."""

    def __init__(self, repositories: Sequence[Repository]) -> None:
        self._repositories = {one.name: one for one in repositories}
        self._alone = len(repositories) == 1

    def ranked(self, query: Query) -> Ranking:
        """All files and parts in one order."""
        found = {name: ranked(one.corpus, query) for name, one in self._repositories.items()}
        most = max((ranking.strength for ranking in found.values()), default=0.0)
        shifted = [
            self._shifted(name, ranking, _offset(ranking, most) + PRIOR * (place == 0))
            for place, (name, ranking) in enumerate(found.items())
        ]
        files = sorted(
            ((-worth, path) for ranking in shifted for path, worth in zip(ranking.files, ranking.worths, strict=True))
        )
        parts = sorted((part for ranking in shifted for part in ranking.parts), key=order_of_parts)
        return Ranking(tuple(path for _, path in files), tuple(-worth for worth, _ in files), tuple(parts), most)

    def named(self, name: str, path: str) -> str:
        """A repository's path as it is told."""
        return path if self._alone else f"{name}/{path}"

    def lines(self, path: str) -> list[str]:
        """The lines of a file that was ranked, by its told path."""
        one, inside = self._at(path)
        return one.corpus.lines(inside)

    def parts(self, path: str) -> tuple[Part, ...]:
        """The parts of such a file."""
        one, inside = self._at(path)
        return one.corpus.parts(inside)[1].parts

    def _shifted(self, name: str, ranking: Ranking, offset: float) -> Ranking:
        def part(one: RankedPart) -> RankedPart:
            return replace(one, path=self.named(name, one.path), worth=one.worth + offset)

        return Ranking(
            tuple(self.named(name, path) for path in ranking.files),
            tuple(worth + offset for worth in ranking.worths),
            ranking.parts if self._alone else tuple(map(part, ranking.parts)),
            ranking.strength,
        )

    def _at(self, path: str) -> tuple[Repository, str]:
        if self._alone:
            return next(iter(self._repositories.values())), path
        name, _, inside = path.partition("/")
        return self._repositories[name], inside


def _offset(ranking: Ranking, most: float) -> float:
    return STRENGTH * math.log((ranking.strength + 1e-3) / (most + 1e-3))
