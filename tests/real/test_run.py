"""`vteam run` in repositories of all kinds: it leaves a branch there, prints a report, and touches nothing else."""

import hashlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.standins.messages import Conversation, MessagesStandIn, Say, Script, Use
from tests.real.children import VTEAM, Ran, environment, speaking_of, started, vteam
from tests.real.terminal import CTRL_C, on_a_terminal

WORK = Script(
    [
        [Say("I mend it."), Use("Bash", {"command": "echo 'x = 2' > a.py; git status --short", "description": "Mend"})],
        [Say("x is [bold]two[/] now, said with [/nothing] and \x1b]0;a title\x07.")],
    ]
)
IDENTITY = {"GIT_AUTHOR_NAME": "ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "ada",
            "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=folder, env=os.environ | IDENTITY, capture_output=True, check=True)
    return ran.stdout.decode().strip()


@pytest.fixture
async def model() -> AsyncIterator[MessagesStandIn]:
    """A server of one's own that speaks /v1/messages, and asks for no key."""
    messages = MessagesStandIn(WORK, api_key="")
    async with messages.serve():
        yield messages
    assert messages.violations == []


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit, and work in it that nobody has committed."""
    folder = tmp_path / "my project"
    (folder / "sub" / "folder").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=trunk")
    (folder / "a.py").write_text("x = 1\n")
    (folder / "sub" / "folder" / "b.py").write_text("y = 1\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=First")
    (folder / "a.py").write_text("x = 1  # being changed\n")
    (folder / "staged.py").write_text("z = 1\n")
    git(folder, "add", "staged.py")
    (folder / "untracked.txt").write_text("mine\n")
    return folder


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    path = tmp_path / "Flaky Test.md"
    path.write_text("# The login test is flaky\n\nx should be two.\n")
    return path


def work_tree(folder: Path) -> dict[str, str]:
    """All that a person has checked out, with the index, but without what else is in .git."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts]
    index = Path(git(folder, "rev-parse", "--path-format=absolute", "--git-path", "index"))
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in [*files, index]}


def state(folder: Path) -> tuple[object, ...]:
    return work_tree(folder), git(folder, "rev-parse", "HEAD"), git(folder, "status", "--porcelain=v1", "--branch")


async def run_in(repository: Path, issue: Path, model: MessagesStandIn, *more: str) -> Ran:
    home = issue.parent / "home"
    options = ("--repo", str(repository), "--issue", str(issue), "--model-url", model.url, "--model", "scripted")
    ran = await vteam("run", *options, *more, env=environment(home), cwd=issue.parent)
    assert list((home / "tmp").iterdir()) == []
    assert speaking_of(str(home)) == []
    return ran


def new_branch(repository: Path) -> str:
    [branch] = [name for name in git(repository, "branch", "--format=%(refname:short)").split() if "vteam/" in name]
    return branch


@pytest.mark.long
async def test_it_leaves_a_branch_and_prints_the_report(repository: Path, issue: Path, model: MessagesStandIn) -> None:
    before = state(repository)
    ran = await run_in(repository, issue, model)
    assert ran.code == 0, ran
    assert state(repository) == before, "the work tree and the index are as they were"
    branch = new_branch(repository)
    assert branch.startswith("vteam/fix-flaky-test-")
    assert git(repository, "show", f"{branch}:a.py") == "x = 2"
    assert git(repository, "diff", "--name-only", f"trunk...{branch}") == "a.py", "what is not committed is not in it"
    for words in ("Completed: Done.", f"Branch {branch}", "-x = 1", "+x = 2", "32,000 tokens", "■", "$0.0000, 2 turns"):
        assert words in ran.out, ran.out
    assert "x is [bold]two[/] now, said with [/nothing] and \N{REPLACEMENT CHARACTER}]0;a title" in ran.out
    assert "\x1b]0;" not in ran.out
    assert "x should be two." in str(model.requests[0]["messages"][0])


@pytest.mark.long
async def test_the_same_again_leaves_the_first_branch_alone_and_another_beside_it(
    repository: Path, issue: Path, model: MessagesStandIn
) -> None:
    await run_in(repository, issue, model)
    first = new_branch(repository)
    stood = git(repository, "rev-parse", first)
    ran = await run_in(repository, issue, model)
    assert ran.code == 0, ran
    branches = [name for name in git(repository, "branch", "--format=%(refname:short)").split() if "vteam/" in name]
    assert len(branches) == 2
    assert git(repository, "rev-parse", first) == stood


@pytest.mark.long
async def test_the_agent_sees_what_is_committed_and_nothing_else_of_the_folder(repository: Path, issue: Path) -> None:
    tries = (
        f"cd '{repository}'; ls; cat untracked.txt; cat a.py; echo no > a.py; echo no > .git/description; echo tried"
    )
    messages = MessagesStandIn(Script([[Use("Bash", {"command": tries, "description": "Look"})], [Say("I looked.")]]))
    before = state(repository)
    async with messages.serve():
        messages.api_key = ""
        ran = await run_in(repository, issue, messages)
    assert ran.code == 0, ran
    [result] = Conversation(messages.requests[-1]).results
    assert "tried" in result.text
    assert result.text.count("Permission denied") == 5, result.text
    assert state(repository) == before


