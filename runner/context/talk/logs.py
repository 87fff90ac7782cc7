"""Cuts long logs and tracebacks inside a message to their head and tail, and keeps the frames between. Pure.

Called by `prepare.py` and `fit.py`. A log is a fence, or a paragraph, of more lines than anybody reads.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from crds.fences import fenced

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
    return Logs(text).cut()


class Logs:
    """A text with its logs, read once to be cut to several lengths."""

    def __init__(self, text: str) -> None:
        self._blocks = [
            _Block(block) for code, part in fenced(text) for block in ([part] if code else _paragraphs(part))
        ]

    def cut(self, times: float = 1) -> str:
        """The text with so many times the lines of logs that are kept at least, and the length of each."""
        return "".join(block.cut(times) for block in self._blocks)


def _paragraphs(text: str) -> list[str]:
    return [text] if text.count("\n") < LONG else re.split(r"(\n[^\S\n]*\n)", text)


@dataclass(frozen=True)
class _Block:
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines(keepends=True)

    @cached_property
    def frames(self) -> list[int]:
        """Numbers of the lines that say where something failed."""
        return [number for number, line in enumerate(self.lines) if _FRAME.search(line[:LONGEST_LINE])]

    def cut(self, times: float) -> str:
        lines, longest = self.lines, int(LONGEST_LINE * times)
        if len(lines) <= LONG * times:
            fence = self.text.lstrip().startswith(("```", "~~~"))
            return "".join(_short(line, longest) for line in lines) if fence else self.text
        shown, before = list[str](), -1
        for number in self._kept(times):
            if number > before + 1:
                shown.append(f"[… {number - before - 1} lines of log cut here …]\n")
            shown.append(_short(lines[number], longest))
            before = number
        return "".join(shown)

    def _kept(self, times: float) -> list[int]:
        head, tail = int(HEAD * times), len(self.lines) - int(TAIL * times)
        between = self.frames[bisect_left(self.frames, head) : bisect_left(self.frames, tail)]
        return [*range(head), *between[-int(MOST_FRAMES * times) :], *range(tail, len(self.lines))]


def _short(line: str, longest: int) -> str:
    if len(line) <= longest:
        return line
    cut = len(line) - longest
    return f"{line[: longest * 2 // 3]}[… {cut} characters …]{line[-longest // 3 :]}"
