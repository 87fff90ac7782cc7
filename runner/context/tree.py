"""Reads a repository's work tree: its paths, and the text of a file.

The only room of the context that does I/O. It never follows a link, never leaves the folder, and never raises for what
a hostile repository may hold: what cannot be read is not there.
"""

import os
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_PATHS = 50_000
MOST_BYTES = 512 * 1024
_SKIPPED = {".git", "node_modules", ".venv", "__pycache__", ".tox", ".mypy_cache"}


@dataclass(frozen=True)
class Tree:
    """A folder as it was when it was listed: paths relative to it, in order, regular files only."""

    root: Path
    paths: tuple[str, ...]

    def text(self, path: str) -> str | None:
        """The text of a listed file, or None where it is binary, too large, or not to be read."""
        place = bisect_left(self.paths, path)
        if place == len(self.paths) or self.paths[place] != path:
            return None
        return _read(self.root / path)


def listed(root: Path) -> Tree:
    """The tree below a folder; an empty one where there is no such folder."""
    paths = []
    for path in _walk(root, ""):
        paths.append(path)
        if len(paths) == MOST_PATHS:
            break
    return Tree(root, tuple(sorted(paths)))


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if not _is_text(entry.name):
            continue
        if entry.is_file(follow_symlinks=False):
            yield prefix + entry.name
        elif entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED:
            yield from _walk(folder / entry.name, f"{prefix}{entry.name}/")


def _is_text(name: str) -> bool:
    """A name that is no UTF-8, or has a line break in it, is named nowhere."""
    return name.isprintable() and not any("\ud800" <= letter <= "\udfff" for letter in name)


def _read(path: Path) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES or b"\0" in data[:8192]:
        return None
    return data.decode("utf-8", "replace")
