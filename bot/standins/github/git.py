"""One bare git repository on disk, driven by the git command. REST, the verbs and the page read and write through it.

Every call is one short-lived process, ended before the call returns. No configuration of the machine is read.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.standins.github.hook import PRE_RECEIVE
from bot.standins.github.refs import ID, read_refs

ZERO = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The id that git gives to a tree with nothing in it: a first commit is compared with it."""
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
    """`sha` is the blob's after the change, or before it for a file that went."""

    path: str
    status: str
    additions: int
    deletions: int
    sha: str


@dataclass(frozen=True, kw_only=True)
class TreeEntry:
    """One line of `git ls-tree`. `size` is 0 for what is not a blob."""

    mode: str
    kind: str
    sha: str
    size: int
    path: str


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


COMMITS = re.compile(r"[0-9a-f]{40}(?:\.{2,3}[0-9a-f]{40})?")
"""One commit by its id, or a span between two."""


class BareRepository:
    """A bare repository at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.receiving = asyncio.Lock()
        self._told: dict[tuple[str, ...], str] = {}

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
        pipe, fed = asyncio.subprocess.PIPE, asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            "git", *arguments, cwd=self.path, env=environment(self.path), stdin=fed, stdout=pipe, stderr=pipe
        )
        try:
            out, err = await process.communicate(stdin or None)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, out, err

    async def text(self, *arguments: str) -> str:
        return (await self.run(*arguments)).decode(errors="replace").strip()

    async def _of_commits(self, *arguments: str) -> str:
        """`text`, asked of git once where the last argument names commits by their ids: that never changes."""
        if not COMMITS.fullmatch(arguments[-1]):
            return await self.text(*arguments)
        if arguments not in self._told:
            self._told[arguments] = await self.text(*arguments)
        return self._told[arguments]

    async def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag or id names, or None. A name that looks like an option names nothing."""
        if revision.startswith("-") or not revision:
            return None
        if tip := await self.branch(revision):
            return tip
        if ID.fullmatch(revision) and not await self.refs(f"refs/tags/{revision}"):
            return await self._yes("rev-parse", "--verify", "--quiet", revision + "^{commit}", lasts=True)
        for candidate in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            code, out, _ = await self._process(("rev-parse", "--verify", "--quiet", candidate + "^{commit}"), b"")
            if code == 0:
                return out.decode().strip()
        return None

    async def branch(self, name: str) -> str | None:
        return (await self.refs(f"refs/heads/{name}")).get(f"refs/heads/{name}")

    async def refs(self, prefix: str = "refs/heads") -> dict[str, str]:
        return read_refs(self.path, prefix)

    async def set_ref(self, ref: str, sha: str) -> None:
        await self.run("update-ref", ref, sha)

    async def fetch(self, other: BareRepository, refspec: str) -> None:
        """Brings references, or one commit by its id, with all that belongs to them, from another repository here."""
        await self.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(other.path.resolve()), refspec)

    async def commit_facts(self, sha: str) -> CommitFacts:
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
        parts = (await self._of_commits("show", "--no-patch", f"--format={form}", sha)).split("\0")
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
        return (await self._of_commits("rev-list", "--reverse", f"--max-count={limit}", span)).split()

    async def changes(self, span: str) -> list[FileChange]:
        """The files that differ, with added and removed lines (0 for binary ones)."""
        raw = (await self._of_commits("diff", "--no-renames", "--raw", "--no-abbrev", "-z", span)).strip("\0")
        counts = (await self._of_commits("diff", "--no-renames", "--numstat", "-z", span)).strip("\0")
        fields = raw.split("\0") if raw else []
        facts = dict(zip(fields[1::2], fields[0::2], strict=True))
        return [_file_change(line, facts) for line in counts.split("\0") if line]

    async def patches(self, span: str) -> dict[str, str]:
        """Path → its hunks, from the first `@@` on. Binary files have none."""
        form = ("-c", "core.quotePath=false", "diff", "--no-renames", "--no-color", "--no-ext-diff")
        parts = re.split(r"^diff --git a/", (await self.run(*form, span)).decode(errors="replace"), flags=re.MULTILINE)
        return dict(pair for part in parts[1:] if (pair := _patch(part)))

    async def diff(self, span: str) -> str:
        return (await self.run("diff", "--no-color", "--no-ext-diff", span)).decode(errors="replace")

    async def file(self, revision: str, path: str) -> bytes | None:
        code, out, _ = await self._process(("cat-file", "blob", f"{revision}:{path}"), b"")
        return out if code == 0 else None

    async def tree(self, revision: str) -> list[str]:
        listing = await self.text("ls-tree", "-r", "-z", "--name-only", revision)
        return [name for name in listing.split("\0") if name]

    async def entries(self, revision: str, path: str) -> list[TreeEntry] | None:
        """What lies in the directory ("" is the root), or None where there is no directory of that name."""
        code, out, _ = await self._process(("ls-tree", "-l", "-z", f"{revision}:{path}"), b"")
        if code != 0:
            return None
        prefix = f"{path}/" if path else ""
        return [_tree_entry(line, prefix) for line in out.decode(errors="replace").split("\0") if line]

    async def merge_base(self, one: str, other: str) -> str | None:
        return await self._yes("merge-base", one, other, lasts=_are_ids(one, other))

    async def merged_tree(self, base: str, head: str) -> str | None:
        """The tree of the merge, or None when it conflicts."""
        written = await self._yes("merge-tree", "--write-tree", base, head, lasts=_are_ids(base, head))
        return written.split()[0] if written else None

    async def _yes(self, *arguments: str, lasts: bool) -> str | None:
        """What git says, or None where it says no. `lasts`: it is asked by ids, and a yes is one for ever."""
        if arguments in self._told:
            return self._told[arguments]
        code, out, _ = await self._process(arguments, b"")
        said = out.decode().strip() if code == 0 else None
        if said is not None and lasts:
            self._told[arguments] = said
        return said


def _are_ids(*revisions: str) -> bool:
    return all(map(ID.fullmatch, revisions))


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


def _file_change(line: str, facts: Mapping[str, str]) -> FileChange:
    added, removed, path = line.split("\t", 2)
    _, _, before, after, letter = facts[path].split(" ")
    word = {"A": "added", "D": "removed"}.get(letter[0], "modified")
    return FileChange(
        path=path,
        status=word,
        additions=int(added) if added.isdigit() else 0,
        deletions=int(removed) if removed.isdigit() else 0,
        sha=before if word == "removed" else after,
    )


def _patch(part: str) -> tuple[str, str] | None:
    """`part` starts with `PATH b/PATH`: without renames both are the same."""
    names, _, rest = part.partition("\n")
    start = rest.find("@@ ")
    return (names[: (len(names) - 3) // 2], rest[start:].rstrip("\n")) if start >= 0 else None


def _tree_entry(line: str, prefix: str) -> TreeEntry:
    facts, _, name = line.partition("\t")
    mode, kind, sha, size = facts.split()
    return TreeEntry(mode=mode, kind=kind, sha=sha, size=int(size) if size.isdigit() else 0, path=prefix + name)


def _in_utc(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
