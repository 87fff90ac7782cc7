"""`python -I -m runner context --jsonl`: the packer as a program that answers benchmark cases, a JSON line each.

The protocol is that of public context benchmarks: {"id", "repo_path", "issue": {"title", "body"}, "budget"} in;
{"id", "budget", "ranking", "files": [{"path", "spans", "text"}]} out. Called by command.py; what packs is the runner's.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
from runner.context.repository import corpus_of, is_too_large
from runner.context.tree import listed


class NoCase(ValueError):
    """A line that is no case; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What stands on the line that answers a case."""

    line: str
    error: str = ""
    """Why the case was not answered, where it was not."""


def answers(lines: Iterable[str], cache: Cache | None = None) -> Iterator[Answer]:
    """One answer a line, in the order of the cases; a line that is no case is answered with why it is none."""
    packer = _Packer(cache)
    try:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            found: Any = None
            try:
                found = _read(line)
                yield Answer(json.dumps(packer.answer(_case(found))))
            except NoCase as error:
                why = f"line {number} is no case: {error}"
                yield Answer(json.dumps(_no_answer(found, why)), why)
    finally:
        syntax.shared().close()


def _no_answer(found: Any, why: str) -> dict[str, Any]:
    """An answer with nothing in it, of the shape of all others; of the case, what can be told again."""
    case = found if isinstance(found, dict) else {}
    name, budget = case.get("id"), case.get("budget")
    return {
        "id": _name(name) if isinstance(name, str | int) else None,
        "budget": budget if type(budget) is int else None,
        "error": why,
        "ranking": [],
        "files": [],
    }


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NoCase(str(error)[:200]) from error


def _case(case: Any) -> dict[str, Any]:
    if not isinstance(case, dict):
        raise NoCase("it is no JSON object")
    try:
        found: dict[str, Any] = {
            "id": _name(case["id"]),
            "repo": str(case["repo_path"]),
            "title": _text(case["issue"].get("title")),
            "body": _text(case["issue"].get("body")),
            "budget": int(case["budget"]),
        }
    except KeyError as error:
        raise NoCase(f'it has no "{error.args[0]}"') from error
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise NoCase(str(error)[:200]) from error
    if not _is_folder(found["repo"]):
        raise NoCase(f"{found['repo'][:200]} is no folder")
    if found["budget"] < 1:
        raise NoCase("its budget is below one token")
    return found


def _name(name: Any) -> str | int:
    """The case's own name for itself: a number stays one."""
    return name if type(name) is int else str(name)


def _text(text: Any) -> str:
    """A text that can be written again: half a character is none."""
    return str(text or "").encode("utf-8", "replace").decode()


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


class _Packer:
    """Ranks a repository once for an issue, whatever the budgets."""

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache
        self._tree = lru_cache(maxsize=2)(lambda folder: listed(Path(folder)))
        self._is_large = lru_cache(maxsize=2)(lambda folder: is_too_large(self._tree(folder)))
        self._corpus = lru_cache(maxsize=2)(self._read)
        self._ranking = lru_cache(maxsize=2)(self._ranked)

    def _read(self, folder: str, title: str, body: str) -> Corpus:
        return corpus_of(self._tree(folder), self._cache, query_of(title, body) if title or body else None)

    def _corpus_for(self, case: dict[str, Any]) -> Corpus:
        """Of most trees the same for all issues."""
        asked = (case["title"], case["body"]) if self._is_large(case["repo"]) else ("", "")
        return self._corpus(case["repo"], *asked)

    def _ranked(self, folder: str, title: str, body: str) -> Ranking:
        return ranked(self._corpus_for({"repo": folder, "title": title, "body": body}), query_of(title, body))

    def answer(self, case: dict[str, Any]) -> dict[str, Any]:
        corpus = self._corpus_for(case)
        ranking = self._ranking(case["repo"], case["title"], case["body"])

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