def bare(repository: Path) -> Path:
    git(repository, "clone", "--quiet", "--bare", ".", "../bare.git")
    return repository.parent / "bare.git"


def worktree(repository: Path) -> Path:
    git(repository, "worktree", "add", "--quiet", "-b", "side", "../a worktree")
    return repository.parent / "a worktree"


def subfolder(repository: Path) -> Path:
    """Called from within, with no branch checked out."""
    git(repository, "checkout", "--quiet", "--detach")
    return repository / "sub" / "folder"


def shared(repository: Path) -> Path:
    """Its objects are in another repository."""
    git(repository, "clone", "--quiet", "--shared", ".", "../shared")
    return repository.parent / "shared"


@pytest.mark.long
@pytest.mark.parametrize("kind", [bare, worktree, subfolder, shared])
async def test_it_works_in_a_repository_that_is(
    repository: Path, issue: Path, model: MessagesStandIn, kind: object
) -> None:
    place: Path = kind(repository)  # type: ignore[operator]
    is_bare = place.name == "bare.git"
    before = None if is_bare else state(place)
    ran = await run_in(place, issue, model)
    assert ran.code == 0, ran.out + ran.err
    assert before is None or state(place) == before
    assert git(place, "show", f"{new_branch(place)}:a.py") == "x = 2"


@pytest.mark.long
async def test_a_run_from_within_the_repository_knows_where_it_is(
    repository: Path, issue: Path, model: MessagesStandIn
) -> None:
    options = ("--repo", ".", "--issue", os.path.relpath(issue, repository), "--model-url", model.url)
    env = environment(issue.parent / "home", VTEAM_MODEL="scripted")
    ran = await vteam("run", *options, "--task", "ask", env=env, cwd=repository)
    assert ran.code == 0, ran
    assert "x is [bold]two[/] now" in ran.out
    assert "vteam/" not in git(repository, "branch")


@pytest.mark.long
@pytest.mark.parametrize("how", ["ctrl-c", "SIGHUP"])
async def test_a_run_that_is_broken_off_leaves_nothing(
    repository: Path, issue: Path, model: MessagesStandIn, how: str
) -> None:
    model.pace = 5.0
    before, home = state(repository), issue.parent / "home"
    command = [str(VTEAM), "run", "--repo", str(repository), "--issue", str(issue), "--model-url", model.url]
    async with on_a_terminal([*command, "--model", "scripted"], env=environment(home), cwd=home) as terminal:
        await terminal.until("Thinking")
        if how == "ctrl-c":
            terminal.type(CTRL_C)
        else:
            terminal.process.send_signal(getattr(signal, how))
        assert await terminal.ended() == 128 + {"ctrl-c": 2, "SIGHUP": 1}[how]
    assert "Traceback" not in terminal.text
    assert state(repository) == before
    assert list((home / "tmp").iterdir()) == []
    assert speaking_of(str(home)) == []


@pytest.mark.long
async def test_a_model_that_says_no_ends_the_run_with_words(
    repository: Path, issue: Path, model: MessagesStandIn
) -> None:
    model.api_key = "another-key"
    ran = await run_in(repository, issue, model)
    assert ran.code == 1
    assert "Failed: The agent could not finish" in ran.out
    assert "Traceback" not in ran.out + ran.err


# --- what cannot begin


async def refused(tmp_path: Path, *arguments: str, **env: str) -> str:
    """The one line that is said, with exit status 2."""
    ran = await vteam("run", *arguments, env=environment(tmp_path, **env), cwd=tmp_path)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran
    return ran.err.strip()


async def test_without_a_model_it_says_what_to_set(tmp_path: Path, repository: Path, issue: Path) -> None:
    said = await refused(tmp_path, "--repo", str(repository), "--issue", str(issue))
    assert "ANTHROPIC_API_KEY" in said
    assert "--model-url" in said


@pytest.mark.long
async def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, repository: Path, issue: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "empty.md").write_text(" \n")
    good = ("--repo", str(repository), "--issue", str(issue))
    assert (await refused(tmp_path, *good[2:], "--repo", "plain")).endswith("plain: not a git repository")
    assert (await refused(tmp_path, *good[2:], "--repo", "nowhere")).endswith("nowhere: there is no such folder")
    assert (await refused(tmp_path, *good[:2], "--issue", "none.md")) == "--issue none.md: No such file or directory"
    assert (await refused(tmp_path, *good[:2], "--issue", "plain")) == "--issue plain: Is a directory"
    assert (await refused(tmp_path, *good[:2], "--issue", "empty.md")) == "--issue empty.md: the file is empty"
    assert (await refused(tmp_path, *good, "--task", "sing")) == "--task sing: one of run, fix, plan, review, ask"
    assert "VTEAM_PORT" in await refused(tmp_path, *good, VTEAM_PORT="eighty")


async def test_a_repository_without_a_commit_is_named(tmp_path: Path, issue: Path) -> None:
    git(tmp_path, "init", "--quiet", "new")
    said = await refused(tmp_path, "--repo", "new", "--issue", str(issue))
    assert said == "--repo new: the repository has no commit yet"


async def test_a_missing_option_is_a_usage_error(tmp_path: Path) -> None:
    async with started("run", env=environment(tmp_path), cwd=tmp_path) as process:
        _, said = await process.communicate()
    assert process.returncode == 2
    assert b"--repo" in said
