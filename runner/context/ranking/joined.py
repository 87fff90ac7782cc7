"""Several repositories as one corpus, so that what a word is worth is the same in all of them. Called by several.py.

The index is joined for the words of one query only: each repository's own is made once and kept under its own name. A
path begins with a mark that no file's name has, and is told from one of another repository by it.
"""

from array import array
from collections.abc import Iterable, Sequence

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.inverted import Inverted
from runner.context.ranking.parsed import Parted, Words
from runner.context.ranking.places import MARK


class Joined(Corpus):
    """The files of some corpora under their numbers."""

    def __init__(self, corpora: Sequence[Corpus]) -> None:
        super().__init__()
        self._corpora = corpora

    def lines(self, path: str) -> list[str]:
        number, inside = of(path)
        return self._corpora[number].lines(inside)

    def parts(self, path: str) -> tuple[Words, Parted]:
        number, inside = of(path)
        return self._corpora[number].parts(inside)

    def parse(self, paths: Iterable[str]) -> None:
        by_number: dict[int, list[str]] = {}
        for path in paths:
            number, inside = of(path)
            by_number.setdefault(number, []).append(inside)
        for number, some in by_number.items():
            self._corpora[number].parse(some)

    def index(self, terms: frozenset[str], names: frozenset[str]) -> Inverted:
        """The files of all of them, as far as these terms and names go."""
        found = Inverted(terms)
        for number, corpus in enumerate(self._corpora):
            _join(found, corpus.index(terms, names), number, (terms, names))
        return found


def _join(whole: Inverted, one: Inverted, number: int, asked: tuple[frozenset[str], frozenset[str]]) -> None:
    before = len(whole.files)
    whole.files += [marked(number, path) for path in one.files]
    whole.lengths.extend(one.lengths)
    for term, posting in one.postings(asked[0]).items():
        moved = array("I", posting)
        for at in range(0, len(moved), 2):
            moved[at] += before
        whole.terms.setdefault(term, array("I")).extend(moved)
    whole.know(one.bearers(asked[0]))
    # A kept index does not tell whether a name stands in one file or in none: of either a repository adds nothing.
    for name, files in one.spread(asked[1]).items():
        whole.names[name] += files


def marked(number: int, path: str) -> str:
    """A repository's path among those of all."""
    return f"{MARK}{number}/{path}"


def of(path: str) -> tuple[int, str]:
    """The number of a marked path's repository, and the path in it."""
    number, _, inside = path.removeprefix(MARK).partition("/")
    return int(number), inside
