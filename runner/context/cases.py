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
from runner.context.cache import Cache
from runner.context.ranking import syntax
from runner.context.ranking.choose import Chosen, choose
from runner.context.ranking.corpus import Corpus
from runner.context.ranking.query import query_of
from runner.context.ranking.rank import RankedPart, Ranking, ranked
from runner.context.repository import corpus_of
from runner.context.tree import listed


class NoCase(ValueError):
    """A line that is no case; the message says why."""


def answers(lines: Iterable[str], cache: Cache | None = None) -> Iterator[str]:
    """One answer a line, in the order of the cases. Raises NoCase."""
    packer = _Packer(cache)
    try:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield json.dumps(packer.answer(_case(line, number)), ensure_ascii=False)
    finally:
        syntax.shared().close()


def _case(line: str, number: int) -> dict[str, Any]:
    try:
        case: dict[str, Any] = json.loads(line)
        found: dict[str, Any] = {
            "id": str(case["id"]),
            "repo": str(case["repo_path"]),
            "title": str(case["issue"].get("title") or ""),
            "body": str(case["issue"].get("body") or ""),
            "budget": int(case["budget"]),
        }
    except KeyError as error:
        raise NoCase(f'line {number} is no case: it has no "{error.args[0]}"') from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NoCase(f"line {number} is no case: {str(error)[:200]}") from error
    if not Path(found["repo"]).is_dir():
        raise NoCase(f"line {number} is no case: {found['repo'][:200]} is no folder")
    if found["budget"] < 1:
        raise NoCase(f"line {number} is no case: its budget is below one token")
    return found


class _Packer:
    """Ranks a repository once for an issue, whatever the budgets."""

    def __init__(self, cache: Cache | None) -> None:
        self.corpus = lru_cache(maxsize=2)(lambda folder: corpus_of(listed(Path(folder)), cache))
        self.ranking = lru_cache(maxsize=2)(
            lambda folder, title, body: ranked(self.corpus(folder), query_of(title, body))
        )

    def answer(self, case: dict[str, Any]) -> dict[str, Any]:
        corpus: Corpus = self.corpus(case["repo"])
        ranking: Ranking = self.ranking(case["repo"], case["title"], case["body"])

        def text(part: RankedPart) -> str:
            first, last = _lines_of(part, corpus)
            lines = corpus.lines(part.path)[first - 1 : last]
            return f"### {part.path}:{first}-{last}\n" + "\n".join(lines) + "\n"

        chosen = choose(ranking, case["budget"], text=text, count=count.count)
        return {"id": case["id"], "budget": case["budget"], "ranking": ranking.files, "files": _files(chosen, corpus)}


def _files(chosen: Chosen, corpus: Corpus) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = [{"path": line.path, "spans": [], "text": line.text} for line in chosen.map]
    return entries + [{"path": part.path, "spans": [_lines_of(part, corpus)]} for part, _ in chosen.parts]


def _lines_of(part: RankedPart, corpus: Corpus) -> list[int]:
    """First and last line; cells of a notebook that share a line have places of their own beyond the file's end."""
    length = len(corpus.lines(part.path))
    return [min(part.chunk.first, length), min(part.chunk.last, length)]
