"""The packer's rows: how fast a context is made of large trees and long threads, what memory that takes, and how good it is.

The cases are those of a folder that CTXBENCH names, else of one called `ctxbench` beside this checkout (cases.py); without
one a row says so.
"""

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.context.cases import COMMAND, GROUP, cpu_of, not_run, rows_of
from tests.bench.context.thread import order_of
from tests.bench.context.trees import names, plant
from tests.bench.report import Row

BYTES_A_TOKEN = 4.0
COMMENTS = 5000


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    return await asyncio.to_thread(_rows, quick)


def _rows(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        folder = Path(name)
        large = _tree(folder, files=500 if quick else 5000, functions=10)
        many = _tree(folder, files=10_000 if quick else 100_000, functions=1)
        return [*large, *many, _thread(folder, COMMENTS // 10 if quick else COMMENTS), *_cases(folder, quick)]


@dataclass(frozen=True)
class _Seen:
    seconds: float
    cpu: float
    """Seconds of CPU."""
    peak: int
    """Bytes."""


def _tree(folder: Path, *, files: int, functions: int) -> list[Row]:
    root = folder / f"{files}"
    tokens = plant(root, files=files, functions=functions) / BYTES_A_TOKEN
    cold = _asked(root, "--no-cache")
    cache = ("--cache", str(folder / f"{files}.db"))
    kept, warm = _asked(root, *cache), _asked(root, *cache)
    what = f"{files:,} files, {tokens / 1e6:.1f} M tokens"
    return [
        Row(group=GROUP, what=f"{what}: cold", cpu=cold.cpu, value=cold.seconds, unit="s", per_second=tokens / cold.seconds,
            aim="under 6 s; 15 s at worst", met=cold.seconds < 6, note="A second: tokens of the tree that are looked through."),
        Row(group=GROUP, what="… and kept", cpu=kept.cpu, value=kept.seconds, unit="s", ratio=kept.cpu / cold.cpu, beside="cold"),
        Row(group=GROUP, what="… the same commit again", cpu=warm.cpu, value=warm.seconds, unit="s", ratio=warm.cpu / cold.cpu, beside="cold"),
        _prompt(root, folder / "issue.md", tokens),
        Row(group=GROUP, what="… peak memory, cold", value=float(max(cold.peak, kept.peak)), unit="bytes"),
    ]  # fmt: skip


def _asked(root: Path, *arguments: str) -> _Seen:
    """From a case to its answer, in a process that has answered another one."""
    words = names(8000)
    title = f"{words[5000]} fails when {words[6001]} is called with {words[7003]}"
    body = f"`{words[4001]}.{words[3001]}` raises instead of calling {words[2003]}"
    with subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        seconds = cpu = 0.0
        for folder in (_empty(root), root):
            case = {"id": "", "repo_path": str(folder), "issue": {"title": title, "body": body}, "budget": 16_000}
            began, before = time.perf_counter(), cpu_of(child.pid)
            child.stdin.write(json.dumps(case) + "\n")
            child.stdin.flush()
            child.stdout.readline()
            seconds, cpu = time.perf_counter() - began, cpu_of(child.pid) - before
        child.stdin.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return _Seen(seconds, cpu, usage.ru_maxrss * 1024)


def _prompt(root: Path, issue: Path, tokens: float) -> Row:
    """From the start of a process to a prompt that is packed and its receipt: `--jsonl` only ranks and chooses."""
    words = names(8000)
    issue.write_text(f"{words[5000]} fails when {words[6001]} is called\n\n`{words[4001]}` raises\n", "utf-8")
    command = [*COMMAND[:-1], "--no-cache", "--json", "--repo", str(root), "--issue", str(issue), "--budget", "16000"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    seconds = time.perf_counter() - began
    return Row(group=GROUP, what="… the whole prompt with its receipt, cold, the program's start among it", value=seconds,
               unit="s", cpu=usage.ru_utime + usage.ru_stime, per_second=tokens / seconds)  # fmt: skip


def _empty(root: Path) -> Path:
    """A folder beside it with nothing in it."""
    folder = root.with_name("empty")
    folder.mkdir(exist_ok=True)
    return folder


def _thread(folder: Path, comments: int) -> Row:
    """From the start of a process to the prompt and its receipt."""
    workspace = folder / "workspace"
    plant(workspace / "a", files=1, functions=1)
    order = folder / "order.json"
    order.write_text(order_of(comments, workspace / "a").model_dump_json(), "utf-8")
    command = [*COMMAND[:-1], "--no-cache", "--json", "--order", str(order), "--workspace", str(workspace)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return Row(group=GROUP, what=f"a thread of {comments:,} comments of 2 KB, the program's start among it",
               cpu=usage.ru_utime + usage.ru_stime, value=time.perf_counter() - began, unit="s")  # fmt: skip


def _cases(folder: Path, quick: bool) -> list[Row]:
    place = _place_of_cases()
    if place is None:
        return [not_run("CTXBENCH names no folder with score.py, and none is beside this checkout")]
    copied = shutil.copytree(place, folder / "ctxbench", symlinks=True, copy_function=shutil.copyfile)
    copied.chmod(0o700)  # where it comes from may be read-only
    return rows_of(copied, quick=quick)


def _place_of_cases() -> Path | None:
    named, beside = os.environ.get("CTXBENCH", ""), Path.cwd().parent
    places = [Path(named)] if named else [beside / "ctxbench", *sorted(beside.glob("*/ctxbench"))]
    return next((place for place in places if (place / "score.py").is_file()), None)
