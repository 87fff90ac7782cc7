"""Fits the ranking's weights on benchmark cases: `python -m tests.bench.context.fit CASES.jsonl TREES [--write]`.

CASES has a JSON line a case: id, repo, title, body, gold_files, gold_funcs_sdist ({path: [[first, last, name], …]}) and
sdist_file, the folder below TREES that holds the tree. Listwise logistic regression (a softmax over a case's files, then
over their parts; Cao et al., 2007), weights shrunk by their squares. What is printed is fitted without the case's own
repository, so that it says what a new repository may expect; what is written is fitted on all.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.context.ranking import weights
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.file_features import FILE_FEATURES, file_features
from runner.context.ranking.part_features import PART_FEATURES, Standing, part_features
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import of_scene, sizes_of, standings_of
from runner.context.ranking.scene import Scene, scene_of
from runner.context.ranking.weights import Model
from runner.context.repository import corpus_of
from runner.context.tree import listed
from tests.bench.context.packed import BUDGETS, outcome, packed

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
SHRINK = 0.03
STEPS = 400
AT_LEAST = {
    "path": 0.5, "base": 0.3, "stem": 0.0, "frames": 0.5, "title": 0.0, "prose": 0.0, "code": 0.0, "names": 0.0,
    "best": 0.0, "bests": 0.0, "mentioned": 0.0, "defines": 0.0, "title_names": 0.0, "title_names_relative": 0.0,
    "trigrams": 0.0, "frame": 1.0, "exact": 0.0, "name": 0.0, "name_share": 0.0, "file_likelihood": 0.0,
}  # fmt: skip
"""What these weights are at least, whatever the cases say: where an issue points, there is something to see. The cases
are of five repositories, one of which prints its own traceback under most issues."""
OF_STANDING = 3
"""The last features of a part are what the file ranking says of its file."""


@dataclass
class Case:
    name: str
    repository: str
    paths: list[str]
    files: Matrix
    wanted_files: Mask
    keys: list[tuple[str, int]]
    parts: Matrix
    wanted_parts: Mask
    scene: Scene
    corpus: Corpus
    gold: dict[str, list[tuple[int, int]]]
    """Lines of the functions that were changed."""
    scores: dict[str, float] = field(default_factory=dict)
    """Of the files, by weights that were fitted without this case."""

    def with_standings(self) -> Matrix:
        """The parts' features with what the file ranking says."""
        standings = standings_of(self.scores)
        mean = sum(self.scores.values()) / len(self.scores)
        filled = self.parts.copy()
        for row, (path, _) in enumerate(self.keys):
            one = standings[path]
            filled[row, -OF_STANDING:] = (one.likelihood, np.log1p(one.rank), one.score - mean)
        return filled


def read(line: str, trees: Path) -> Case:
    """A case with its features."""
    case = json.loads(line)
    corpus: Corpus = corpus_of(listed(trees / case["sdist_file"]))
    scene = scene_of(corpus, query_of(case["title"], case["body"]))
    files = file_features(scene)
    parts = part_features(scene, dict.fromkeys(files, Standing(0.0, 0, 0.0)), sizes_of(scene))
    gold: dict[str, list[tuple[int, int, str]]] = case["gold_funcs_sdist"]
    last = {(path, one.part.chunk.first): one.part.chunk.last for path, of in scene.parts.items() for one in of}
    changed = [any(first <= end and last[path, first] >= begin for begin, end, _ in gold.get(path, ()))
               for path, first in parts]  # fmt: skip
    return Case(
        name=case["id"],
        repository=case["repo"],
        paths=list(files),
        files=np.array(list(files.values())),
        wanted_files=np.array([path in case["gold_files"] for path in files]),
        keys=list(parts),
        parts=np.array(list(parts.values())),
        wanted_parts=np.array(changed),
        scene=scene,
        corpus=corpus,
        gold={path: [(first, last) for first, last, _ in gold[path]] for path in gold},
    )


