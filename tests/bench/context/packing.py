"""The packer's rows: how often the context holds what a fix needs, how fast it is made, and what memory that takes.

The cases are those of a folder that CTXBENCH names, scored by its own `score.py`; without one that row says so.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.context.trees import names, plant
from tests.bench.report import Row

GROUP = "context"
COMMAND = (sys.executable, "-I", "-m", "runner", "context", "--jsonl")
BYTES_A_TOKEN = 4.0
_RECORDED = {"func_all@8k": 0.58, "func_all@16k": 0.65, "func_all@32k": 0.75, "named_all@8k": 0.94, "acc@1": 0.49,
             "acc@5": 0.78}  # fmt: skip
"""The best method of the cases' own table: a fitted combination, each repository left out."""
_AIMS = {"func_all@8k": 0.58, "func_all@16k": 0.66, "func_all@32k": 0.76, "named_all@8k": 0.94, "acc@1": 0.49,
         "acc@5": 0.78}  # fmt: skip


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    return await asyncio.to_thread(_rows, quick)


def _rows(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        folder = Path(name)
        large = _tree(folder, files=500 if quick else 5000, functions=10)
        many = _tree(folder, files=10_000 if quick else 100_000, functions=1)
        return [*large, *many, *_cases(folder, quick)]


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
        for folder in (root / "none", root):
            case = {"id": "", "repo_path": str(folder), "issue": {"title": title, "body": body}, "budget": 16_000}
            began, before = time.perf_counter(), _cpu(child.pid)
            child.stdin.write(json.dumps(case) + "\n")
            child.stdin.flush()
            child.stdout.readline()
            seconds, cpu = time.perf_counter() - began, _cpu(child.pid) - before
        child.stdin.close()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return _Seen(seconds, cpu, usage.ru_maxrss * 1024)


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used: of a loaded machine they say more than the clock does."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _cases(folder: Path, quick: bool) -> list[Row]:
    named = os.environ.get("CTXBENCH", "")
    if not named or not (Path(named) / "score.py").is_file():
        return [_not_run("CTXBENCH names no folder with score.py")]
    place = Path(shutil.copytree(named, folder / "ctxbench", symlinks=True))
    pip = Path(".uv/bin/python").absolute()
    python = [str(pip if pip.exists() else sys.executable), "score.py"]
    prepared = _run(place, [*python, "prepare", "--split", "dev", "--tree", "sdist"])
    if prepared.returncode:
        return [
            _not_run("the cases' trees cannot be fetched: " + (prepared.stderr.strip().splitlines() or ["?"])[-1][:200])
        ]
    run = [*python, "run", "--cmd", " ".join([*COMMAND, "--no-cache"]), "--split", "dev", "--tree", "sdist"]
    done = _run(place, [*run, *(["--budgets", "8000"] if quick else [])])
    return _scored(done.stdout) if not done.returncode else [_not_run(done.stderr[-200:])]


def _run(place: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """The scorer, with the packages of this environment: fetching needs pip, which another one has."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)


def _not_run(why: str) -> Row:
    return Row(group=GROUP, what="cases of real issues: not run", note=f"Cases of real issues were not run: {why}.")


def _scored(report: str) -> list[Row]:
    """The rows of the scorer's first table."""
    found: dict[str, float] = {}
    for name in ("acc@1", "acc@5"):
        if shown := re.search(rf"\b{name} ([\d.]+)", report):
            found[name] = float(shown[1])
    for budget, line in re.findall(r"^ +(\d+k) (named .*)$", report, re.MULTILINE):
        for name in ("func_all", "named_all"):
            if shown := re.search(rf"\b{name} ([\d.]+)", line):
                found.setdefault(f"{name}@{budget}", float(shown[1]))
    rows = [
        Row(group=GROUP, what=f"80 real issues: {name}", value=found[name], ratio=found[name] / recorded,
            beside="the best recorded", aim=f"at least {_AIMS[name]}", met=found[name] >= _AIMS[name])
        for name, recorded in _RECORDED.items() if name in found
    ]  # fmt: skip
    seconds = re.search(r"sec/case ([\d.]+)", report)
    mean = Row(group=GROUP, what="… mean of an answer, cold", unit="s", aim="under 1 s")
    return [*rows, *([replace(mean, value=float(seconds[1]), met=float(seconds[1]) < 1)] if seconds else [])]
