"""A file in parts that can go into a prompt one by one: functions whole, and what stands between them.

Pure. The parts of a file do not overlap and cover all of its lines but the licence at its head; a doc comment goes with
what it speaks of.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runner.context.ranking.definition import Definition
from runner.context.ranking.licence import licence_lines
from runner.context.ranking.outlines import outlined

MOST_LINES = 80
"""Lines of a part that is no function; longer runs are cut, at a blank line where there is one near."""
LONGEST_FUNCTION = 400
MOST_COMMENT = 40
_QUIET = re.compile(r"\s*(?:$|#(?!\s*(?:include|define|if|pragma|else|endif))|//|/\*|\*|--|;|@\w|\[<?[A-Z]|\"\"\"$)")
_CLOSING = re.compile(r"[\s)}\],;]*+(?:end)?+\s*+$")


class Chunk(NamedTuple):
    name: str
    """Qualified name of the function or class; empty for lines outside of all."""
    kind: str
    """`function`, `class` (its lines outside of its functions) or `module`."""
    first: int
    last: int
    """Lines, from 1, inclusive."""

    @property
    def holder(self) -> str:
        """The qualified name of the class that it stands in, or is of; empty where there is none."""
        return self.name if self.kind == "class" else self.name.rpartition(".")[0]

    @property
    def lines(self) -> int:
        return self.last - self.first + 1


def chunks_of(path: str, text: str, found: Sequence[Definition] = ()) -> list[Chunk]:
    """The parts of a file, in order. `found`: its definitions, as a grammar has read them.

    Without any it is read by the rules of its language, or in blocks between blank lines.
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        return []
    found = found or outlined(path, lines)
    runs = _runs(found, len(lines)) if found else [Chunk("", "module", 1, len(lines))]
    below = _below(licence_lines(lines), runs)
    return [part for run in _with_comments(below, lines) for part in _cut(run, lines)]


def _below(line: int, runs: Sequence[Chunk]) -> list[Chunk]:
    """The runs as far as they are below a line."""
    return [run._replace(first=max(run.first, line + 1)) for run in runs if run.last > line]


def _runs(found: Sequence[Definition], length: int) -> list[Chunk]:
    """Runs of lines with one owner: the outermost function, or else the innermost class."""
    owners: list[Definition | None] = [None] * (length + 2)
    for one in sorted(found, key=lambda each: (each.depth, each.first)):
        holder = owners[one.first] if one.first <= length else None
        if holder is not None and holder.function:
            continue  # a function in a function is a part of it
        for line in range(one.first, min(one.last, length) + 1):
            owners[line] = one
    runs, start = [], 1
    for line in range(2, length + 2):
        if line == length + 1 or owners[line] is not owners[start]:
            runs.append(_run(owners[start], start, line - 1))
            start = line
    return runs


def _run(owner: Definition | None, first: int, last: int) -> Chunk:
    if owner is None:
        return Chunk("", "module", first, last)
    return Chunk(owner.name, "function" if owner.function else "class", first, last)


def _with_comments(runs: Sequence[Chunk], lines: Sequence[str]) -> Iterator[Chunk]:
    """Runs of blank lines and comments go with what follows, or else with what stands before."""
    held: int | None = None
    last: Chunk | None = None
    for run in runs:
        first = run.first if held is None else held
        quiet = run.kind != "function" and all(_QUIET.match(line) for line in lines[run.first - 1 : run.last])
        if quiet and run.last - first < MOST_COMMENT:
            held = first
            continue
        end = run.last if run.kind == "function" else _before_comment(run, lines)
        if last is not None and held is None and _closes(lines[run.first - 1 : end]):
            last, held = Chunk(last.name, last.kind, last.first, end), end + 1 if end < run.last else None
            continue
        if last is not None:
            yield last
        last, held = Chunk(run.name, run.kind, first, end), end + 1 if end < run.last else None
    if last is not None:
        yield last if held is None else Chunk(last.name, last.kind, last.first, len(lines))
    elif held is not None:
        yield Chunk("", "module", held, len(lines))


def _closes(lines: Sequence[str]) -> bool:
    """Whether these lines are brackets that close what stands before, and blank ones."""
    return all(map(_CLOSING.match, lines)) and any(map(str.strip, lines))


def _before_comment(run: Chunk, lines: Sequence[str]) -> int:
    """The last line of a run without the comment at its very end: that one speaks of what follows."""
    end = run.last
    while end > run.first and lines[end - 1].strip() and _QUIET.match(lines[end - 1]) and run.last - end < MOST_COMMENT:
        end -= 1
    return end


def _cut(run: Chunk, lines: Sequence[str]) -> Iterator[Chunk]:
    most = LONGEST_FUNCTION if run.kind == "function" else MOST_LINES
    first = run.first
    while run.last - first >= most:
        last = _border(lines, first + most // 2, first + most - 1)
        yield Chunk(run.name, run.kind, first, last)
        first = last + 1
    yield Chunk(run.name, run.kind, first, run.last)


def _border(lines: Sequence[str], low: int, high: int) -> int:
    """The last line before a blank one, between two lines; the higher one where there is none."""
    return next((line for line in range(high, low, -1) if not lines[line].strip()), high)
