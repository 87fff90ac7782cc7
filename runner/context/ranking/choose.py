"""Chooses parts of a ranking for a budget: first a map of the likeliest files, then parts by what they are worth. Pure.

Called by context/code.py and context/cases.py. Never over the budget: each entry is counted as it will stand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.context.ranking.rank import RankedPart, Ranking

NAMES = 4
"""Names of a file that the map gives."""
NAMED_LINES = 20
BARE_LINES = 12
WIDE_BUDGET = 16_000
"""Tokens from which the map has more lines."""
WIDE_LINES = 50
ENOUGH = 0.6
"""A part is counted exactly if this share of its estimate fits: estimates err on both sides."""
LEAST_LEFT = 40
"""Tokens with which it is not worth looking on."""
MOST_MISSED = 500
"""Parts that are counted in vain before it is taken that none fits; what fits makes the room smaller."""

Text = Callable[[RankedPart], str]
Count = Callable[[str], int]
Cost = Callable[[RankedPart, bool], int]
"""What a part takes in tokens; told whether it is the first of its file, whose frame comes on top."""


@dataclass(frozen=True)
class MapLine:
    path: str
    text: str


@dataclass(frozen=True)
class Chosen:
    map: tuple[MapLine, ...]
    parts: tuple[tuple[RankedPart, int], ...]
    """The worthiest first, with what each takes in tokens."""
    tokens: int
    """What all of it takes, entry by entry."""


def choose(ranking: Ranking, budget: int, *, text: Text, count: Count) -> Chosen:
    """The map and the parts that fit. `text`: a part as it will stand in the prompt, heading and line end included."""
    lines, left = _map(ranking, budget, count)
    parts = parts_within(ranking, left, lambda part, _: count(text(part)))
    return Chosen(lines, parts, budget - left + sum(tokens for _, tokens in parts))


def parts_within(ranking: Ranking, room: int, cost: Cost) -> tuple[tuple[RankedPart, int], ...]:
    """The worthiest parts that fit in so many tokens, with what each takes."""
    parts: list[tuple[RankedPart, int]] = []
    files = set[str]()
    missed = 0
    for part in ranking.parts:
        if room < LEAST_LEFT or missed == MOST_MISSED:
            break
        if part.size * ENOUGH > room:
            continue
        tokens = cost(part, part.path not in files)
        if tokens <= room:
            parts.append((part, tokens))
            files.add(part.path)
            room -= tokens
        else:
            missed += 1
    return tuple(parts)


def map_for(ranking: Ranking, budget: int, count: Count) -> tuple[MapLine, ...]:
    """The map of a prompt of so many tokens."""
    return _map(ranking, budget, count)[0]


def map_of(ranking: Ranking, lines: int) -> tuple[MapLine, ...]:
    """The likeliest files with their best names, as many lines as are wanted."""
    names = _names(ranking)
    return tuple(_line(path, names.get(path, ())[:NAMES]) for path in ranking.files[:lines])


def _line(path: str, names: Sequence[str]) -> MapLine:
    return MapLine(path, f"{path}: {', '.join(names)}\n" if names else f"{path}\n")


def _map(ranking: Ranking, budget: int, count: Count) -> tuple[tuple[MapLine, ...], int]:
    wide = budget >= WIDE_BUDGET
    named = WIDE_LINES if wide else NAMED_LINES
    names = _names(ranking)
    lines, left = [], budget
    for place, path in enumerate(ranking.files[: named if wide else named + BARE_LINES]):
        line = _line(path, names.get(path, ())[:NAMES] if place < named else ())
        tokens = count(line.text)
        if tokens > left:
            break
        lines.append(line)
        left -= tokens
    return tuple(lines), left


def _names(ranking: Ranking) -> Mapping[str, list[str]]:
    """The names of each file's worthiest parts."""
    found: dict[str, list[str]] = {}
    for part in ranking.parts:
        names, name = found.setdefault(part.path, []), part.chunk.name.rpartition(".")[2]
        if name and len(names) < NAMES and name not in names:
            names.append(name)
    return found
