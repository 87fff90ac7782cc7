"""Diffs and files as HTML: a table of lines with their numbers, added and removed ones in colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.standins.github.page.markup import Html, h, join

HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
MOST_LINES = 2000


@dataclass
class FileDiff:
    path: str
    lines: list[str] = field(default_factory=list)

    def count(self, sign: str) -> int:
        return sum(line.startswith(sign) for line in self.lines)


def split(diff: str) -> list[FileDiff]:
    """The files of a `git diff`, each with its hunks."""
    files: list[FileDiff] = []
    in_hunk = False
    for line in diff.splitlines():
        if line.startswith("diff --git "):
            files.append(FileDiff(line.rpartition(" b/")[2]))
            in_hunk = False
        elif files and (in_hunk or line.startswith(("@@", "Binary "))):
            in_hunk = True
            files[-1].lines.append(line)
    return files


def diff_view(diff: str) -> Html:
    files = split(diff)
    return join(map(_file, files)) if files else h("p", "No changes.", class_="quiet")


def _file(file: FileDiff) -> Html:
    counts = [
        h("span", f"+{file.count('+')}", class_="plus"),
        h("span", f"−{file.count('-')}", class_="minus"),
    ]
    head = h("header", h("b", file.path, class_="mono"), h("span", counts[0], " ", counts[1], class_="when"))
    rows = h("table", join(_rows(file.lines[:MOST_LINES])), class_="mono")
    return h("section", head, h("div", rows, class_="diff"), class_="file")


def _rows(lines: list[str]) -> Iterator[Html]:
    old = new = 0
    for line in lines:
        hunk = HUNK.match(line)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
            yield _row("hunk", "", "", line)
        elif line.startswith("+"):
            yield _row("add", "", str(new), line)
            new += 1
        elif line.startswith("-"):
            yield _row("del", str(old), "", line)
            old += 1
        else:
            numbered = not line.startswith("\\")
            yield _row("", str(old) if numbered else "", str(new) if numbered else "", line)
            old, new = old + numbered, new + numbered


def _row(kind: str, old: str, new: str, text: str) -> Html:
    return h("tr", h("td", old, class_="n"), h("td", new, class_="n"), h("td", text), class_=kind or None)


def hunk_view(path: str, hunk: str, *, last: int = 4) -> Html:
    """The end of a hunk, as a remark on its last line shows it."""
    rows = list(_rows(hunk.split("\n")[:MOST_LINES]))[1:]
    head = h("header", h("b", path, class_="mono"))
    return join([head, h("div", h("table", rows[-last:], class_="mono"), class_="diff")])


def file_view(path: str, data: bytes) -> Html:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = f"({len(data)} bytes that are no text)"
    return h("section", h("header", h("b", path, class_="mono")), h("pre", text), class_="file")
