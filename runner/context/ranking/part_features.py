"""What is known of each part of the short list's files, as numbers. Pure; called by rank.py, weighed by weights.py."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.context.ranking.lexical import dot
from runner.context.ranking.places import in_file, is_prose, is_test
from runner.context.ranking.scene import PartHits, Scene
from runner.context.ranking.vocabulary import terms_of

RELATIVE = ("all", "title", "code", "name", "exact", "mentioned", "trigrams")
"""Features that are taken relative to the best part of the list."""
PART_FEATURES = (
    *RELATIVE, "coverage", "name_share", "word", "qualified", "named_class", "frame", "function", "class_lines",
    "module_lines", "init", "length", "test", "prose_file", "top", "of_file_best", "rank_in_file", "parts_in_file",
    "before", "after", "class_best", "class_share", "class_exact", "in_class", "private", "dunder", "called",
    "file_likelihood", "file_rank", "file_score",
)  # fmt: skip
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
    raw: dict[tuple[str, int], dict[str, float]] = {}
    for path, parts in scene.parts.items():
        of_file = _OfFile.of(scene, parts)
        for place, one in enumerate(parts):
            key = (path, one.part.chunk.first)
            own = {**_own(scene, one), **_shape(one, sizes[key]), **of_file.around(scene, place)}
            raw[key] = {**own, **_of_standing(standings[path])}
    for name in RELATIVE:
        best = max((each[name] for each in raw.values()), default=0.0) or 1.0
        for each in raw.values():
            each[name] /= best
    return {key: [each[name] for name in PART_FEATURES] for key, each in raw.items()}


def _own(scene: Scene, one: PartHits) -> dict[str, float]:
    weights, query, name = scene.weights, scene.query, one.part.last_name
    terms = set(terms_of(name))
    known = [term for term in terms if term in weights.all]
    return {
        "all": one.score,
        "title": dot(one.impacts, weights.title),
        "code": dot(one.impacts, weights.code),
        "name": sum(_rarity(scene, term) * weights.all[term] for term in known),
        "exact": scene.name_rarity.get(name, 0.0),
        "mentioned": _mentioned(scene, one),
        "trigrams": math.log(1 + sum(1 / scene.trigram_files[each] for each in one.trigrams)),
        "coverage": len(one.terms) / max(1, len(weights.all)),
        "name_share": len(known) / max(1, len(terms)),
        "word": float(bool(name) and name.lower() in query.words),
        "qualified": float(_is_qualified(one.part.chunk.name, query.dotted)),
        "named_class": float(any(each in query.names for each in one.part.chunk.name.split(".")[:-1])),
        "frame": _framed(scene, one),
        "called": math.log(1 + scene.called.get(name, 0)) / math.sqrt(scene.defined[name]) if name else 0.0,
    }


def _rarity(scene: Scene, term: str) -> float:
    most = math.log(2 * sum(map(len, scene.parts.values())) + 2)
    return scene.parted.rarity.get(term, most)


def _mentioned(scene: Scene, one: PartHits) -> float:
    names, rarity = scene.query.names, scene.name_rarity
    return math.fsum(rarity[name] * math.log(1 + names[name]) for name in one.names)


def _is_qualified(name: str, dotted: Sequence[str]) -> bool:
    """Whether the issue names it with its class: `Session.send`."""
    if "." not in name:
        return False
    ending = "." + ".".join(name.split(".")[-2:])
    return any(("." + each).endswith(ending) for each in dotted)


def _framed(scene: Scene, one: PartHits) -> float:
    """1 where a traceback names the function, 0.7 where one of its lines is in it: lines move between versions."""
    best, chunk = 0.0, one.part.chunk
    for frame in scene.query.frames:
        if in_file(one.path, frame):
            same = bool(frame.name) and frame.name == one.part.last_name
            best = max(best, 1.0 if same else 0.7 if chunk.first <= frame.line <= chunk.last else 0.0)
    return best


def _shape(one: PartHits, size: int) -> dict[str, float]:
    chunk, name = one.part.chunk, one.part.last_name
    return {
        "function": float(chunk.kind == "function"),
        "class_lines": float(chunk.kind == "class"),
        "module_lines": float(chunk.kind == "module"),
        "init": float(name == "__init__"),
        "length": math.log(size),
        "test": float(is_test(one.path)),
        "prose_file": float(is_prose(one.path)),
        "top": float(chunk.first == 1),
        "private": float(name.startswith("_") and not name.endswith("__")),
        "dunder": float(name.endswith("__")),
    }


def _of_standing(standing: Standing) -> dict[str, float]:
    return {
        "file_likelihood": standing.likelihood,
        "file_rank": math.log(1 + standing.rank),
        "file_score": standing.score,
    }


@dataclass(frozen=True)
class _OfFile:
    """What a part's neighbours say of it."""

    parts: Sequence[PartHits]
    best: float
    ranks: Sequence[int]
    classes: Mapping[str, float]
    """The best score of each class's parts."""

    @classmethod
    def of(cls, scene: Scene, parts: Sequence[PartHits]) -> "_OfFile":
        order = sorted(range(len(parts)), key=lambda place: (-parts[place].score, place))
        ranks = [0] * len(parts)
        for rank, place in enumerate(order):
            ranks[place] = rank
        return cls(parts, max((one.score for one in parts), default=0.0) or 1.0, ranks, dict(_classes(parts)))

    def around(self, scene: Scene, place: int) -> dict[str, float]:
        one, holder = self.parts[place], self.parts[place].part.holder
        name = holder.rpartition(".")[2]
        terms = set(terms_of(name))
        return {
            "of_file_best": one.score / self.best,
            "rank_in_file": math.log(1 + self.ranks[place]),
            "parts_in_file": math.log(len(self.parts)),
            "before": self.parts[place - 1].score if place else 0.0,
            "after": self.parts[place + 1].score if place + 1 < len(self.parts) else 0.0,
            "class_best": self.classes.get(holder, 0.0) / self.best if holder else 0.0,
            "class_share": sum(term in scene.weights.all for term in terms) / max(1, len(terms)),
            "class_exact": scene.name_rarity.get(name, 0.0),
            "in_class": float(bool(holder)),
        }


def _classes(parts: Sequence[PartHits]) -> Iterator[tuple[str, float]]:
    best: dict[str, float] = {}
    for one in parts:
        best[one.part.holder] = max(best.get(one.part.holder, 0.0), one.score)
    yield from best.items()
