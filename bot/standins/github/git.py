"""One bare git repository on disk, driven by the git command. REST, the verbs and the page read and write through it.

Every call is one short-lived process, ended before the call returns. No configuration of the machine is read.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.standins.github.hook import PRE_RECEIVE

ZERO = "0" * 40
CONFIG = {
    "http.receivepack": "true",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "receive.hideRefs": "refs/pull",
    "receive.autogc": "false",
    "gc.auto": "0",
}


class GitError(Exception):
    """git said no; the message is what it wrote."""


@dataclass(frozen=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class CommitFacts:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    authored_at: str
    committer: Person
    committed_at: str
    message: str


@dataclass(frozen=True, kw_only=True)
class FileChange:
    path: str
    status: str
    additions: int
    deletions: int


def environment(home: Path) -> dict[str, str]:
    """What git may see of this machine: where programs are, and an empty home."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


class BareRepository:
    """A bare repository at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.receiving = asyncio.Lock()

    async def create(self, default_branch: str) -> None:
        """Makes the repository on disk, empty, configured as GitHub's are, with the hook that guards pushes."""
        _make_directory(self.path)
        await self.run("init", "--quiet", "--bare", f"--initial-branch={default_branch}", ".")
        _configure(self.path)

    async def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The output of `git <arguments>`; GitError when it fails."""
        code, out, err = await self._process(arguments, stdin)
        if code != 0:
            raise GitError(err.decode(errors="replace").strip() or f"git {arguments[0]} ended with {code}")
        return out

    async def succeeds(self, *arguments: str) -> bool:
        code, _, _ = await self._process(arguments, b"")
        return code == 0

    async def _process(self, arguments: tuple[str, ...], stdin: bytes) -> tuple[int, bytes, bytes]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            "git", *arguments, cwd=self.path, env=environment(self.path), stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            out, err = await process.communicate(stdin)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, out, err

    async def text(self, *arguments: str) -> str:
        return (await self.run(*arguments)).decode(errors="replace").strip()

    async def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag or id names, or None. A name that looks like an option names nothing."""
        if revision.startswith("-") or not revision:
            return None
        for candidate in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            code, out, _ = await self._process(("rev-parse", "--verify", "--quiet", candidate + "^{commit}"), b"")
            if code == 0:
                return out.decode().strip()
        return None

    async def branch(self, name: str) -> str | None:
        return (await self.refs(f"refs/heads/{name}")).get(f"refs/heads/{name}")

    async def refs(self, prefix: str = "refs/heads") -> dict[str, str]:
        lines = (await self.text("for-each-ref", "--format=%(objectname) %(refname)", prefix)).splitlines()
        return {name: sha for sha, name in (line.split(" ", 1) for line in lines)}

    async def set_ref(self, ref: str, sha: str) -> None:
        await self.run("update-ref", ref, sha)

    async def commit_facts(self, sha: str) -> CommitFacts:
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
        parts = (await self.text("show", "--no-patch", f"--format={form}", sha)).split("\0")
        return CommitFacts(
            sha=parts[0],
            tree=parts[1],
            parents=tuple(parts[2].split()),
            author=Person(parts[3], parts[4]),
            authored_at=_in_utc(parts[5]),
            committer=Person(parts[6], parts[7]),
            committed_at=_in_utc(parts[8]),
            message=parts[9].strip(),
        )

    async def commits(self, span: str, limit: int = 250) -> list[str]:
        """The commit ids of a span such as `a..b`, oldest first."""
        return (await self.text("rev-list", "--reverse", f"--max-count={limit}", span)).split()

    async def changes(self, span: str) -> list[FileChange]:
        """The files that differ, with added and removed lines (0 for binary ones)."""
        names = (await self.text("diff", "--no-renames", "--name-status", "-z", span)).strip("\0")
        counts = (await self.text("diff", "--no-renames", "--numstat", "-z", span)).strip("\0")
        fields = names.split("\0") if names else []
        status = dict(zip(fields[1::2], fields[0::2], strict=True))
        return [_file_change(line, status) for line in counts.split("\0") if line]

    async def diff(self, span: str) -> str:
        return (await self.run("diff", "--no-color", "--no-ext-diff", span)).decode(errors="replace")

    async def file(self, revision: str, path: str) -> bytes | None:
        code, out, _ = await self._process(("cat-file", "blob", f"{revision}:{path}"), b"")
        return out if code == 0 else None

    async def tree(self, revision: str) -> list[str]:
        listing = await self.text("ls-tree", "-r", "-z", "--name-only", revision)
        return [name for name in listing.split("\0") if name]

    async def merge_base(self, one: str, other: str) -> str | None:
        code, out, _ = await self._process(("merge-base", one, other), b"")
        return out.decode().strip() if code == 0 else None

    async def merged_tree(self, base: str, head: str) -> str | None:
        """The tree of the merge, or None when it conflicts."""
        code, out, _ = await self._process(("merge-tree", "--write-tree", base, head), b"")
        return out.decode().split()[0] if code == 0 else None


def _make_directory(path: Path) -> None:
    path.mkdir(parents=True)


def _configure(path: Path) -> None:
    with (path / "config").open("a") as config:
        for key, value in CONFIG.items():
            section, name = key.split(".")
            config.write(f"[{section}]\n\t{name} = {value}\n")
    shutil.rmtree(path / "hooks", ignore_errors=True)
    hook = path / "hooks" / "pre-receive"
    hook.parent.mkdir()
    hook.write_text(PRE_RECEIVE)
    hook.chmod(0o755)


def _file_change(line: str, status: Mapping[str, str]) -> FileChange:
    added, removed, path = line.split("\t", 2)
    word = {"A": "added", "D": "removed"}.get(status.get(path, "M")[0], "modified")
    return FileChange(
        path=path,
        status=word,
        additions=int(added) if added.isdigit() else 0,
        deletions=int(removed) if removed.isdigit() else 0,
    )


def _in_utc(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
