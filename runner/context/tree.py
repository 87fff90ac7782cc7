"""Reads a repository's work tree: its paths, and the content of a file.

It never follows a link, never leaves the folder, and never raises for what a hostile repository may hold: what cannot
be read is not there. What it leaves out is counted by the rule that says so.
"""

import codecs
import os
import stat
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from crds.receipt import Trust

MOST_PATHS = 250_000
MOST_BYTES = 512 * 1024
MOST_DEEP = 100
"""Folders within folders that are followed."""
MOST_TOLD = 5
"""Paths that are kept as examples of what a rule left out."""
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SKIPPED = {
    "node_modules": "vendored", ".venv": "vendored", "__pycache__": "generated", ".tox": "generated",
    ".mypy_cache": "generated",
}  # fmt: skip


class Stat(NamedTuple):
    """What the file system says of a file: the same as long as nobody has written to it."""

    size: int
    modified: int
    changed: int
    inode: int


@dataclass
class LeftOut:
    """How many files or folders a rule left out, and some of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, path: str) -> None:
        self.count += 1
        if len(self.examples) < MOST_TOLD:
            self.examples.append(path)

    def join(self, other: "LeftOut") -> None:
        """What another look at the same rule found."""
        self.count += other.count
        self.examples += other.examples[: MOST_TOLD - len(self.examples)]


@dataclass(frozen=True)
class Tree:
    """A folder as it was when it was listed: paths relative to it, in order, regular files only."""

    root: Path
    paths: tuple[str, ...]
    stats: tuple[Stat, ...] = ()
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    """What is not listed, by rule."""

    def text(self, path: str) -> str | None:
        """The text of a listed file, or None where it is binary, too large, or not to be read."""
        data = self.source(path)
        return None if data is None or b"\0" in data[:8192] else data.decode("utf-8", "replace")

    def data(self, path: str) -> bytes | None:
        """The content of a listed file, or None where it is too large, or not to be read."""
        place = bisect_left(self.paths, path)
        if place == len(self.paths) or self.paths[place] != path:
            return None
        return _read(f"{self.root}/{path}")

    def source(self, path: str) -> bytes | None:
        """The same in UTF-8, where it is UTF-16 that says so in its first two bytes."""
        data = self.data(path)
        return data if data is None or not data.startswith(_WIDE) else _narrow(data)


def _narrow(data: bytes) -> bytes:
    return data.decode("utf-16", "replace").encode("utf-8", "replace")


@dataclass(frozen=True)
class Folder:
    """A repository's work tree, by the name that it has for the agent."""

    name: str
    tree: Tree
    own: bool = False
    """Whether it lies on its owner's machine, who answers for all of it: of a forge it may be a stranger's."""
    trust: Trust = Trust.REPOSITORY
    """Who answers for its code."""


def listed(root: Path, ignored: Set[str] = frozenset()) -> Tree:
    """The tree below a folder; an empty one where there is no such folder. `ignored`: paths that are not listed."""
    left_out: dict[str, LeftOut] = {}
    found: list[tuple[str, Stat]] = []
    for path, entry in _walk(root, left_out, ignored):
        if len(found) == MOST_PATHS:
            left_out.setdefault("beyond the first 250,000 files", LeftOut()).add(path)
            break
        seen = _stat(entry)
        if seen is not None:
            found.append((path, seen))
    found.sort(key=lambda one: one[0])
    return Tree(root, tuple(path for path, _ in found), tuple(seen for _, seen in found), left_out)


def _walk(root: Path, left_out: dict[str, LeftOut], ignored: Set[str]) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    folders = [(str(root), "", 0)]
    while folders:
        folder, prefix, depth = folders.pop()
        try:
            with os.scandir(folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except (OSError, ValueError):
            left_out.setdefault("unreadable", LeftOut()).add(_told(prefix))
            continue
        if depth and any(entry.name == ".git" for entry in inside):
            left_out.setdefault("submodule", LeftOut()).add(_told(prefix))
            continue
        deeper = []
        for entry in inside:
            why = "ignored by git" if prefix + entry.name in ignored else _why_not(entry, depth)
            if why:
                left_out.setdefault(why, LeftOut()).add(_told(prefix + entry.name))
            elif entry.is_file(follow_symlinks=False):
                yield prefix + entry.name, entry
            elif entry.name != ".git":
                deeper.append((entry.path, f"{prefix}{entry.name}/", depth + 1))
        folders += reversed(deeper)


def _why_not(entry: "os.DirEntry[str]", depth: int) -> str:
    """The rule by which an entry is left out, or nothing."""
    if not _is_text(entry.name):
        return "unprintable name"
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return _SKIPPED.get(entry.name) or ("nested too deep" if depth >= MOST_DEEP else "")
    return "" if entry.is_file(follow_symlinks=False) else "no regular file"


def _told(path: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in path)[:200]


def _is_text(name: str) -> bool:
    """A name that is no UTF-8, or has a line break in it, is named nowhere."""
    return name.isprintable()


def _stat(entry: "os.DirEntry[str]") -> Stat | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _read(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(descriptor)
        data = _all_of(descriptor, found.st_size) if stat.S_ISREG(found.st_mode) else None
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data if data is not None and len(data) <= MOST_BYTES else None


def _all_of(descriptor: int, size: int) -> bytes:
    """What is in an open file, as far as it may be read; mostly as much as it says it holds."""
    data = os.read(descriptor, min(size, MOST_BYTES) + 1)
    while (
        0 < len(data) <= MOST_BYTES and len(data) != size and (more := os.read(descriptor, MOST_BYTES + 1 - len(data)))
    ):
        data += more
    return data
