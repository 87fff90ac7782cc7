"""Several repositories ranked as one: with one measure for all, and a small lead for the one that asked. Pure.

Called by context/code.py. The words of all of them are counted together and the best of all is what the others are
measured by, so that a repository which hardly speaks of the issue has no file that looks like an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.joined import Joined, of
from runner.context.ranking.parsed import Part
from runner.context.ranking.query import Query
from runner.context.ranking.rank import RankedPart, Ranking, order_of_parts, ranked

LEAD = 0.5
"""What a part of the triggering repository is worth more than the same part of another one."""


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
        corpora = [one.corpus for one in self._repositories.values()]
        if len(corpora) < 2:
            return ranked(corpora[0], query) if corpora else Ranking((), (), ())
        joined = ranked(Joined(corpora), query)
        names = list(self._repositories)
        files = sorted(
            (-worth - _lead(path), self._told(names, path))
            for path, worth in zip(joined.files, joined.worths, strict=True)
        )
        parts = sorted((self._part(names, part) for part in joined.parts), key=order_of_parts)
        return Ranking(tuple(path for _, path in files), tuple(-worth for worth, _ in files), tuple(parts))

    def _told(self, names: Sequence[str], path: str) -> str:
        number, inside = of(path)
        return self.named(names[number], inside)

    def _part(self, names: Sequence[str], part: RankedPart) -> RankedPart:
        return part._replace(path=self._told(names, part.path), worth=part.worth + _lead(part.path))

    def named(self, name: str, path: str) -> str:
        """A repository's path as it is told."""
        return path if self._alone else f"{name}/{path}"

    def repository(self, path: str) -> str:
        """Whose file it is, by its told path."""
        return self._at(path)[0].name

    def lines(self, path: str) -> list[str]:
        """The lines of a file that was ranked, by its told path."""
        one, inside = self._at(path)
        return one.corpus.lines(inside)

    def parts(self, path: str) -> tuple[Part, ...]:
        """The parts of such a file."""
        one, inside = self._at(path)
        return one.corpus.parts(inside)[1].parts

    def why_in_blocks(self, path: str) -> str:
        """Why such a file is parted at blank lines though a grammar might read it, or nothing."""
        one, inside = self._at(path)
        return one.corpus.in_blocks.get(inside, "")

    def _at(self, path: str) -> tuple[Repository, str]:
        if self._alone:
            return next(iter(self._repositories.values())), path
        name, _, inside = path.partition("/")
        return self._repositories[name], inside


def _lead(path: str) -> float:
    return LEAD if of(path)[0] == 0 else 0.0
