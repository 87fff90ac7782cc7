"""Turns what the agent left in a repository into commits on top of the pinned one, and those into a git bundle.

Called by `report.py`, at the end and for checkpoints while the agent works; so it never touches the agent's index,
branches or files: it writes objects, and a bundle from a bare repository of its own that borrows them. What the agent
may do to its repository (another branch, rewritten history, a lost `.git`) costs no work.
"""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from crds.result import Work
from crds.work_order import OrderedRepository
from runner.git import BOT_ADDRESS, BOT_NAME, Git, GitFailed
from runner.workspace import WORK_BRANCH, discard, fetch

HEAD_REF = f"refs/heads/{WORK_BRANCH}"
"""The one ref in a bundle; it is `Work.head`."""


@dataclass(frozen=True)
class Kept:
    """A repository's work: `head` equals `base` where there is none."""

    repository: OrderedRepository
    head: str
    commits: int = 0
    bundle: Path | None = None

    def described(self) -> Work:
        """The work as it stands in the result document."""
        return Work(
            repository=self.repository.name,
            base=self.repository.commit,
            head=self.head,
            commits=self.commits,
            bundle=self.bundle is not None,
        )


@dataclass(frozen=True)
class Keeper:
    """Keeps the work of one repository."""

    repository: OrderedRepository
    folder: Path
    tmp: Path
    git: Git
    message: str
    """Of the commit that takes in what the agent did not commit."""

    async def keep(self, *, mend: bool) -> Kept:
        """The commits above the pinned one, without a bundle. Raises GitFailed.

        `mend` permits to begin its `.git` anew where it is lost or broken: for the end, when nobody works there.
        """
        try:
            return await self._kept()
        except GitFailed:
            if not mend:
                raise
        await self._mend()
        return await self._kept()

    async def _kept(self) -> Kept:
        if not _is_repository(self.folder):
            raise GitFailed("its .git is gone")
        scratch = Path(mkdtemp(prefix="index-", dir=self.tmp))
        try:
            head = await self._committed(await self._agents_head(), scratch / "index")
            count = await self._git("rev-list", "--count", f"{self.repository.commit}..{head}")
            return Kept(self.repository, head, int(count))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    async def _agents_head(self) -> str:
        """Where the agent stands; the pinned commit where that is nowhere."""
        try:
            return (await self._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")).strip()
        except GitFailed:
            return self.repository.commit

    async def _committed(self, head: str, index: Path) -> str:
        """A commit above the pinned one that has all: the agent's commits and what it did not commit."""
        base = self.repository.commit
        tree = await self._work_tree(head, index)
        if tree == await self._tree(base) and head == base:
            return await self._left_elsewhere()
        above = await self._is_above(head)
        if above and tree == await self._tree(head):
            return head
        if tree == await self._tree(base) and not above:
            return base
        # History that no longer stands on the pinned commit is put on it as one commit.
        return await self._commit(tree, head if above else base)

    async def _left_elsewhere(self) -> str:
        """The newest work on a branch that the agent has gone back from; the pinned commit where there is none."""
        refs = await self._git("for-each-ref", "--sort=-committerdate", "--format=%(objectname)", "refs/heads")
        for commit in dict.fromkeys(refs.split()):
            if commit != self.repository.commit and await self._is_above(commit):
                return commit
        return self.repository.commit

    async def _is_above(self, head: str) -> bool:
        try:
            await self._git("merge-base", "--is-ancestor", self.repository.commit, head)
        except GitFailed:
            return False
        return True

    async def _work_tree(self, head: str, index: Path) -> str:
        """The tree of all files that git does not ignore, written with an index of our own."""
        theirs = self.folder / ".git" / "index"
        variables = {"GIT_INDEX_FILE": str(index)}
        if theirs.is_file() and not theirs.is_symlink() and await self._stands_on(head):
            # Their index knows which files are unchanged; without it each file would be read again.
            shutil.copyfile(theirs, index)
        try:
            await self._git("add", "--all", "--ignore-errors", "--", ".", **variables)
        except GitFailed:
            # A lock or a broken index of theirs: with `read-tree` ours is written anew.
            await self._git("read-tree", head, **variables)
            await self._git("add", "--all", "--ignore-errors", "--", ".", **variables)
        await self._without_new_gitlinks(head, variables)
        return (await self._git("write-tree", **variables)).strip()

    async def _stands_on(self, head: str) -> bool:
        try:
            return (await self._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")).strip() == head
        except GitFailed:
            return False

    async def _without_new_gitlinks(self, head: str, variables: dict[str, str]) -> None:
        """A repository that the agent cloned inside the work tree is no submodule of ours."""
        raw = await self._git("diff-index", "--cached", "--raw", "-z", "--no-renames", head, **variables)
        fields = raw.split("\0")
        links = [
            path
            for what, path in zip(fields[::2], fields[1::2], strict=False)
            if what.split(" ")[1:2] == ["160000"] and not what.startswith(":160000")
        ]
        for path in links:
            await self._git("update-index", "--force-remove", "--", path, **variables)

    async def _tree(self, commit: str) -> str:
        return (await self._git("rev-parse", f"{commit}^{{tree}}")).strip()

    async def _commit(self, tree: str, parent: str) -> str:
        who = {
            "GIT_AUTHOR_NAME": BOT_NAME,
            "GIT_AUTHOR_EMAIL": BOT_ADDRESS,
            "GIT_COMMITTER_NAME": BOT_NAME,
            "GIT_COMMITTER_EMAIL": BOT_ADDRESS,
        }
        return (await self._git("commit-tree", tree, "-p", parent, "-m", self.message, **who)).strip()

    async def _mend(self) -> None:
        """The pinned commit anew beside the files that the agent left. Raises GitFailed."""
        discard(self.folder / ".git")
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.git.run("init", "--quiet", "--template=", "--", str(self.folder), cwd=self.folder.parent)
        await self.git.run("remote", "add", "origin", "--", self.repository.url, cwd=self.folder)
        await fetch(self.repository, self.folder, git=self.git)
        await self.git.run("update-ref", "--no-deref", "HEAD", self.repository.commit, cwd=self.folder)
        await self.git.run("read-tree", self.repository.commit, cwd=self.folder)

    async def bundled(self, kept: Kept, folder: Path) -> Kept:
        """The work with its bundle, BASE..HEAD, written into `folder`. Raises GitFailed."""
        if kept.commits == 0:
            return kept
        bare = Path(mkdtemp(prefix="bundle-", dir=self.tmp))
        try:
            await self.git.run("init", "--quiet", "--bare", "--template=", "--", str(bare), cwd=self.tmp)
            self._borrow(bare)
            file = folder / f"{self.repository.name}.bundle"
            await self.git.run("update-ref", HEAD_REF, kept.head, cwd=bare)
            bundle = ("bundle", "create", "--quiet", str(file), f"{self.repository.commit}..{HEAD_REF}")
            await self.git.run(*bundle, cwd=bare)
            return replace(kept, bundle=file)
        finally:
            shutil.rmtree(bare, ignore_errors=True)

    def _borrow(self, bare: Path) -> None:
        """Lets the bare repository see the objects, and know where the shallow history ends."""
        (bare / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (bare / "objects" / "info" / "alternates").write_text(f"{self.folder / '.git' / 'objects'}\n", "utf-8")
        shallow = self.folder / ".git" / "shallow"
        if shallow.is_file():
            shutil.copyfile(shallow, bare / "shallow")

    async def _git(self, *arguments: str, **variables: str) -> str:
        """git on the agent's repository; its own settings of where things are do not count."""
        where = {"GIT_DIR": str(self.folder / ".git"), "GIT_WORK_TREE": str(self.folder)}
        return await self.git.run(*arguments, cwd=self.folder, **where, **variables)


def _is_repository(folder: Path) -> bool:
    git = folder / ".git"
    return git.is_dir() and not git.is_symlink() and (git / "HEAD").is_file() and (git / "objects").is_dir()
