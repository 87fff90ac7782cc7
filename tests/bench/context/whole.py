"""What whole prompts hold of the cases: `python -m tests.bench.context.whole CASES.jsonl TREES [--cache FILE]`.

CASES and TREES are those of `fit.py`. The prompt is the one that `vteam context --repo … --issue …` packs, with its
frames, the issue and the map; counted is how often all lines of all functions that the fix changed stand in it.
"""

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import unescape

from runner.context.by_hand import Wanted, by_hand
from runner.context.cache import Cache
from runner.context.code import Means
from runner.context.of_order import packed_in

BUDGETS = (8000, 16_000, 32_000)
_FRAME = re.compile(r'<(data-\w+) kind="(code|map)" source="([^"]*)"[^>]*>\n(.*?)\n</\1>', re.DOTALL)
_RUN = re.compile(r"^\[lines (\d+)-(\d+)\]$", re.MULTILINE)


@dataclass(frozen=True)
class Held:
    """What a prompt holds."""

    lines: dict[str, set[int]]
    named: set[str]


def held(prompt: str) -> Held:
    """The lines of code and the names of files of a prompt."""
    lines, named = dict[str, set[int]](), set[str]()
    for _, kind, source, text in _FRAME.findall(prompt):
        if kind == "map":
            named |= {line.partition(": ")[0] for line in text.splitlines()}
        else:
            path = unescape(source, {"&quot;": '"'})
            lines[path] = {line for first, last in _RUN.findall(text) for line in range(int(first), int(last) + 1)}
    return Held(lines, named | lines.keys())


def answers(line: str, trees: Path, cache: Cache | None) -> Iterator[tuple[int, bool, bool]]:
    """For each budget: whether all changed functions are held, and all changed files named."""
    case = json.loads(line)
    with TemporaryDirectory(prefix="vteam-whole-") as folder:
        issue = Path(folder) / "issue.json"
        issue.write_text(json.dumps({"title": case["title"], "body": case["body"]}), "utf-8")
        for budget in BUDGETS:
            made = by_hand(Wanted(trees / case["sdist_file"], issue, budget=budget))
            found = held(packed_in(made.order, made.folders, Means(cache)).prompt)
            functions = [(path, *one[:2]) for path, each in case["gold_funcs_sdist"].items() for one in each]
            whole = all(found.lines.get(path, set()).issuperset(range(a, z + 1)) for path, a, z in functions)
            yield budget, whole, found.named.issuperset(case["gold_files"])


def main() -> None:
    """Prints a line for each budget."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.bench.context.whole")
    parser.add_argument("cases", type=Path)
    parser.add_argument("trees", type=Path)
    parser.add_argument("--cache", type=Path)
    chosen = parser.parse_args()
    cache = Cache.open(chosen.cache, say=print) if chosen.cache else None
    lines = [line for line in chosen.cases.read_text("utf-8").splitlines() if json.loads(line).get("sdist")]
    found = [one for line in lines for one in answers(line, chosen.trees, cache)]
    for budget in BUDGETS:
        of_budget = [(functions, files) for each, functions, files in found if each == budget]
        functions, files = (sum(column) / len(of_budget) for column in zip(*of_budget, strict=True))
        print(f"{budget:6,} tokens, {len(of_budget)} cases: functions {functions:.3f}, files named {files:.3f}")


if __name__ == "__main__":
    main()
