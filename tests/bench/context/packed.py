"""Whether what was packed holds what a fix needs. Pure, but for the corpus that reads; called by fit.py and others/."""

from collections.abc import Mapping, Sequence

from runner.context import count
from runner.context.ranking.choose import choose
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.rank import RankedPart, Ranking

BUDGETS = (8000, 16_000, 32_000)
Gold = Mapping[str, Sequence[tuple[int, int]]]
"""Lines of the functions that were changed, by path."""
Held = Mapping[str, set[int]]
"""Lines of each file that are in the context; none where it is only named."""


def packed(corpus: Corpus, ranking: Ranking, budget: int) -> Held:
    """What the packer puts into so many tokens."""

    def text(part: RankedPart) -> str:
        lines = corpus.lines(part.path)[part.chunk.first - 1 : part.chunk.last]
        return f"### {part.path}:{part.chunk.first}-{part.chunk.last}\n" + "\n".join(lines) + "\n"

    chosen = choose(ranking, budget, text=text, count=count.count)
    held: dict[str, set[int]] = {line.path: set() for line in chosen.map}
    for part, _ in chosen.parts:
        held.setdefault(part.path, set()).update(range(part.chunk.first, part.chunk.last + 1))
    return held


def outcome(gold: Gold, files: Sequence[str], packings: Sequence[Held]) -> tuple[float, ...]:
    """Whether all changed files are first, among the first five, named; whether all changed functions are packed."""
    place = {path: number for number, path in enumerate(files)}
    last = max(place.get(path, len(files)) for path in gold)
    return (last < 1, last < 5, set(gold) <= set(packings[0]), *(holds(gold, each) for each in packings))


def holds(gold: Gold, held: Held) -> bool:
    """Whether all of these lines are there."""
    return all(
        held.get(path, set()).issuperset(range(first, last + 1))
        for path, spans in gold.items()
        for first, last in spans
    )
