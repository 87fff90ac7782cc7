"""What is known of each part of the short list's files, as numbers. Pure; called by rank.py, weighed by weights.py."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.context.ranking.lexical import dot
from runner.context.ranking.places import in_file, is_prose, is_test
from runner.context.ranking.query import Frame
from runner.context.ranking.scene import PartHits, Scene
from runner.context.ranking.vocabulary import terms_of

RELATIVE = ("all", "title", "code", "name", "exact", "mentioned", "trigrams")
"""Features that are taken relative to the best part of the list."""
_OF_NAME = ("name_share", "frame")
_OF_SHAPE = (
    "function",
    "class_lines",
    "module_lines",
    "init",
    "length",
    "test",
    "prose_file",
    "top",
    "private",
    "dunder",
)
_AROUND = ("of_file_best", "rank_in_file", "parts_in_file", "before", "after", "class_best", "class_share",
           "class_exact", "in_class")  # fmt: skip
PART_FEATURES = (*RELATIVE, *_OF_NAME, *_OF_SHAPE, *_AROUND, "file_likelihood", "file_rank", "file_score")
CHARACTERS = 4
"""Characters of a token, about: what a part costs is counted exactly when it is packed."""
HEADING = 12
"""Tokens of a part's heading, about."""


@dataclass(frozen=True)
class Standing:
    """What the file ranking says of a part's file."""

    likelihood: float
    """ln of its share among the files of the list."""
    rank: int
    score: float


def part_features(
    scene: Scene, standings: Mapping[str, Standing], sizes: Mapping[tuple[str, int], int]
) -> dict[tuple[str, int], list[float]]:
    """The features of each part by (path, first line). `sizes`: tokens of each, about."""
    names, found = _Names(scene), dict[tuple[str, int], list[float]]()
    for path, parts in scene.parts.items():
        standing = standings[path]
        of_file = _OfFile.of(path, parts, names)
        frames = [frame for frame in scene.query.frames if in_file(path, frame)]
        of_standing = (standing.likelihood, math.log(1 + standing.rank), standing.score)
        for one in parts:
            key = (path, one.part.chunk.first)
            found[key] = [
                *_own(scene, one, names, frames),
                *of_file.shape(one, sizes[key]),
                *of_file.around(one),
                *of_standing,
            ]
    for place in range(len(RELATIVE)):
        best = max((each[place] for each in found.values()), default=0.0) or 1.0
        for each in found.values():
            each[place] /= best
    return found


@dataclass(frozen=True)
class _Name:
    """What an unqualified name says of whatever bears it."""

    rarity: float
    exact: float
    share: float
    """Of its terms, how many the query has."""


class _Names(dict[str, _Name]):
    """Many parts bear the same name: each is looked at once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rarest = math.log(2 * sum(map(len, scene.parts.values())) + 2)

    def __missing__(self, name: str) -> _Name:
        scene, weights = self._scene, self._scene.weights.all
        terms = set(terms_of(name))
        known = [term for term in terms if term in weights]
        self[name] = found = _Name(
            rarity=sum(scene.parted.rarity.get(term, self._rarest) * weights[term] for term in known),
            exact=scene.name_rarity.get(name, 0.0),
            share=len(known) / max(1, len(terms)),
        )
        return found


def _own(scene: Scene, one: PartHits, names: _Names, frames: Sequence[Frame]) -> list[float]:
    """Those of RELATIVE, not yet relative, and of _OF_NAME. `frames`: those of the issue's that are in its file."""
    weights, named = scene.weights, names[one.name]
    return [
        one.score,
        dot(one.impacts, weights.title) if one.impacts else 0.0,
        dot(one.impacts, weights.code) if one.impacts else 0.0,
        named.rarity,
        named.exact,
        _mentioned(scene, one) if one.names else 0.0,
        math.log(1 + sum(1 / scene.trigram_files[each] for each in one.trigrams)) if one.trigrams else 0.0,
        named.share,
        _framed(one, frames) if frames else 0.0,
    ]


def _mentioned(scene: Scene, one: PartHits) -> float:
    names, rarity = scene.query.names, scene.name_rarity
    return math.fsum(rarity[name] * math.log(1 + names[name]) for name in one.names)


def _framed(one: PartHits, frames: Sequence[Frame]) -> float:
    """1 where a traceback names the function, 0.7 where one of its lines is in it: lines move between versions."""
    chunk = one.part.chunk
    if any(frame.name and frame.name == one.name for frame in frames):
        return 1.0
    return 0.7 if any(chunk.first <= frame.line <= chunk.last for frame in frames) else 0.0


@dataclass(frozen=True)
class _OfFile:
    """What a part's file and its neighbours say of it."""

    names: _Names
    test: float
    prose: float
    scores: Sequence[float]
    best: float
    ranks: Sequence[float]
    """ln(1 + the part's rank in its file, from 0)."""
    classes: Mapping[str, float]
    """The best score of each class's parts."""

    @classmethod
    def of(cls, path: str, parts: Sequence[PartHits], names: _Names) -> "_OfFile":
        scores = [one.score for one in parts]
        ranks = [0.0] * len(parts)
        for rank, place in enumerate(sorted(range(len(parts)), key=lambda place: (-scores[place], place))):
            ranks[place] = math.log(1 + rank)
        classes: dict[str, float] = {}
        for one in parts:
            holder = one.part.chunk.holder
            if holder:
                classes[holder] = max(classes.get(holder, 0.0), one.score)
        best = max(scores, default=0.0) or 1.0
        return cls(names, float(is_test(path)), float(is_prose(path)), scores, best, ranks, classes)

    def shape(self, one: PartHits, size: int) -> list[float]:
        """Those of _OF_SHAPE."""
        kind, name = one.part.chunk.kind, one.name
        dunder = name.endswith("__")
        return [
            float(kind == "function"),
            float(kind == "class"),
            float(kind == "module"),
            float(name == "__init__"),
            math.log(size),
            self.test,
            self.prose,
            float(one.part.chunk.first == 1),
            float(name.startswith("_") and not dunder),
            float(dunder),
        ]

    def around(self, one: PartHits) -> list[float]:
        """Those of _AROUND."""
        place, scores, holder = one.place, self.scores, one.part.chunk.holder
        named = self.names[holder.rpartition(".")[2]]
        return [
            one.score / self.best,
            self.ranks[place],
            math.log(len(scores)),
            scores[place - 1] if place else 0.0,
            scores[place + 1] if place + 1 < len(scores) else 0.0,
            self.classes[holder] / self.best if holder else 0.0,
            named.share,
            named.exact,
            float(bool(holder)),
        ]
