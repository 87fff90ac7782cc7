"""What a distribution's patch says and changes: its prose, as an issue would tell it, and the lines that it touches. Pure.

Called by building.py. Prose is what people wrote; headers, diffstats, change logs and sign-offs tell the answer, or
nothing, and are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header

LEAST_WORDS = 8
_DIFF = re.compile(r"^(?:--- ?(?:\S|$)|diff |Index: |\+\+\+ |=====)")
_FIELD = re.compile(r"^(?:[A-Z][\w]*(?:-[\w]+)+|From|Date|Author|Authors|Origin|Bug|Forwarded|Cc|CC|Closes|Reviewed|Commit|"
                    r"Upstream|Backport|References?|Gerrit|Link|Ref|Url|URL|Issue|Ticket|Reviewer|PR|MFH|Approved|Obtained|"
                    r"Comment|Status|Version|Vendor|Patch|Fixes|Resolves|Updates|See|Id|TODO|Tests|LAYOUT)\s*:(?:\s|$)", re.IGNORECASE)  # fmt: skip
_TOLD = re.compile(r"^(Description|Subject)\s*:\s*(.*)", re.IGNORECASE)
_TAG = re.compile(r"^(?:\s*\[[^\]]{0,60}\]\s*)+")
_STAT = re.compile(r"^\s*\S+\s+\|\s+(?:\d+|Bin)\b|^\s*\d+ files? changed|^\s*(?:create|delete) mode ")
_LOG = re.compile(r"^\s*[*-]?\s*[\w./{},+-]+\.\w{1,5}(?:\s*\([^)]*\))?\s*:|^\s*\*\s+[\w./-]+/[\w./-]+|^\s*M\t")
_ORIGIN = re.compile(r"cherry[- ]picked|^\s*\(?back-?ported|^\s*conflicts|git-svn-id|^\s*upstream[- ]commit|^From [0-9a-f]{7}"
                     r"|^\s*\[[\w .@-]+:|^\s*(?:https?|git)://\S+$|^\s*commit [0-9a-f]{7,}"
                     r"|^\s*merge (?:pull request|commit|r\d+|branch)\b[^.]{0,60}$|^#\s|^>From [0-9a-f]{7}|^\s*Co-authored-by", re.IGNORECASE)  # fmt: skip
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True)
class Change:
    """A run of lines of the old file: changed ones, or the one after which lines are put in."""

    first: int
    last: int
    added: bool = False


@dataclass(frozen=True)
class Patch:
    title: str
    body: str
    changes: dict[str, tuple[Change, ...]]
    """By the old path; files that are new are not there."""
    old: dict[str, dict[int, str]]
    """Lines of the old files as the patch has them: a tree that differs is not the one that it was made for."""

    @property
    def words(self) -> int:
        """Words of its prose."""
        return len(_WORD.findall(f"{self.title} {self.body}"))


def patch_of(text: str) -> Patch:
    """A patch of a quilt series."""
    lines = text.splitlines()
    begin = next((place for place, line in enumerate(lines) if _DIFF.match(line)), len(lines))
    title, body = _prose(lines[:begin])
    changes: dict[str, tuple[Change, ...]] = {}
    old: dict[str, dict[int, str]] = {}
    for path, hunks in _files(lines[begin:]):
        found = [change for first, hunk in hunks for change in _runs(first, hunk)]
        changes[path] = (*changes.get(path, ()), *found)
        known = old.setdefault(path, {})
        for first, hunk in hunks:
            kept = [line[1:] for line in hunk if line[:1] != "+"]
            known.update(enumerate(kept, first))
    return Patch(title, body, changes, old)


def _prose(head: Sequence[str]) -> tuple[str, str]:
    """Title and body. What goes on after `Subject:` is of the title, after `Description:` of the body."""
    title, told, free = "", list[str](), list[str]()
    into: str = ""
    for raw in head:
        line, begun = raw.rstrip(), into
        if found := _TOLD.match(line):
            into = found[1].lower()
            title, told = (title, [*told, found[2]]) if title else (found[2], told)
        elif _FIELD.match(line):
            into = "dropped"
        elif line.startswith((" ", "\t")) and line.strip() and begun:
            title += f" {line.strip()}" if begun == "subject" else ""
            told += ["" if line.strip() == "." else line.strip()] if begun == "description" else []
        else:
            into, free = "", [*free, line]
    said = [line for line in [*told, *free] if not (_STAT.match(line) or _LOG.match(line) or _ORIGIN.search(line))]
    body = "\n".join(said).strip()
    title = _TAG.sub("", str(make_header(decode_header(title)))).strip()
    return (title, body) if title else (body.partition("\n")[0].strip(), body.partition("\n")[2].strip())


def _files(lines: Sequence[str]) -> Iterator[tuple[str, list[tuple[int, list[str]]]]]:
    """Each changed file with its hunks: the first old line, and the lines of the hunk."""
    place = 0
    while place < len(lines) - 1:
        if not (lines[place].startswith("--- ") and lines[place + 1].startswith("+++ ")):
            place += 1
            continue
        path, new = lines[place][4:].split("\t")[0].strip(), lines[place + 1][4:].split("\t")[0].strip()
        place, hunks = place + 2, list[tuple[int, list[str]]]()
        while place < len(lines) and (found := _HUNK.match(lines[place])):
            many, place = int(found[2] or 1), place + 1
            hunk: list[str] = []
            while place < len(lines) and (many > 0 or lines[place][:1] in ("+", "\\")):
                if lines[place][:1] != "\\":
                    hunk.append(lines[place] or " ")
                    many -= hunk[-1][0] != "+"
                place += 1
            hunks.append((int(found[1]), hunk))
        if path != "/dev/null" and new != "/dev/null" and "/" in path and hunks:
            yield path.partition("/")[2], hunks


def _runs(first: int, hunk: Sequence[str]) -> Iterator[Change]:
    line, begin, added = first, 0, False
    for each in [*hunk, " "]:
        if each[0] == "-":
            begin = begin or line
        elif each[0] == "+":
            added = True
        else:
            if begin:
                yield Change(begin, line - 1)
            elif added:
                yield Change(max(1, line - 1), max(1, line - 1), added=True)
            begin, added = 0, False
        line += each[0] != "+"