def fitted(lists: Sequence[Matrix], wanted: Sequence[Mask], names: Sequence[str]) -> Matrix:
    """The weights under which what is wanted is likeliest, by accelerated gradient steps (Nesterov, 1983)."""
    rows = np.vstack(lists)
    mean, spread = rows.mean(0), rows.std(0) + 1e-9
    scaled = [(each - mean) / spread for each in lists]
    used = [(each, mask) for each, mask in zip(scaled, wanted, strict=True) if mask.any()]
    least = np.array([AT_LEAST.get(name, -np.inf) for name in names]) * spread
    now = ahead = np.maximum(np.zeros(rows.shape[1]), least)
    step = 1.0 / (max(float(np.linalg.norm(each, 2) ** 2) / len(each) for each, _ in used) + 2 * SHRINK)
    for number in range(1, STEPS + 1):
        after = np.maximum(ahead - step * _gradient(ahead, used), least)
        ahead = after + (number - 1) / (number + 2) * (after - now)
        now = after
    result: Matrix = now / spread
    return result


def _gradient(at: Matrix, used: Sequence[tuple[Matrix, Mask]]) -> Matrix:
    total = 2 * SHRINK * len(used) * at
    for rows, mask in used:
        scores = rows @ at
        likely = np.exp(scores - scores.max())
        total = total + rows.T @ (likely / likely.sum()) - rows[mask].mean(0)
    gradient: Matrix = total / len(used)
    return gradient


def fit(cases: Sequence[Case]) -> tuple[Matrix, Matrix]:
    """Weights of files and of parts. A part learns from file scores that did not know its own repository."""
    for name in sorted({case.repository for case in cases}):
        known = [case for case in cases if case.repository != name]
        _score([case for case in cases if case.repository == name], _of_files(known or cases))
    parts = fitted([case.with_standings() for case in cases], [case.wanted_parts for case in cases], PART_FEATURES)
    return _of_files(cases), parts


def _of_files(cases: Sequence[Case]) -> Matrix:
    return fitted([case.files for case in cases], [case.wanted_files for case in cases], FILE_FEATURES)


def _score(cases: Sequence[Case], of_files: Matrix) -> None:
    for case in cases:
        case.scores = dict(zip(case.paths, map(float, case.files @ of_files), strict=True))


def left_out(cases: Sequence[Case]) -> None:
    """Prints how well each repository is ranked and packed by weights that have not seen it, and all of them."""
    held: list[tuple[float, ...]] = []
    for name in sorted({case.repository for case in cases}):
        model = Model(
            *map(_named, (FILE_FEATURES, PART_FEATURES), fit([one for one in cases if one.repository != name]))
        )
        own = [_outcome(case, model) for case in cases if case.repository == name]
        held += own
        print(_line(name, own))
    print(_line("all, each left out", held))


def _named(names: Sequence[str], values: Matrix) -> dict[str, float]:
    return dict(zip(names, map(float, values), strict=True))


def _outcome(case: Case, model: Model) -> tuple[float, ...]:
    ranking = of_scene(case.scene, model)
    return outcome(case.gold, ranking.files, [packed(case.corpus, ranking, budget) for budget in BUDGETS])


def _line(name: str, found: Sequence[tuple[float, ...]]) -> str:
    shares = np.mean(np.array(found, dtype=float), axis=0)
    titles = ("acc@1", "acc@5", "named@8k", "func_all@8k", "@16k", "@32k")
    told = "  ".join(f"{title} {share:.3f}" for title, share in zip(titles, shares, strict=True))
    return f"{name:20} n={len(found):2}  {told}"


def write(files: Matrix, parts: Matrix) -> None:
    """Puts the weights into their module, in place of those that are there."""
    path = Path(weights.__file__)
    head, mark, _ = path.read_text("utf-8").partition("FITTED = Model(\n")
    lines = [
        "    files={",
        *_rows(FILE_FEATURES, files),
        "    },",
        "    parts={",
        *_rows(PART_FEATURES, parts),
        "    },",
        ")",
    ]
    path.write_text(head + mark + "\n".join(lines) + "\n", "utf-8")


def _rows(names: Sequence[str], values: Matrix) -> list[str]:
    return [f'        "{name}": {value:.4f},' for name, value in zip(names, values, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("trees", type=Path)
    parser.add_argument("--write", action="store_true", help="put the weights into runner/context/ranking/weights.py")
    chosen = parser.parse_args()
    cases = [read(line, chosen.trees) for line in chosen.cases.read_text("utf-8").splitlines()]
    left_out(cases)
    files, parts = fit(cases)
    if chosen.write:
        write(files, parts)


if __name__ == "__main__":
    main()
