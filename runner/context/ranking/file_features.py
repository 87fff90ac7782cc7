"""What is known of each file of the short list, as numbers. Pure; called by rank.py, weighed by weights.py."""

import math
from collections.abc import Mapping

from runner.context.ranking.lexical import Bm25, dot
from runner.context.ranking.places import is_beside, is_prose, is_test
from runner.context.ranking.scene import Scene, name_terms

BEST = 5
RELATIVE = ("all", "title", "prose", "code", "names", "best", "bests", "mentioned", "defines")
"""Features that are taken relative to the best file of the list: what a score is worth depends on the issue."""
FILE_FEATURES = (*RELATIVE, "title_names", "title_names_relative", "trigrams", "path", "base", "stem", "frames", "test",
                 "prose_file", "beside", "size")  # fmt: skip


def file_features(scene: Scene) -> dict[str, list[float]]:
    """The features of each file, in the order of FILE_FEATURES."""
    names = {path: name_terms(parts, path) for path, parts in scene.parts.items()}
    named = Bm25.over([(terms, terms.total()) for terms in names.values()], b=0.6)
    raw = {path: _raw(scene, path, named, names[path]) for path in scene.files}
    for name in (*RELATIVE, "title_names"):
        best = max((of_file[name] for of_file in raw.values()), default=0.0) or 1.0
        for of_file in raw.values():
            of_file[name + "_relative"] = of_file[name] / best
    keys = [name + "_relative" if name in RELATIVE else name for name in FILE_FEATURES]
    return {path: [of_file[key] for key in keys] for path, of_file in raw.items()}


def _raw(scene: Scene, path: str, named: Bm25, names: Mapping[str, int]) -> dict[str, float]:
    hits, weights = scene.files[path], scene.weights
    scores = sorted((one.score for one in scene.parts[path]), reverse=True)
    length = sum(names.values())
    return {
        "all": hits.score,
        "title": dot(hits.impacts, weights.title),
        "prose": dot(hits.impacts, weights.prose),
        "code": dot(hits.impacts, weights.code),
        "names": named.score(names, length, weights.all),
        "title_names": named.score(names, length, weights.title),
        "best": scores[0] if scores else 0.0,
        "bests": sum(scores[:BEST]),
        "mentioned": _mentioned(scene, path),
        "defines": _defines(scene, path),
        "trigrams": _trigrams(scene, path),
        **_place(scene, path),
    }


def _place(scene: Scene, path: str) -> dict[str, float]:
    found = scene.files[path].pointed
    return {
        "path": float(found.path),
        "base": float(found.base),
        "stem": float(found.stem),
        "frames": found.frames,
        "test": float(is_test(path)),
        "prose_file": float(is_prose(path)),
        "beside": float(is_beside(path)),
        "size": math.log(1 + scene.files[path].length),
    }


def _mentioned(scene: Scene, path: str) -> float:
    """The issue's names that stand in the file, rare ones weighing more."""
    held = frozenset[str]().union(*(one.names for one in scene.parts[path]))
    return sum(
        rarity * math.log(1 + scene.query.names[name]) for name, rarity in scene.name_rarity.items() if name in held
    )


def _defines(scene: Scene, path: str) -> float:
    """The issue's names that the file defines; one that many files define says little."""
    own = {one.name for one in scene.parts[path]}
    return sum(rarity / scene.defined_in[name] for name, rarity in scene.name_rarity.items() if name in own)


def _trigrams(scene: Scene, path: str) -> float:
    held = set().union(*(one.trigrams for one in scene.parts[path])) if scene.parts[path] else set()
    return math.log(1 + sum(1 / scene.trigram_files[each] for each in held))
