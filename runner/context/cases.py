"""`python -I -m runner context --jsonl`: the packer as a program that answers benchmark cases, a JSON line each.

The protocol is that of public context benchmarks: {"id", "repo_path", "issue": {"title", "body"}, "budget"} in;
{"id", "budget", "ranking", "files": [{"path", "spans", "text"}]} out. Called by command.py; what packs is the runner's.
"""

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from runner.context import count
from runner.context.ranking.choose import Chosen, choose
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import RankedPart, Ranking, ranked
from runner.context.repository import corpus_of
from runner.context.tree import listed


class NoCase(ValueError):
    """A line that is no case; the message says why."""


def answers(lines: Iterable[str]) -> Iterator[str]:
    """One answer a line, in the order of the cases. Raises NoCase."""
    for line in lines:
        if line.strip():
            yield json.dumps(_answer(_case(line)), ensure_ascii=False)


def _case(line: str) -> dict[str, Any]:
    try:
        case: dict[str, Any] = json.loads(line)
        return {
            "id": str(case["id"]),
            "repo": str(case["repo_path"]),
            "title": str(case["issue"].get("title") or ""),
            "body": str(case["issue"].get("body") or ""),
            "budget": int(case["budget"]),
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoCase(f"no case: {type(error).__name__} {error}") from error


def _answer(case: dict[str, Any]) -> dict[str, Any]:
    ranking = _ranking(case["repo"], case["title"], case["body"])
    corpus = _corpus(case["repo"])

    def text(part: RankedPart) -> str:
        lines = corpus.sources[part.path].lines[part.chunk.first - 1 : part.chunk.last]
        return f"### {part.path}:{part.chunk.first}-{part.chunk.last}\n" + "\n".join(lines) + "\n"

    chosen = choose(ranking, case["budget"], text=text, count=count.count)
    return {"id": case["id"], "budget": case["budget"], "ranking": ranking.files, "files": _files(chosen)}


def _files(chosen: Chosen) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = [{"path": line.path, "spans": [], "text": line.text} for line in chosen.map]
    return entries + [{"path": part.path, "spans": [[part.chunk.first, part.chunk.last]]} for part, _ in chosen.parts]


@lru_cache(maxsize=2)
def _corpus(folder: str) -> Corpus:
    return corpus_of(listed(Path(folder)))


@lru_cache(maxsize=2)
def _ranking(folder: str, title: str, body: str) -> Ranking:
    return ranked(_corpus(folder), query_of(title, body))
