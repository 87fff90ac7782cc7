"""Offers code: the parts of the repository that the talk is about, ranked and chosen for a budget, and a map of it.

Called by collect.py. Reads through `tree.py` only; which parts they are is the ranking's decision.
"""

from collections.abc import Sequence
from itertools import pairwise

from crds.receipt import Trust, Way
from runner.context import count
from runner.context.pieces import Piece, Tier
from runner.context.ranking.choose import Chosen, choose
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import RankedPart, ranked
from runner.context.repository import corpus_of
from runner.context.sanitise import sanitise_code
from runner.context.tree import Tree

FRAME = 0.9
"""Of the code's share, what the parts themselves may take: their frames take the rest."""
MOST_MAP = 4000
LONGEST_LINE = 400


def code(tree: Tree, title: str, said: str, room: int) -> list[Piece]:
    """The parts of files that are worth most in so many tokens, and the map. `said`: what people wrote, sanitised."""
    if not tree.paths:
        return []
    corpus = corpus_of(tree)
    if not corpus.sources:
        return [_map(tree, (), ())]
    ranking = ranked(corpus, query_of(title, said))

    def text(part: RankedPart) -> str:
        return _numbered(corpus, part) + "\n…\n"

    chosen = choose(ranking, int(room * FRAME), text=text, count=count.count)
    names = [line.text.rstrip() for line in chosen.map]
    return [*_files(corpus, chosen), _map(tree, names, [line.path for line in chosen.map])]


def _files(corpus: Corpus, chosen: Chosen) -> list[Piece]:
    """One piece a file, the file with the worthiest part first."""
    found: dict[str, list[RankedPart]] = {}
    for part, _ in chosen.parts:
        found.setdefault(part.path, []).append(part)
    return [_file(corpus, path, parts) for path, parts in found.items()]


def _file(corpus: Corpus, path: str, parts: Sequence[RankedPart]) -> Piece:
    ordered = sorted(parts, key=lambda part: part.chunk.first)
    shown = [_numbered(corpus, ordered[0])]
    for before, part in pairwise(ordered):
        shown += ["…"] * (part.chunk.first > before.chunk.last + 1) + [_numbered(corpus, part)]
    whole = len(parts) == len(corpus.parts(path)[1])
    return Piece(
        Tier.CODE,
        path,
        "code",
        "",
        Trust.REPOSITORY,
        sanitise_code("\n".join(shown)),
        start_only=True,
        reason="ranked by what was said",
        way=Way.WHOLE if whole else Way.SPANS,
    )


def _numbered(corpus: Corpus, part: RankedPart) -> str:
    lines = corpus.lines(part.path)[part.chunk.first - 1 : part.chunk.last]
    return "\n".join(f"{number:5}  {line[:LONGEST_LINE]}" for number, line in enumerate(lines, part.chunk.first))


def _map(tree: Tree, lines: Sequence[str], ranked_paths: Sequence[str]) -> Piece:
    """The likeliest files with their best names, then the other paths: the top of a repository says most about it."""
    known = frozenset(ranked_paths)
    rest = sorted((path for path in tree.paths if path not in known), key=lambda path: (path.count("/"), path))
    shown = [*lines, *rest][:MOST_MAP]
    more = len(lines) + len(rest) - len(shown)
    text = "\n".join([*shown, *([f"… and {more} more files"] if more > 0 else [])])
    way = Way.OUTLINE if more > 0 else Way.WHOLE
    return Piece(Tier.MAP, "paths", "map", "", Trust.REPOSITORY, text, start_only=True, way=way)
