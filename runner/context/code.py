"""Offers code: the parts of the repositories that the talk is about, ranked and chosen for a budget, and a map of them.

Called by collect.py. Reads through `tree.py` only; which parts they are is the ranking's decision. What was left out by
rule is counted in the receipt, a row for each rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from crds.receipt import LEFT_OUT, Trust, Way
from runner.context import count
from runner.context.cache import Cache
from runner.context.fit import overhead
from runner.context.nested import nested
from runner.context.pieces import Piece, Tier
from runner.context.ranking import syntax
from runner.context.ranking.choose import LEAST_LEFT, map_for, map_of, parts_within
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.notebook import Cell, cells_of, is_notebook
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import RankedPart, Ranking
from runner.context.ranking.rerank import MOST_LINES, question, reordered
from runner.context.ranking.several import Repository, Several
from runner.context.repository import corpus_of
from runner.context.sanitise import sanitise_code
from runner.context.small_model import Ask
from runner.context.tree import Folder

SLACK = 16
"""Tokens of the room that are left: counts do not add up over joined texts."""
TRIES = 4
"""How often what is left over is filled again."""
MOST_MAP = 4000
LONGEST_LINE = 400
SHORT_CUT = 40
"""Characters beyond that for which a line is not cut: the mark would take as many."""
NAMED = 4
"""Parts of a file that its row of the receipt names."""


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
        self._all = folders
        self._folders = [folder for folder in folders if folder.tree.paths]
        self._means = means
        # What is ranked depends on what is asked; until then only the names are known.
        self._several = Several([Repository(folder.name, Corpus()) for folder in self._folders])
        self._repositories: list[Repository] = []
        self._trusts = {folder.name: folder.trust for folder in self._folders}
        self._cells = dict[str, dict[int, Cell]]()

    def pieces(self, title: str, said: str, room: int) -> list[Piece]:
        """The parts of files that are worth most in so many tokens, the map, and what is left out by rule.

        `said`: what people wrote, sanitised.
        """
        if not self._folders:
            return []
        query = query_of(title, said)
        self._repositories = [
            Repository(one.name, corpus_of(one.tree, self._means.cache_of(one.name), query)) for one in self._folders
        ]
        self._several = Several(self._repositories)
        try:
            ranking = self._several.ranked(query)
        finally:
            syntax.shared().close()
        if self._means.ask is not None and ranking.files:
            ranking = reordered(ranking, self._means.ask(question(map_of(ranking, MOST_LINES), title, said)))
        lines = map_for(ranking, room, count.count)
        shown = self._map([line.text.rstrip() for line in lines], [line.path for line in lines])
        return [*self._with_instructions(ranking, room), shown, *self._left_out()]

    def told(self, name: str, path: str) -> str:
        """A path of the folder with this name, as the pieces tell it."""
        return self._several.named(name, path)

    def _with_instructions(self, ranking: Ranking, room: int) -> list[Piece]:
        """The files, and before them the instructions of their folders, all within the room."""
        files = self._files(ranking, room)
        rules = nested(self._all, [piece.source for piece in files], named=self._several.named, room=room)
        if not rules:
            return files
        taken = sum(count.count(piece.text) + overhead(piece) for piece in rules if piece.text)
        files, told = self._files(ranking, room - taken), {piece.source for piece in rules if piece.text}
        return [*rules, *(piece for piece in files if piece.source not in told)]

    def _files(self, ranking: Ranking, room: int) -> list[Piece]:
        """One piece a file, the file with the worthiest part first; together, with their frames, within the room.

        What a part takes beside others is known when they stand together: what that leaves over is filled again.
        """
        cost = cache(self._cost)
        aim, found = room - SLACK, list[Piece]()
        for _ in range(TRIES):
            pieces = self._pieces_of(parts_within(ranking, aim, cost))
            spare = room - SLACK - sum(count.count(piece.text) + overhead(piece) for piece in pieces)
            if found and spare < 0:
                return found
            found, aim = pieces, aim + spare
            if spare < max(LEAST_LEFT, room // 100):
                return found
        return found

    def _pieces_of(self, chosen: Sequence[tuple[RankedPart, int]]) -> list[Piece]:
        found: dict[str, list[RankedPart]] = {}
        for part, _ in chosen:
            found.setdefault(part.path, []).append(part)
        return [self._file(path, parts) for path, parts in found.items()]

    def _cost(self, part: RankedPart, first: bool) -> int:
        """Tokens of a part that stands alone, as the first of its file with the frame."""
        tokens = count.count(self._shown([part]).text + "\n")
        return tokens + overhead(self._piece(part.path, "")) if first else tokens

    def _file(self, path: str, parts: Sequence[RankedPart]) -> Piece:
        shown = self._shown(parts)
        headed = (
            not is_notebook(path) and self._several.parts(path)[0].chunk.first > 1
        )  # by a licence, which is no part
        whole = len(parts) == len(self._several.parts(path)) and not shown.cut and not headed
        cut = f"{shown.cut:,} long line{'s' * (shown.cut > 1)} cut" if shown.cut else ""
        return replace(
            self._piece(path, sanitise_code(shown.text)),
            reason="; ".join(filter(None, (_why(parts), cut, self._several.why_in_blocks(path)))),
            score=round(max(part.worth for part in parts), 3),
            way=Way.WHOLE if whole else Way.SPANS,
        )

    def _piece(self, path: str, text: str) -> Piece:
        trust = self._trusts[self._several.repository(path)]
        return Piece(Tier.CODE, path, "code", "", trust, text, start_only=True)

    def _shown(self, parts: Sequence[RankedPart]) -> "_Shown":
        """The lines of a file's parts, each run of them under its place; of a notebook the sources of its cells.

        A number before each line would cost a third of the room, and an agent finds a line by what it says.
        """
        ordered = sorted(parts, key=lambda part: part.chunk.first)
        path = ordered[0].path
        if is_notebook(path):
            cells = self._cells_of(path)
            return _together([_cell(cells[part.chunk.first]) for part in ordered if part.chunk.first in cells])
        lines = self._several.lines(path)
        runs = [(part.chunk.first, part.chunk.last) for part in ordered]
        return _together([_run(lines, first, last) for first, last in _joined(runs)])

    def _cells_of(self, path: str) -> Mapping[int, Cell]:
        """The cells of a notebook by their places; read once, for each of them is counted by itself."""
        if path not in self._cells:
            self._cells[path] = {cell.first: cell for cell in cells_of("\n".join(self._several.lines(path)))}
        return self._cells[path]

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
        # It names the files of all of them in one order: whoever may be trusted least has written in it, too.
        trust = max(self._trusts.values(), key=list(Trust).index)
        return Piece(Tier.MAP, "paths", "map", "", trust, text, start_only=True, way=way)

    def _left_out(self) -> list[Piece]:
        """A row for each rule that left something out: how many, and some of them."""
        found: list[Piece] = []
        for one in self._repositories:
            for rule, what in sorted(one.corpus.all_left_out().items()):
                some = ", ".join(self._several.named(one.name, path) for path in what.examples[:3])
                files = f"{what.count:,} {'entry' if what.count == 1 else 'entries'}"
                source = f"{files}: {some}{', …' if what.count > len(what.examples[:3]) else ''}" if some else files
                trust = self._trusts[one.name]
                found.append(Piece(Tier.MAP, source, LEFT_OUT, "", trust, "", reason=f"by rule: {rule}"))
        return found


def _why(parts: Sequence[RankedPart]) -> str:
    """What of the file ranks, the best first."""
    names = list(dict.fromkeys(part.chunk.name for part in parts if part.chunk.name))
    more = ", …" if len(names) > NAMED else ""
    return f"ranked{': ' if names else ''}{', '.join(names[:NAMED])}{more}"[:LONGEST_LINE]


def _joined(runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of lines, those that follow one another as one."""
    found: list[tuple[int, int]] = []
    for first, last in runs:
        follows = bool(found) and first == found[-1][1] + 1
        found.append((found.pop()[0] if follows else first, last))
    return found


@dataclass(frozen=True)
class _Shown:
    text: str
    cut: int = 0
    """How many of its lines were too long to stand as they are."""


def _together(shown: Sequence[_Shown]) -> _Shown:
    return _Shown("\n".join(one.text for one in shown), sum(one.cut for one in shown))


def _run(lines: Sequence[str], first: int, last: int) -> _Shown:
    return _under(f"[lines {first}-{min(last, len(lines))}]", lines[first - 1 : last])


def _cell(cell: Cell) -> _Shown:
    return _under(f"[cell {cell.number}, {cell.kind}; from line {cell.line} of the file]", cell.source.split("\n"))


def _under(place: str, lines: Sequence[str]) -> _Shown:
    """Lines under their place, the longest of them marked where they are cut."""
    most = LONGEST_LINE + SHORT_CUT
    shown = [line if len(line) <= most else _cut(line) for line in lines]
    return _Shown("\n".join([place, *shown]), sum(len(line) > most for line in lines))


def _cut(line: str) -> str:
    return f"{line[:LONGEST_LINE]}… [{len(line) - LONGEST_LINE:,} characters cut here]"
