"""What others would do with the same cases: BM25 over whole files packed whole, and BM25 over parts. Called by scoring.py.

Both read what our ranking reads (the same files left out by rule, the same terms, the same parts), so that the difference
is that of ranking and packing. Pure, but for the corpus that reads.
"""

from collections.abc import Callable, Iterator, Mapping

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.lexical import Bm25, damped
from runner.context.ranking.query import Query
from runner.context.ranking.scene import Scene

LONGEST_TOKEN = 12
"""Characters of a token, at most, in all that is no table: a longer text cannot fit and is not counted."""
Count = Callable[[str], int]
Held = Mapping[str, set[int]]
"""Lines of each file that are in the context."""


def whole_files(corpus: Corpus, query: Query) -> list[str]:
    """All files by BM25, the best first."""
    weights = damped(query.terms)
    index = corpus.index(frozenset(weights), frozenset(query.names))
    postings = index.postings(weights)
    model = Bm25.of({term: len(each) // 2 for term, each in postings.items()}, index.lengths, b=0.75)
    scores = model.scores(postings, index.lengths, weights)
    return [
        index.files[place]
        for place in sorted(range(len(scores)), key=lambda place: (-scores[place], index.files[place]))
    ]


def packed_files(corpus: Corpus, order: list[str], budget: int, count: Count) -> Held:
    """The files in their order, whole, as long as each fits."""
    held: dict[str, set[int]] = {}
    for path in order[:100]:
        lines = corpus.lines(path)
        text = "\n".join([f"### {path}:1-{len(lines)}", *lines, ""])
        tokens = count(text) if len(text) < budget * LONGEST_TOKEN else budget + 1
        if tokens <= budget:
            held[path] = set(range(1, len(lines) + 1))
            budget -= tokens
    return held


def parts(scene: Scene) -> list[tuple[str, int, int]]:
    """The parts of the short list by BM25, the best first: (path, first line, last line)."""
    flat = [
        (-one.score, path, one.part.chunk.first, one.part.chunk.last)
        for path, each in scene.parts.items()
        for one in each
    ]
    return [(path, first, last) for _, path, first, last in sorted(flat)]


def packed_parts(corpus: Corpus, order: list[tuple[str, int, int]], budget: int, count: Count) -> Held:
    """The parts in their order, as long as each fits."""
    held: dict[str, set[int]] = {}
    for path, first, last in order[:1000]:
        if budget < 40:
            break
        tokens = count(f"### {path}:{first}-{last}\n" + "\n".join(corpus.lines(path)[first - 1 : last]) + "\n")
        if tokens <= budget:
            held.setdefault(path, set()).update(range(first, last + 1))
            budget -= tokens
    return held


def files_of(order: list[tuple[str, int, int]]) -> Iterator[str]:
    """The files of parts in the order of their best ones."""
    yield from dict.fromkeys(path for path, _, _ in order)
