"""Ranks the files and the parts of a repository for an issue: a linear model over lexical features.

Called by context/code.py and the benchmark. The model is data (weights.py), fitted by tests/bench/context; nothing here
knows what a feature means.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runner.context.ranking.chunks import Chunk
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.file_features import FILE_FEATURES, file_features
from runner.context.ranking.part_features import CHARACTERS, HEADING, PART_FEATURES, Standing, part_features
from runner.context.ranking.query import Query
from runner.context.ranking.scene import Scene, scene_of
from runner.context.ranking.weights import FITTED, Model

FILE_SHARE = 0.4
"""How much of its file's score a part has beside its own, where parts are packed."""
PART_SHARE = 0.3
"""How much of its best part's score a file has beside its own, where files are ranked."""
LENGTH_COST = 0.75
"""What a part's length costs: this times ln(tokens)."""
MOST_FILES = 12
"""Files whose parts come first, however well a part of another one scores."""


class RankedPart(NamedTuple):
    path: str
    chunk: Chunk
    size: int
    """Tokens, about."""
    worth: float
    """What it is packed by."""
    late: bool = False
    """Whether the parts of the likeliest files come first, of which its own is none."""


@dataclass(frozen=True)
class Ranking:
    files: tuple[str, ...]
    """The likeliest first."""
    worths: tuple[float, ...]
    """What they are ranked by."""
    parts: tuple[RankedPart, ...]
    """The worthiest first."""


def ranked(corpus: Corpus, query: Query, model: Model = FITTED) -> Ranking:
    """The files and parts for a query; equal scores in the order of their paths."""
    return of_scene(scene_of(corpus, query), model)


def of_scene(scene: Scene, model: Model = FITTED) -> Ranking:
    """The ranking of what has been looked at."""
    of_files = _scores(file_features(scene), FILE_FEATURES, model.files)
    sizes = sizes_of(scene)
    standings = standings_of(of_files)
    of_parts = _scores(part_features(scene, standings, sizes), PART_FEATURES, model.parts)
    worths = _files(of_files, of_parts)
    files = sorted(worths, key=lambda path: (-worths[path], path))
    parts = _parts(scene, standings, sizes, of_parts)
    return Ranking(tuple(files), tuple(worths[path] for path in files), parts)


def _scores[K](
    features: Mapping[K, Sequence[float]], names: Sequence[str], model: Mapping[str, float]
) -> dict[K, float]:
    weights = [model[name] for name in names]
    return {key: math.sumprod(values, weights) for key, values in features.items()}


def sizes_of(scene: Scene) -> dict[tuple[str, int], int]:
    """Tokens of each part with its heading, about, by (path, first line)."""
    return {
        (path, one.part.chunk.first): one.part.characters // CHARACTERS + HEADING
        for path, parts in scene.parts.items()
        for one in parts
    }


def standings_of(scores: Mapping[str, float]) -> dict[str, Standing]:
    """Each file's likelihood (a softmax over the list), rank from 0, and score."""
    if not scores:
        return {}
    most = max(scores.values())
    norm = most + math.log(math.fsum(math.exp(score - most) for score in scores.values()))
    order = sorted(scores, key=lambda path: (-scores[path], path))
    return {path: Standing(scores[path] - norm, rank, scores[path]) for rank, path in enumerate(order)}


def _files(of_files: Mapping[str, float], of_parts: Mapping[tuple[str, int], float]) -> dict[str, float]:
    best: dict[str, float] = {}
    for (path, _), score in of_parts.items():
        best[path] = max(best.get(path, -math.inf), score)
    least = min(of_parts.values(), default=0.0)
    return {path: score + PART_SHARE * best.get(path, least) for path, score in of_files.items()}


def _parts(
    scene: Scene,
    standings: Mapping[str, Standing],
    sizes: Mapping[tuple[str, int], int],
    of_parts: Mapping[tuple[str, int], float],
) -> tuple[RankedPart, ...]:
    found = []
    for path, parts in scene.parts.items():
        late, share = standings[path].rank >= MOST_FILES, FILE_SHARE * standings[path].score
        for one in parts:
            key = (path, one.part.chunk.first)
            worth = of_parts[key] + share - LENGTH_COST * math.log(sizes[key])
            found.append(RankedPart(path, one.part.chunk, sizes[key], worth, late))
    return tuple(sorted(found, key=order_of_parts))


def order_of_parts(part: RankedPart) -> tuple[bool, float, str, int]:
    """The order in which parts are packed."""
    return (part.late, -part.worth, part.path, part.chunk.first)


__all__ = ["FILE_FEATURES", "PART_FEATURES", "RankedPart", "Ranking", "of_scene", "order_of_parts", "ranked"]
