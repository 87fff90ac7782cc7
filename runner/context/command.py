"""`vteam context`: the prompt that the runner would pack, and its receipt, without a pod.

Called by `__main__` for `vteam context`, which executes it and never imports it. Three ways in: a repository and an
issue on this machine, a work order and its workspace, or benchmark cases as JSON lines.
"""

import argparse
import gc
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crds.agentic_session import Task
from crds.model_names import of_ollama
from crds.work_order import WorkOrder
from runner.context.by_hand import USUAL_BUDGET, ByHand, Wanted, by_hand, odd_about
from runner.context.cache import Cache
from runner.context.code import Means
from runner.context.ignored import without_ignored
from runner.context.of_order import packed_for, packed_in
from runner.context.pack import Packed
from runner.endings import DONE, PrerequisiteFailed
from runner.surroundings import usual_cache
from runner.wording import ollamas_default

LONGEST_NOTE = 1000
SOME_FAILED = 1
"""Exit status where a case was answered with an error."""
NOT_READ = 141
"""Exit status where nobody reads any more: that of a program which the signal for it ends."""
WIDTH = 120
"""Columns where nobody looks: a file, a pipe."""


@dataclass(frozen=True)
class _Answer:
    packed: Packed
    by_hand: ByHand | None = None


def context(arguments: list[str]) -> int:
    """Prints the receipt and the prompt, or both as JSON. Raises PrerequisiteFailed for bad input, in words."""
    try:
        status = _context(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has seen enough (`| head`). What is left in the buffer goes nowhere, so that no flush complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_READ
    return status


def _context(arguments: list[str]) -> int:
    parser = _parser()
    chosen = _chosen(parser, arguments)
    # Ranking makes a million small objects and no cycles: looking for those costs a quarter of the time.
    gc.set_threshold(500_000, 50, 100)
    cache = None if chosen.no_cache else _cache(chosen.cache)
    if chosen.jsonl:
        return _cases(cache)
    if chosen.repo is not None:
        answer = _by_hand(chosen, cache)
    else:
        answer = _Answer(packed_for(_read(chosen.order), chosen.workspace, Means(cache)))
    if chosen.json:
        _print(json.dumps(_document(answer, receipt_only=chosen.receipt), ensure_ascii=False))
    else:
        _show(answer, receipt_only=chosen.receipt)
    return DONE


def _chosen(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """The options, of one of the three ways in: two at once would leave one unheard."""
    chosen = parser.parse_args(arguments)
    by_hand = [chosen.repo, chosen.issue, chosen.budget, *chosen.linked, chosen.request, chosen.model, chosen.gpu]
    ways = [any(by_hand), any((chosen.order, chosen.workspace)), chosen.jsonl]
    whole = chosen.jsonl or (chosen.repo and chosen.issue) or (chosen.order and chosen.workspace)
    if not whole or sum(map(bool, ways)) > 1:
        parser.error("--repo and --issue are needed, or --order and --workspace, or --jsonl; and one of these alone")
    return chosen


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vteam context", description="Pack a prompt as the runner does.")
    add = parser.add_argument
    add("--repo", type=_path, metavar="PATH", help="folder of the repository")
    add("--issue", type=_path, metavar="FILE", help="the issue: Markdown (its first line is its title) or JSON")
    add("--linked", type=_path, metavar="PATH", action="append", default=[], help="another repository to read; repeat")
    add("--budget", type=int, metavar="N", help=f"tokens of the prompt; {USUAL_BUDGET:,} where absent")
    add("--task", choices=[task.value for task in Task], default=Task.FIX.value, help="what is asked for")
    add("--request", default="", metavar="TEXT", help="what the person asks, beside the issue")
    add("--model", default="", metavar="NAME", help="the model whose window bounds the budget")
    add("--gpu", default="", metavar="CLASS", help="what a self-hosted model runs on: 80GB, 79Gi, 2xH100, 4xL4")
    add("--json", action="store_true", help="print the prompt and the receipt as JSON")
    add("--receipt", action="store_true", help="print the receipt alone")
    add("--order", type=_path, metavar="FILE", help="a work order as JSON, in place of --repo and --issue")
    add("--workspace", type=_path, metavar="PATH", help="folder with the repositories of the order")
    add("--jsonl", action="store_true", help="answer benchmark cases from standard input, a JSON line each")
    add("--cache", type=_path, metavar="FILE", help="keep what is parsed in this file, not in your folder of caches")
    add("--no-cache", action="store_true", help="keep nothing, and read nothing that was kept")
    return parser


def _path(text: str) -> Path:
    """A path that was named: an empty one, as of a variable that is not set, would be the working directory."""
    if not text:
        raise argparse.ArgumentTypeError("an empty path names nothing")
    return Path(text)


def _cache(named: Path | None) -> Cache | None:
    """What has been parsed before; without one everything is parsed again, and a word says why."""
    path = named or usual_cache(os.environ)
    if path is None:
        return None
    if named is None and not path.parent.exists():
        with suppress(OSError):
            path.parent.mkdir(parents=True, mode=0o700)
    return Cache.open(path, say=_note)


def _by_hand(chosen: argparse.Namespace, cache: Cache | None) -> _Answer:
    wanted = Wanted(
        repository=chosen.repo,
        issue=chosen.issue,
        linked=tuple(chosen.linked),
        budget=chosen.budget,
        task=Task(chosen.task),
        request=chosen.request,
        model=chosen.model,
        gpu=chosen.gpu,
    )
    made = by_hand(wanted)
    if wanted.model and made.window is None:
        _note(
            f"nothing is known of the window of {wanted.model}: the budget stays as it is; --gpu bounds an open model"
        )
    if made.untaken:
        _note(f"of {chosen.issue} is not taken: {'; '.join(made.untaken)}"[:LONGEST_NOTE])
    if wanted.gpu and of_ollama(wanted.model):
        _note(ollamas_default())
    for folder in made.folders:
        if word := odd_about(folder):
            _note(word)
    return _Answer(packed_in(made.order, made.folders, Means(cache), tree=without_ignored), made)


def _document(answer: _Answer, *, receipt_only: bool) -> dict[str, Any]:
    packed, made = answer.packed, answer.by_hand
    document: dict[str, Any] = {} if receipt_only else {"prompt": packed.prompt}
    document["receipt"] = packed.receipt.model_dump(mode="json")
    if made is not None and made.window is not None:
        document["window"] = made.window
    if made is not None and made.estimate is not None:
        document["memory"] = made.estimate.model_dump(mode="json")
    return document


def _show(answer: _Answer, *, receipt_only: bool) -> None:
    """For people: the receipt by rich, which takes a moment to import, then the prompt."""
    from rich.console import Console

    from runner.context.shown import receipt_shown, window_shown

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if answer.by_hand is not None and answer.by_hand.estimate is not None:
        console.print(window_shown(answer.by_hand.estimate), "")
    console.print(receipt_shown(answer.packed.receipt, columns=console.width))
    if not receipt_only:
        _print("\n" + answer.packed.prompt)


def _note(word: str) -> None:
    print(f"vteam context: {word}", file=sys.stderr)  # noqa: T201 - the user's word


def _print(text: str) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")


def _cases(cache: Cache | None) -> int:
    """Answers each line; the exit status says whether one was no case."""
    from runner.context.cases import answers

    status: int = DONE
    lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    for answer in answers(lines, cache):
        print(answer.line, flush=True)  # noqa: T201 - whoever asks waits for the line
        if answer.error:
            _note(answer.error)
            status = SOME_FAILED
    return status


def _read(path: Path) -> WorkOrder:
    try:
        return WorkOrder.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PrerequisiteFailed(f"the order {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PrerequisiteFailed(f"{path} is no work order: {where}: {first['msg']}") from error
