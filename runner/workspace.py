"""Brings the ordered repositories to their pinned commits, each in its own folder of the workspace, all at once.

Called by `session.py` before the agent runs, and by `bundles.py` to mend a repository whose `.git` the agent lost. No
secret, hook or setting is written into a repository; submodules are not fetched.
"""

import asyncio
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crds.redaction import redact
from crds.work_order import OrderedRepository
from runner.endings import PrerequisiteFailed
from runner.git import SCHEMES, Git, GitFailed

WORK_BRANCH = "vteam/work"
AT_ONCE = 4


@dataclass(frozen=True)
class Patience:
    """How a fetch that may go well later is repeated."""

    attempts: int = 4
    first_delay: float = 1.0


# What git says when asking again will not help.
_FINAL = re.compile(
    r"\bnot found\b|does not exist|does not appear to be a git repository|authentication failed|access denied"
    r"|returned error: 40[134]|could not read (username|password)|terminal prompts disabled|transport '.*' not allowed",
    re.IGNORECASE,
)
_COMMIT_REFUSED = re.compile(r"not our ref|unadvertised object|remote error: upload-pack", re.IGNORECASE)


async def prepare(
    repositories: Sequence[OrderedRepository], workspace: Path, *, git: Git, patience: Patience = Patience()
) -> None:
    """All repositories at their commits. Raises PrerequisiteFailed in words; none is left half done unnoticed."""
    check(repositories)
    make_folder(workspace)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(repository: OrderedRepository) -> None:
        async with slots:
            await _clone(repository, workspace / repository.name, git, patience)

    try:
        async with asyncio.TaskGroup() as group:
            for repository in repositories:
                group.create_task(one(repository))
    except* PrerequisiteFailed as failures:
        raise PrerequisiteFailed(str(failures.exceptions[0])) from None


def check(repositories: Sequence[OrderedRepository]) -> None:
    """Names that leave the workspace or meet, and addresses that git would not treat as one. The bot is believed,
    but a folder named `..` is never made."""
    names = [repository.name.casefold() for repository in repositories]
    for repository in repositories:
        parts = urlsplit(repository.url)
        if repository.name.strip(".") == "" or repository.name.casefold() == ".git":
            raise PrerequisiteFailed(f"the work order names a repository {repository.name!r}, which is no folder name")
        if names.count(repository.name.casefold()) > 1:
            raise PrerequisiteFailed(f"the work order names the repository {repository.name} twice")
        if parts.scheme not in SCHEMES:
            raise PrerequisiteFailed(f"the address of {repository.name} is none of {', '.join(SCHEMES)}")
        if parts.password:
            raise PrerequisiteFailed(f"the address of {repository.name} carries a password")


def make_folder(folder: Path) -> None:
    """The folder, and those above it."""
    folder.mkdir(parents=True, exist_ok=True)


async def _clone(repository: OrderedRepository, folder: Path, git: Git, patience: Patience) -> None:
    try:
        await git.run("init", "--quiet", "--template=", "--", str(folder), cwd=folder.parent)
        await git.run("remote", "add", "origin", "--", repository.url, cwd=folder)
        await fetch(repository, folder, git=git, patience=patience)
        await git.run("checkout", "--quiet", "--force", "-B", WORK_BRANCH, repository.commit, cwd=folder)
    except GitFailed as failure:
        raise PrerequisiteFailed(f"{repository.name} cannot be read: {redact(str(failure))}") from failure


async def fetch(repository: OrderedRepository, folder: Path, *, git: Git, patience: Patience = Patience()) -> None:
    """The pinned commit into an initialised repository, as little else as the server allows. Raises GitFailed."""
    delay = patience.first_delay
    for attempt in range(1, patience.attempts + 1):
        try:
            await _fetch_once(repository, folder, git)
            return
        except GitFailed as failure:
            if attempt == patience.attempts or _FINAL.search(str(failure)):
                raise
            # A fetch that was cut leaves a lock behind, and git refuses to go on beside it.
            (folder / ".git" / "shallow.lock").unlink(missing_ok=True)
            await asyncio.sleep(delay)
            delay *= 2


async def _fetch_once(repository: OrderedRepository, folder: Path, git: Git) -> None:
    quiet = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
    try:
        await git.run(*quiet, "--depth=1", "origin", repository.commit, cwd=folder)
    except GitFailed as failure:
        if not _COMMIT_REFUSED.search(str(failure)):
            raise
        # The server gives heads only (no allowReachableSHA1InWant): the branch with its history then.
        await git.run(*quiet, "origin", f"+refs/heads/{repository.branch}:refs/remotes/origin/base", cwd=folder)
        await _hold(repository, folder, git)


async def _hold(repository: OrderedRepository, folder: Path, git: Git) -> None:
    try:
        await git.run("cat-file", "-e", f"{repository.commit}^{{commit}}", cwd=folder)
    except GitFailed:
        raise GitFailed(f"commit {repository.commit[:12]} does not exist on {repository.branch} any more") from None


def discard(folder: Path) -> None:
    """Takes a folder away, whatever the agent made of it; never follows a link out of it."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
