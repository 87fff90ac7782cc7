"""Whatever the agent makes of its repository, its work comes back as commits above the pinned one."""

import os
import shutil
from pathlib import Path

import pytest

from runner.bundles import Keeper, Kept
from runner.git import Git, GitFailed
from runner.report import commit_message
from runner.workspace import Patience, prepare
from tests.runner.repositories import Repository, git, hardened_git, make_repository, order_for, ordered

HOSTILE_NAMES = ["-rf", "a b", "ünï", "quote'\"", "$(touch HIT)", "new\nline", "--output=x", ":(top)magic", "*.py"]


class Story:
    """A repository, its clone in a workspace, and its keeper."""

    def __init__(self, folder: Path, git: Git, origin: Repository) -> None:
        self.folder = folder
        self.origin = origin
        self.order = ordered(origin)
        self.clone = folder / "workspace" / self.order.name
        self.keeper = Keeper(self.order, self.clone, folder / "tmp", git, "What was left over")

    def git(self, *arguments: str) -> str:
        return git(self.clone, *arguments)

    async def kept(self) -> Kept:
        return await self.keeper.bundled(await self.keeper.keep(mend=True), self.folder / "tmp")

    async def taken(self) -> str:
        """The commit as it arrives in the repository it was cloned from."""
        kept = await self.kept()
        assert kept.bundle is not None
        commit = self.origin.take(kept.bundle.read_bytes())
        assert commit == kept.head
        self.origin.git("merge-base", "--is-ancestor", self.order.commit, commit)
        return commit

    def files(self, commit: str) -> list[str]:
        return self.origin.git("ls-tree", "-r", "-z", "--name-only", commit).split("\0")[:-1]


@pytest.fixture
def hardened(tmp_path: Path) -> Git:
    return hardened_git(tmp_path)


@pytest.fixture
async def story(tmp_path: Path, hardened: Git) -> Story:
    origin = make_repository(tmp_path / "origin", {"a.py": "a\n", "b.py": "b\n", ".gitignore": "secret.env\n"})
    origin.commit({"c.py": "c\n"})
    told = Story(tmp_path, hardened, origin)
    await prepare([told.order], tmp_path / "workspace", git=hardened, patience=Patience(1))
    return told


async def test_nothing_done_is_no_work(story: Story) -> None:
    kept = await story.kept()
    assert (kept.head, kept.commits, kept.bundle) == (story.order.commit, 0, None)


async def test_commits_and_what_was_not_committed_come_back_and_ignored_files_do_not(story: Story) -> None:
    (story.clone / "a.py").write_text("agent\n")
    story.git("commit", "--quiet", "--all", "-m", "Mine")
    (story.clone / "new.py").write_text("new\n")
    (story.clone / "b.py").unlink()
    (story.clone / "secret.env").write_text("no\n")
    (story.clone / "__pycache__").mkdir()
    (story.clone / "__pycache__/a.pyc").write_text("no\n")
    before = story.git("status", "--porcelain")
    commit = await story.taken()
    assert story.files(commit) == [".gitignore", "a.py", "c.py", "new.py"]
    log = story.origin.git("log", "--format=%an:%s", f"{story.order.commit}..{commit}").splitlines()
    assert log == ["vTeam bot:What was left over", "A person:Mine"]
    assert story.git("status", "--porcelain") == before
    assert (await story.keeper.keep(mend=True)).commits == 2


async def test_work_on_another_branch_comes_back(story: Story) -> None:
    story.git("checkout", "--quiet", "-b", "elsewhere")
    (story.clone / "a.py").write_text("agent\n")
    story.git("commit", "--quiet", "--all", "-m", "Mine")
    commit = await story.taken()
    assert commit == story.git("rev-parse", "elsewhere").strip()
    story.git("checkout", "--quiet", "vteam/work")
    assert await story.taken() == commit


async def test_rewritten_history_comes_back_as_one_commit_above_the_pinned_one(story: Story) -> None:
    (story.clone / "a.py").write_text("agent\n")
    story.git("commit", "--quiet", "--all", "--amend", "-m", "Amended")
    commit = await story.taken()
    assert story.origin.git("rev-list", "--count", f"{story.order.commit}..{commit}").strip() == "1"
    assert story.origin.show(commit, "a.py") == "agent\n"
    story.git("checkout", "--quiet", "--orphan", "orphan")
    story.git("commit", "--quiet", "-m", "Orphan")
    assert story.files(await story.taken()) == story.files(commit)


