"""Scores the ranking on the built cases, by language, beside two peers on the same cases. Called by __main__.py.

The weights have not seen these cases unless tests/bench/context/fit.py was told to; then `fit` prints what is held out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from runner.context import count
from runner.context.cache import Cache
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import of_scene
from runner.context.ranking.scene import scene_of
from runner.context.repository import corpus_of
from runner.context.tree import listed
from tests.bench.context.others import peers
from tests.bench.context.packed import BUDGETS, Gold, outcome, packed

MOST_CACHED = 4 * 1024**3
METHODS = ("ours", "parts", "files")
TITLES = ("acc@1", "acc@5", "named@8k", "func_all@8k", "@16k", "@32k")


@dataclass(frozen=True)
class Scored:
    name: str
    language: str
    package: str
    by: dict[str, tuple[float, ...]]
    """Of each method what TITLES says."""


def score(folder: Path, only: str = "") -> None:
    """Prints the table, and writes what each case came to into `scores.jsonl`."""
    lines = (folder / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [case for line in lines if only in (case := json.loads(line))["id"]]
    found = []
    cache = Cache.open(folder / "cache.db", say=print, most_bytes=MOST_CACHED)
    with (folder / "scores.jsonl").open("w", encoding="utf-8") as out:
        for case in cases:
            found.append(scored(case, folder / "trees", cache))
            out.write(json.dumps(vars(found[-1])) + "\n")
            out.flush()
    print("\n".join(table(found)))


def scored(case: dict[str, Any], trees: Path, cache: Cache | None) -> Scored:
    """What the methods come to on one case."""
    corpus = corpus_of(listed(trees / case["sdist_file"]), cache)
    query = query_of(case["title"], case["body"])
    scene = scene_of(corpus, query)
    gold: Gold = {path: [(first, last) for first, last, _ in spans] for path, spans in case["gold_funcs_sdist"].items()}
    ours, files, parts = of_scene(scene), peers.whole_files(corpus, query), peers.parts(scene)
    found = {
        "ours": outcome(gold, ours.files, [packed(corpus, ours, budget) for budget in BUDGETS]),
        "parts": outcome(gold, list(peers.files_of(parts)),
                         [peers.packed_parts(corpus, parts, budget, count.count) for budget in BUDGETS]),
        "files": outcome(gold, files, [peers.packed_files(corpus, files, budget, count.count) for budget in BUDGETS]),
    }  # fmt: skip
    return Scored(case["id"], case["language"], case["repo"], found)


def table(found: list[Scored]) -> Iterator[str]:
    """A row a language and method, in Markdown."""
    yield "| language | cases | packages | method | " + " | ".join(TITLES) + " |"
    yield "| --- | --- | --- | --- " + "| --- " * len(TITLES) + "|"
    for language in [*sorted({one.language for one in found}), ""]:
        some = [one for one in found if language in ("", one.language)]
        for method in METHODS:
            shares: list[float] = np.array([one.by[method] for one in some], dtype=float).mean(axis=0).tolist()
            numbers = " | ".join(f"{share:.2f}".removeprefix("0") for share in shares)
            yield f"| {language or 'all'} | {len(some)} | {len({one.package for one in some})} | {method} | {numbers} |"
