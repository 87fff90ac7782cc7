"""Cases of real issues, as a benchmark beside this repository holds them: how good the context is, and how soon it is there.

The folder has `score.py`, `cases.jsonl` and a README.md with a table of methods; called by packing.py with a copy of it.
The scorer's own mean is one of answers, of which a case has three; the times here are of each case's first answer.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from tests.bench.report import Row

GROUP = "context"
COMMAND = (sys.executable, "-I", "-m", "runner", "context", "--jsonl")
BUDGET = 16_000
"""Tokens of the answers that are timed."""
_RECORDED = {"func_all@8k": 0.58, "func_all@16k": 0.65, "func_all@32k": 0.75, "named_all@8k": 0.94, "acc@1": 0.49,
             "acc@5": 0.78}  # fmt: skip
"""The best method of the cases' own table: a fitted combination, each repository left out."""
_AIMS = {"func_all@8k": 0.58, "func_all@16k": 0.66, "func_all@32k": 0.76, "named_all@8k": 0.94, "acc@1": 0.49,
         "acc@5": 0.78}  # fmt: skip
_METHOD = re.compile(r"^\| (?P<name>[^|]+?) \| (?P<all>[\d./]+) \| (?P<named>[\d./]+) \| (?P<acc>[\d./]+|–) \|$", re.M)


def rows_of(place: Path, *, quick: bool) -> list[Row]:
    """All rows of the cases in a folder that may be written to."""
    pip = Path(".uv/bin/python").absolute()
    python = [str(pip if pip.exists() else sys.executable), "score.py"]
    prepared = _run(place, [*python, "prepare", "--split", "dev", "--tree", "sdist"])
    if prepared.returncode:
        why = (prepared.stderr.strip().splitlines() or ["?"])[-1][:200]
        return [not_run(f"the cases' trees cannot be fetched: {why}")]
    run = [*python, "run", "--cmd", " ".join([*COMMAND, "--no-cache"]), "--split", "dev", "--tree", "sdist"]
    done = _run(place, [*run, *(["--budgets", "8000"] if quick else [])])
    if done.returncode:
        return [not_run(done.stderr[-200:])]
    return [*_scored(done.stdout), *_methods(place), *_timed(place, every=8 if quick else 1)]


def not_run(why: str) -> Row:
    """In place of all of them."""
    return Row(group=GROUP, what="cases of real issues: not run", note=f"Cases of real issues were not run: {why}.")


def _run(place: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """The scorer, with the packages of this environment: fetching needs pip, which another one has."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)


def _scored(report: str) -> list[Row]:
    """The rows of the scorer's first table, and the whole of it in one line."""
    found = _figures(report)
    rows = [
        Row(group=GROUP, what=f"80 real issues: {name}", value=found[name], ratio=found[name] / recorded,
            beside="the best recorded", aim=f"at least {_AIMS[name]}", met=found[name] >= _AIMS[name])
        for name, recorded in _RECORDED.items() if name in found
    ]  # fmt: skip
    told = [
        "/".join(f"{found[name]:.2f}".removeprefix("0") for name in names if name in found)
        for names in (
            ("func_all@8k", "func_all@16k", "func_all@32k"),
            ("named_all@8k", "named_all@16k", "named_all@32k"),
            ("acc@1", "acc@5", "acc@10"),
        )
    ]
    return [*rows, _told("today", told)]


def _figures(report: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in ("acc@1", "acc@5", "acc@10"):
        if shown := re.search(rf"{name} ([\d.]+)", report):
            found[name] = float(shown[1])
    for budget, line in re.findall(r"^ +(\d+k) (named .*)$", report, re.MULTILINE):
        for name in ("func_all", "named_all"):
            if shown := re.search(rf"\b{name} ([\d.]+)", line):
                found.setdefault(f"{name}@{budget}", float(shown[1]))
    return found


def _methods(place: Path) -> list[Row]:
    """The table of methods that the cases came with."""
    readme = place / "README.md"
    text = readme.read_text("utf-8") if readme.is_file() else ""
    return [_told(found["name"], (found["all"], found["named"], found["acc"])) for found in _METHOD.finditer(text)]


def _told(name: str, figures: Sequence[str]) -> Row:
    functions, named, first = figures
    return Row(group=GROUP, what=f"… {name}: func_all {functions}, named_all {named}, acc@1/5/10 {first}")


@dataclass(frozen=True)
class _Answered:
    wall: float
    cpu: float


def _timed(place: Path, *, every: int) -> list[Row]:
    """Seconds of a case's first answer: parsed afresh, and the same commit again."""
    lines = (place / "cases.jsonl").read_text("utf-8").splitlines()
    cases = [case for case in map(json.loads, lines) if case["split"] == "dev" and case.get("sdist_file")][::every]
    cache = ("--cache", str(place / "cases.db"))
    cold = _answers(place, cases, "--no-cache")
    _answers(place, cases, *cache)
    warm = _answers(place, cases, *cache)
    return [
        _mean("… mean of a case's first answer, cold", cold, aim=1.0),
        _mean("… the same commit again", warm, aim=0.2),
    ]


def _mean(what: str, answers: Sequence[_Answered], *, aim: float) -> Row:
    cpu, wall = mean(one.cpu for one in answers), mean(one.wall for one in answers)
    return Row(group=GROUP, what=what, cpu=cpu, value=wall, unit="s", aim=f"under {aim:g} s", met=wall <= aim)


def _answers(place: Path, cases: Sequence[dict[str, str]], *arguments: str) -> list[_Answered]:
    """Of all cases but the first, in one process: its start and the vocabulary are not counted."""
    found = []
    with subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for case in cases:
            issue = {"title": case["title"], "body": case["body"]}
            folder = place / "trees_sdist" / case["sdist_file"]
            began, before = time.perf_counter(), cpu_of(child.pid)
            asked = {"id": case["id"], "repo_path": str(folder), "issue": issue, "budget": BUDGET}
            child.stdin.write(json.dumps(asked) + "\n")
            child.stdin.flush()
            child.stdout.readline()
            found.append(_Answered(time.perf_counter() - began, cpu_of(child.pid) - before))
        child.stdin.close()
    return found[1:]


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used: of a loaded machine they say more than the clock does."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
