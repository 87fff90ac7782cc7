"""Offers code: the parts of the repositories that the talk is about, ranked and chosen for a budget, and a map of them.

Called by collect.py. Reads through `tree.py` only; which parts they are is the ranking's decision. What was left out by
rule is counted in the receipt, a row for each rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from crds.receipt import Trust, Way
from runner.context import count
from runner.context.cache import Cache
from runner.context.pieces import Piece, Tier
from runner.context.ranking.choose import Chosen, choose, map_of
from runner.context.ranking.notebook import Cell, cells_of, is_notebook
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import RankedPart
from runner.context.ranking.rerank import MOST_LINES, question, reordered
from runner.context.ranking.several import Repository, Several
from runner.context.repository import corpus_of
from runner.context.sanitise import sanitise_code
from runner.context.small_model import Ask
from runner.context.tree import Tree

FRAME = 0.9
"""Of the code's share, what the parts themselves may take: their frames take the rest."""
MOST_MAP = 4000
LONGEST_LINE = 400
NAMED = 4
"""Parts of a file that its row of the receipt names."""


@dataclass(frozen=True)
class Folder:
    """A repository's work tree, by the name that it has for the agent."""

    name: str
    tree: Tree


@dataclass(frozen=True)
class Means:
    """What may be at hand."""

    cache: Cache | None = None
    """What is known of files' contents."""
    ask: Ask | None = None
    """A small model that puts the map into order."""
    caches: Mapping[str, Cache] = field(default_factory=dict)
    """Of single repositories, by the folder's name, where each has its own."""

    def cache_of(self, name: str) -> Cache | None:
        return self.caches.get(name, self.cache)


NOTHING = Means()


class Code:
    """The code of some repositories, the first of which is the one where the session was asked for."""

    def __init__(self, folders: Sequence[Folder], means: Means = NOTHING) -> None:
        self._folders = [folder for folder in folders if folder.tree.paths]
        repositories = [
            Repository(folder.name, corpus_of(folder.tree, means.cache_of(folder.name))) for folder in self._folders
        ]
        self._several = Several(repositories)
        self._repositories = repositories
        self._ask = means.ask

    def pieces(self, title: str, said: str, room: int) -> list[Piece]:
        """The parts of files that are worth most in so many tokens, the map, and what is left out by rule.

        `said`: what people wrote, sanitised.
        """
        if not self._folders:
            return []
        ranking = self._several.ranked(query_of(title, said))
        if self._ask is not None and ranking.files:
            ranking = reordered(ranking, self._ask(question(map_of(ranking, MOST_LINES), title, said)))
        chosen = choose(ranking, int(room * FRAME), text=lambda part: self._shown(part) + "\n…\n", count=count.count)
        names = [line.text.rstrip() for line in chosen.map]
        return [*self._files(chosen), self._map(names, [line.path for line in chosen.map]), *self._left_out()]

    def _files(self, chosen: Chosen) -> list[Piece]:
        """One piece a file, the file with the worthiest part first."""
        found: dict[str, list[RankedPart]] = {}
        for part, _ in chosen.parts:
            found.setdefault(part.path, []).append(part)
        return [self._file(path, parts) for path, parts in found.items()]

    def _file(self, path: str, parts: Sequence[RankedPart]) -> Piece:
        ordered = sorted(parts, key=lambda part: part.chunk.first)
        shown = [self._shown(ordered[0])]
        for before, part in pairwise(ordered):
            shown += ["…"] * (part.chunk.first > before.chunk.last + 1) + [self._shown(part)]
        whole = len(parts) == len(self._several.parts(path))
        return Piece(
            Tier.CODE,
            path,
            "code",
            "",
            Trust.REPOSITORY,
            sanitise_code("\n".join(shown)),
            start_only=True,
            reason=_why(parts),
            score=round(max(part.worth for part in parts), 3),
            way=Way.WHOLE if whole else Way.SPANS,
        )

    def _shown(self, part: RankedPart) -> str:
        """A part's lines with their numbers; of a notebook the cell's source."""
        lines = self._several.lines(part.path)
        if is_notebook(part.path):
            cells = [cell for cell in cells_of("\n".join(lines)) if cell.first == part.chunk.first]
            return "\n".join(map(_cell, cells))
        inside = lines[part.chunk.first - 1 : part.chunk.last]
        return "\n".join(f"{number:5}  {line[:LONGEST_LINE]}" for number, line in enumerate(inside, part.chunk.first))

    def _map(self, lines: Sequence[str], ranked_paths: Sequence[str]) -> Piece:
        """The likeliest files with their best names, then the other paths: the top of a repository says most of it."""
        known, rest = frozenset(ranked_paths), list[str]()
        for folder in self._folders:
            told = sorted(folder.tree.paths, key=lambda path: (path.count("/"), path))
            rest += [name for path in told if (name := self._several.named(folder.name, path)) not in known]
        shown = [*lines, *rest][:MOST_MAP]
        more = len(lines) + len(rest) - len(shown)
        text = "\n".join([*shown, *([f"… and {more} more files"] if more > 0 else [])])
        way = Way.OUTLINE if more > 0 else Way.WHOLE
        return Piece(Tier.MAP, "paths", "map", "", Trust.REPOSITORY, text, start_only=True, way=way)

    def _left_out(self) -> list[Piece]:
        """A row for each rule that left something out: how many, and some of them."""
        found: list[Piece] = []
        for one in self._repositories:
            for rule, what in sorted(one.corpus.all_left_out().items()):
                some = ", ".join(self._several.named(one.name, path) for path in what.examples[:3])
                files = f"{what.count:,} {'entry' if what.count == 1 else 'entries'}"
                source = f"{files}: {some}{', …' if what.count > len(what.examples[:3]) else ''}" if some else files
                found.append(Piece(Tier.MAP, source, "left out", "", Trust.REPOSITORY, "", reason=f"by rule: {rule}"))
        return found


def _why(parts: Sequence[RankedPart]) -> str:
    """What of the file ranks, the best first."""
    names = list(dict.fromkeys(part.chunk.name for part in parts if part.chunk.name))
    more = ", …" if len(names) > NAMED else ""
    return f"ranked{': ' if names else ''}{', '.join(names[:NAMED])}{more}"[:LONGEST_LINE]


def _cell(cell: Cell) -> str:
    source = "\n".join(line[:LONGEST_LINE] for line in cell.source.split("\n"))
    return f"[cell {cell.number}, {cell.kind}; from line {cell.first} of the file]\n{source}"
