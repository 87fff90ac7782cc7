"""The references of a bare repository, read from its files: asked for at each turn, and a process for each would tell.

Called by `git.BareRepository`; it writes nothing. What git has packed stands in `packed-refs`, what it has not in a
file of the reference's own name, which counts.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ID = re.compile(r"[0-9a-f]{40}")


def read_refs(repository: Path, prefix: str) -> dict[str, str]:
    """Name → id of the reference of this name and of those below it, by name; as `git for-each-ref` lists them."""
    found = dict(_packed(repository)) | dict(_loose(repository, prefix))
    return {name: found[name] for name in sorted(found) if name == prefix or name.startswith(f"{prefix}/")}


def _packed(repository: Path) -> Iterator[tuple[str, str]]:
    with suppress(FileNotFoundError):
        for line in (repository / "packed-refs").read_text("utf-8").splitlines():
            sha, _, name = line.partition(" ")
            if ID.fullmatch(sha):  # not the head of the file, and not what an annotated tag names
                yield name, sha


def _loose(repository: Path, prefix: str) -> Iterator[tuple[str, str]]:
    if ".." in prefix.split("/"):  # no name of a reference, and no way to other files
        return
    place = repository / prefix
    files = [place] if place.is_file() else [Path(at, name) for at, _, names in os.walk(place) for name in names]
    for file in files:
        with suppress(FileNotFoundError):  # deleted meanwhile
            sha = file.read_text("utf-8").strip()
            if ID.fullmatch(sha) and file.suffix != ".lock":
                yield file.relative_to(repository).as_posix(), sha
