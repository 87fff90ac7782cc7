"""Cuts long logs and tracebacks inside a message to their head and tail, and keeps the frames between. Pure.

Called by `prepare.py`. A log is a fence, or a paragraph, of more lines than anybody reads.
"""

import re

from runner.context.units import fenced

LONG = 60
"""Lines from which a fence or a paragraph is a log."""
HEAD, TAIL = 12, 24
"""Lines of it that are kept: what was run, and how it ended."""
MOST_FRAMES = 40
LONGEST_LINE = 1000
_FRAME = re.compile(
    r'^\s*(?:File "[^"]+", line \d+|at \S.*[(:]\d+|\S+\.\w{1,5}:\d+\b|Traceback|Caused by|goroutine \d+|panic:|E  )'
    r"|^\s*--- FAIL"
    r"|^\s*[\w.]*(?:Error|Exception)\b|\b(?:ERROR|FATAL|FAILED)\b|^\s*error(?:\[\w+\])?:",
)


def without_long_logs(text: str) -> str:
    """The text in which long logs are cut."""
    if text.count("\n") < LONG and len(text) < LONGEST_LINE:
        return text
    return "".join(_cut(part) if code else _paragraphs(part) for code, part in fenced(text))


def _paragraphs(text: str) -> str:
    if text.count("\n") < LONG:
        return text
    return "".join(_cut(block) for block in re.split(r"(\n[^\S\n]*\n)", text))


def _cut(block: str) -> str:
    lines = block.splitlines(keepends=True)
    if len(lines) <= LONG:
        return block if not block.lstrip().startswith(("```", "~~~")) else "".join(map(_short, lines))
    between = range(HEAD, len(lines) - TAIL)
    frames = [number for number in between if _FRAME.search(lines[number][:LONGEST_LINE])]
    kept = [*range(HEAD), *frames[-MOST_FRAMES:], *range(len(lines) - TAIL, len(lines))]
    shown, before = list[str](), -1
    for number in kept:
        if number > before + 1:
            shown.append(f"[… {number - before - 1} lines of log cut here …]\n")
        shown.append(_short(lines[number]))
        before = number
    return "".join(shown)


def _short(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    cut = len(line) - LONGEST_LINE
    return f"{line[: LONGEST_LINE * 2 // 3]}[… {cut} characters …]{line[-LONGEST_LINE // 3 :]}"
