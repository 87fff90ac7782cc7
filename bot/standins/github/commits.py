"""Writes commits into a bare repository with one `git fast-import`: first commits, a person's pushes, merges.

Called by the verbs and the merge; it never touches a work tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.standins.github.git import BareRepository, Person

LEFT_OUT = {".git", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


@dataclass(frozen=True)
class FileContent:
    data: bytes
    executable: bool = False
    link: bool = False
    """Whether it is a symbolic link; its data is where it points."""


Files = Mapping[str, FileContent | bytes | str | None]


@dataclass(frozen=True, kw_only=True)
class NewCommit:
    """`files` maps a path to its new content, or to None for a file that goes."""

    files: Files
    message: str
    author: Person
    at: datetime


def files_of(directory: Path) -> dict[str, FileContent]:
    """The files below a directory as they are, without caches and git's own folder."""
    found = (path for path in sorted(directory.rglob("*")) if path.is_file())
    kept = (path for path in found if not LEFT_OUT & set(path.relative_to(directory).parts))
    return {
        path.relative_to(directory).as_posix(): FileContent(path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in kept
    }


async def commit(repository: BareRepository, branch: str, new: NewCommit, *, parent: str | None) -> str:
    """Puts one commit on the branch (made from `parent`) and returns its id."""
    await repository.run("fast-import", "--quiet", "--force", stdin=import_stream(branch, new, parent))
    tip = await repository.branch(branch)
    assert tip is not None, "the import has made it"
    return tip


def import_stream(branch: str, new: NewCommit, parent: str | None) -> bytes:
    who = f"{new.author.name} <{new.author.email}> {int(new.at.timestamp())} +0000"
    lines = [f"commit refs/heads/{branch}\nauthor {who}\ncommitter {who}\n".encode(), _data(new.message.encode())]
    if parent:
        lines.append(f"from {parent}\n".encode())
    lines += [_file(path, content) for path, content in new.files.items()]
    return b"".join(lines)


def _file(path: str, content: FileContent | bytes | str | None) -> bytes:
    if content is None:
        return f"D {path}\n".encode()
    if isinstance(content, str):
        content = content.encode()
    if isinstance(content, bytes):
        content = FileContent(content)
    mode = "120000" if content.link else "100755" if content.executable else "100644"
    return f"M {mode} inline {path}\n".encode() + _data(content.data)


def _data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content + b"\n"


async def merge(repository: BareRepository, base_ref: str, head: str, message: NewCommit) -> str | None:
    """A merge commit of `head` on the base branch, or None when it conflicts. `message.files` is not read."""
    base = (await repository.refs(f"refs/heads/{base_ref}"))[f"refs/heads/{base_ref}"]
    tree = await repository.merged_tree(base, head)
    if tree is None:
        return None
    person = message.author
    who = ["-c", f"user.name={person.name}", "-c", f"user.email={person.email}"]
    sha = await repository.text(*who, "commit-tree", tree, "-p", base, "-p", head, "-m", message.message)
    await repository.set_ref(f"refs/heads/{base_ref}", sha)
    return sha
