"""Spans of one line that marks of the same length open and close: code and struck text. Pure and linear.

Called by option_line.py, where code may hold what looks like an option, and by quiet.py.
"""

import re
from collections.abc import Sequence

_TICKS = re.compile(r"`++")
_TILDES = re.compile(r"~++")


def code_spans(line: str) -> dict[int, int]:
    """Ends of the line's code, by where it begins: a run of backticks up to the next of the same length."""
    runs = [(run.start(), run.end()) for run in _TICKS.finditer(line)]
    return _paired(runs, runs)


def struck_spans(line: str) -> dict[int, int]:
    """Ends of the line's struck text, by where it begins: one or two tildes around words."""
    runs = [(run.start(), run.end()) for run in _TILDES.finditer(line) if len(run[0]) <= 2]
    opening = [run for run in runs if run[1] < len(line) and not line[run[1]].isspace()]
    closing = [run for run in runs if run[0] > 0 and not line[run[0] - 1].isspace()]
    return _paired(opening, closing)


def _paired(opening: Sequence[tuple[int, int]], closing: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Each opening run with the next closing one of its length; none within another."""
    ahead = dict[int, list[tuple[int, int]]]()
    for run in reversed(closing):
        ahead.setdefault(run[1] - run[0], []).append(run)
    spans, behind = dict[int, int](), 0
    for begin, end in opening:
        runs = ahead.get(end - begin, [])
        while runs and runs[-1][0] < end:
            runs.pop()
        if begin >= behind and runs:
            spans[begin] = behind = runs[-1][1]
    return spans