async def test_a_lost_git_folder_costs_no_work(story: Story) -> None:
    (story.clone / "a.py").write_text("agent\n")
    shutil.rmtree(story.clone / ".git")
    commit = await story.taken()
    assert story.origin.show(commit, "a.py") == "agent\n"
    assert story.files(commit) == [".gitignore", "a.py", "b.py", "c.py"]
    shutil.rmtree(story.clone)
    assert story.files(await story.taken()) == []


async def test_a_broken_git_folder_costs_no_work_and_is_left_alone_while_the_agent_works(story: Story) -> None:
    (story.clone / "a.py").write_text("agent\n")
    for broken in (".git/config", ".git/HEAD"):
        (story.clone / broken).write_text("[broken\n")
        with pytest.raises(GitFailed):
            await story.keeper.keep(mend=False)
        assert (story.clone / broken).read_text() == "[broken\n"
        assert story.origin.show(await story.taken(), "a.py") == "agent\n"
    story.git("config", "core.bare", "true")
    assert story.origin.show(await story.taken(), "a.py") == "agent\n"


async def test_a_git_folder_that_points_elsewhere_is_not_followed(story: Story, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other", {"private.txt": "private\n"})
    shutil.rmtree(story.clone / ".git")
    (story.clone / ".git").symlink_to(other.path / ".git")
    (story.clone / "a.py").write_text("agent\n")
    assert "private.txt" not in story.files(await story.taken())
    story.git("config", "core.worktree", str(other.path))
    assert "private.txt" not in story.files(await story.taken())


async def test_names_that_look_like_something_else_are_names(story: Story) -> None:
    for name in HOSTILE_NAMES:
        (story.clone / name).write_text("x\n")
    (story.clone / os.fsdecode(b"\xff\xfe")).write_text("x\n")
    files = set(story.files(await story.taken()))
    assert files >= {*HOSTILE_NAMES, os.fsdecode(b"\xff\xfe")}
    assert not list(story.folder.rglob("HIT"))


async def test_links_come_back_as_links_and_nested_repositories_not_at_all(story: Story, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("private\n")
    (story.clone / "link").symlink_to(tmp_path / "outside")
    nested = make_repository(story.clone / "nested", {"inner.py": "x\n"})
    commit = await story.taken()
    assert story.origin.show(commit, "link") == str(tmp_path / "outside")
    assert "nested" not in story.files(commit)
    assert nested.head


async def test_a_half_done_merge_and_a_locked_index_come_back_too(story: Story) -> None:
    for branch, text in (("one", "1\n"), ("two", "2\n")):
        story.git("checkout", "--quiet", "-b", branch, story.order.commit)
        (story.clone / "a.py").write_text(text)
        story.git("commit", "--quiet", "--all", "-m", branch)
    with pytest.raises(AssertionError):
        story.git("merge", "one")
    (story.clone / ".git/index.lock").write_text("")
    assert "<<<<<<<" in story.origin.show(await story.taken(), "a.py")
    (story.clone / ".git/index.lock").unlink()
    (story.clone / ".git/index").write_bytes(b"DIRC broken")
    assert "<<<<<<<" in story.origin.show(await story.taken(), "a.py")


async def test_what_a_repository_would_have_run_is_not_run(story: Story) -> None:
    hit = f"touch {story.folder}/HIT"
    for name in ("core.fsmonitor", "core.sshCommand", "diff.external"):
        story.git("config", name, hit)
    hook = story.clone / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{hit}\n")
    hook.chmod(0o755)
    (story.clone / "a.py").write_text("agent\n")
    await story.taken()
    assert not (story.folder / "HIT").exists()


async def test_an_empty_repository_can_be_filled(tmp_path: Path, hardened: Git) -> None:
    story = Story(tmp_path, hardened, make_repository(tmp_path / "origin", {}))
    await prepare([story.order], tmp_path / "workspace", git=hardened, patience=Patience(1))
    (story.clone / "first.py").write_text("x\n")
    assert story.files(await story.taken()) == ["first.py"]


def test_the_commit_says_what_was_asked_and_by_whom_and_nothing_else() -> None:
    order = order_for(
        title="Sums\nare wrong <!-- evil -->", request="fix\nit", co_author="A <a@b.c>\nSigned-off-by: me"
    )
    assert commit_message(order) == "Sums are wrong\n\nfix it\n\nSession: team/one"
    good = order.model_copy(update={"co_author": "Ann O'Neil <1+ann@users.noreply.github.com>"})
    assert commit_message(good).endswith("\nCo-authored-by: Ann O'Neil <1+ann@users.noreply.github.com>")
