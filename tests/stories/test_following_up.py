"""One pull request an issue: what is asked for later adds commits to it, and nothing of anybody's is overwritten."""

import re

import pytest
from inline_snapshot import snapshot

from bot.standins.github.inspection import PullRequestView
from crds.agentic_session import Phase
from tests.house import REPOSITORY, House
from tests.played_pods import Part, PodLife, works

pytestmark = pytest.mark.long

BRANCH = "vteam/issue-1-the-login-test-is-flaky"


async def fixed(house: House, files: dict[str, str], *, number: int = 1, text: str = "Done so.") -> None:
    """A fix is asked for, done and published."""
    house.pods.part = works(files, text=text)
    await house.comment("/vteam fix it", number=number)
    await house.settle()


def only_pull(house: House) -> PullRequestView:
    [pull] = house.github.pull_requests(REPOSITORY)
    return pull


async def test_a_second_fix_adds_commits_to_the_same_pull_request(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"}, text="x is two now.")
    first = only_pull(house)
    await fixed(house, {"src/b.py": "y = 1\n"}, text="And y is one.")
    pull = only_pull(house)
    assert (pull.head, pull.title) == (first.head, first.title)
    assert await house.github.file_at(REPOSITORY, pull.head, path="src/a.py") == "x = 2\n"
    assert await house.github.file_at(REPOSITORY, pull.head, path="src/b.py") == "y = 1\n"
    assert sorted(await house.github.branches(REPOSITORY)) == ["main", BRANCH]
    shown = re.sub(r"issuecomment-\d+", "issuecomment-1", house.github.thread(REPOSITORY, pull.number))
    assert house.plain(shown) == snapshot("""\
acme/shop#2 Fix: The login test is flaky [open]

@vteam[bot] (bot):
    @ada, this is what you asked for in #1.

    Fixes #1

    > x is two now.

    **Checked:** the agent ran no test, linter or build that I know.

    Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here or on the issue with `/vteam fix` and what is to be different. Commits are added to it.

    ---

    **ada** [asked for more](https://github.test/acme/shop/issues/1#issuecomment-1), and commits were added.

    > And y is one.

    **Checked:** the agent ran no test, linter or build that I know.

@vteam[bot] (bot):
    @ada, done.

    Commits added to pull request: https://github.test/acme/shop/pull/2

    > And y is one.
""")
    assert house.thread == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@ada (collaborator):
    /vteam fix it
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/shop/pull/2

@ada (collaborator):
    /vteam fix it
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2
""")


async def test_a_command_on_the_pull_request_itself_adds_to_it(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"})
    await fixed(house, {"src/b.py": "y = 1\n"}, number=only_pull(house).number)
    assert sorted(await house.github.branches(REPOSITORY)) == ["main", BRANCH]
    assert await house.github.file_at(REPOSITORY, only_pull(house).head, path="src/b.py") == "y = 1\n"


async def test_after_a_merge_the_next_fix_has_a_branch_and_a_pull_request_of_its_own(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"})
    await house.github.merge_pull_request(REPOSITORY, only_pull(house).number, by="ada")
    await fixed(house, {"src/b.py": "y = 1\n"})
    first, second = house.github.pull_requests(REPOSITORY)
    assert (first.state, second.state) == ("merged", "open")
    assert second.head.startswith(BRANCH + "-")
    assert await house.github.file_at(REPOSITORY, second.head, path="src/a.py") == "x = 2\n"


async def test_asked_on_our_merged_pull_request_it_is_still_about_the_issue(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"})
    await house.github.merge_pull_request(REPOSITORY, only_pull(house).number, by="ada")
    await fixed(house, {"src/b.py": "y = 1\n"}, number=2)
    await fixed(house, {"src/c.py": "z = 1\n"})
    _, second = house.github.pull_requests(REPOSITORY)
    assert second.head.startswith(BRANCH + "-")
    assert await house.github.file_at(REPOSITORY, second.head, path="src/c.py") == "z = 1\n"


def meanwhile(house: House, part: Part, files: dict[str, str]) -> Part:
    """The part, and a person who pushes to the bot's branch while it is played."""

    async def played(life: PodLife) -> None:
        await life.call("GET", "/order")
        await house.github.push_commit(REPOSITORY, BRANCH, files=files, by="ada")
        await part(life)

    return played


async def test_what_somebody_pushed_meanwhile_is_not_overwritten(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"})
    house.pods.part = meanwhile(house, works({"src/b.py": "y = 1\n"}), {"src/ada.py": "mine = 1\n"})
    await house.comment("/vteam fix more of it")
    await house.settle()
    pull = only_pull(house)
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/ada.py") == "mine = 1\n"
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/b.py") is None
    [aside] = [name for name in await house.github.branches(REPOSITORY) if name not in ("main", BRANCH)]
    assert await house.github.file_at(REPOSITORY, aside, path="src/b.py") == "y = 1\n"
    assert pull.state == "open"
    assert house.thread.rsplit("@vteam[bot]", 1)[-1].replace(aside, f"{BRANCH}-123456") == snapshot("""\
 (bot):
    @ada, done.

    `vteam/issue-1-the-login-test-is-flaky` holds other work by now, which I do not overwrite. This work is kept on branch `vteam/issue-1-the-login-test-is-flaky-123456`; ask again to have it done on top of what is there.

    > I fixed it.
""")


async def test_somebody_pushed_before_and_the_session_builds_on_it(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"})
    await house.github.push_commit(REPOSITORY, BRANCH, files={"src/ada.py": "mine = 1\n"}, by="ada")
    await fixed(house, {"src/b.py": "y = 1\n"})
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/ada.py") == "mine = 1\n"
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/b.py") == "y = 1\n"


async def test_half_done_work_is_kept_beside_the_pull_request(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"})
    house.pods.part = works({"src/b.py": "half\n"}, text="overloaded", exit_code=1)
    await house.comment("/vteam fix more of it")
    await house.settle()
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/b.py") is None
    assert len(await house.github.branches(REPOSITORY)) == 3


async def test_on_a_persons_pull_request_the_work_is_stacked_on_it(house: House) -> None:
    await house.github.push_commit(REPOSITORY, "adas-work", files={"src/ada.py": "mine = 1\n"}, by="ada")
    theirs = await house.github.open_pull_request(REPOSITORY, "adas-work", title="Add mine", by="ada")
    await fixed(house, {"src/b.py": "y = 1\n"}, number=theirs.number)
    _, ours = house.github.pull_requests(REPOSITORY)
    assert (ours.head, ours.base) == snapshot(("vteam/pull-2-add-mine", "adas-work"))
    assert await house.github.file_at(REPOSITORY, ours.head, path="src/ada.py") == "mine = 1\n"
    await fixed(house, {"src/c.py": "z = 1\n"}, number=theirs.number)
    assert len(house.github.pull_requests(REPOSITORY)) == 2
    assert await house.github.file_at(REPOSITORY, ours.head, path="src/c.py") == "z = 1\n"


async def test_the_pull_request_of_a_named_branch_is_found_again_without_its_name(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix --branch vteam/login it")
    await house.settle()
    first = only_pull(house)
    assert first.head == "vteam/login"
    await fixed(house, {"src/b.py": "y = 1\n"})
    assert only_pull(house).number == first.number
    assert await house.github.file_at(REPOSITORY, "vteam/login", path="src/a.py") == "x = 2\n"
    assert await house.github.file_at(REPOSITORY, "vteam/login", path="src/b.py") == "y = 1\n"
    assert sorted(await house.github.branches(REPOSITORY)) == ["main", "vteam/login"]


async def test_another_branch_by_name_is_a_pull_request_of_its_own(house: House) -> None:
    await fixed(house, {"src/a.py": "x = 2\n"})
    house.pods.part = works({"src/a.py": "x = 3\n"})
    await house.comment("/vteam fix --branch vteam/second-try it in another way")
    await house.settle()
    assert [pull.head for pull in house.github.pull_requests(REPOSITORY)] == [BRANCH, "vteam/second-try"]
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/a.py") == "x = 2\n"
    house.pods.part = works({"src/b.py": "y = 1\n"})
    await house.comment("/vteam fix --branch vteam/second-try it further")
    await house.settle()
    assert len(house.github.pull_requests(REPOSITORY)) == 2
    assert await house.github.file_at(REPOSITORY, "vteam/second-try", path="src/b.py") == "y = 1\n"
    assert await house.github.file_at(REPOSITORY, BRANCH, path="src/b.py") is None


async def test_a_pull_request_that_only_claims_to_be_ours_is_not_followed(house: House) -> None:
    """Somebody copies the hidden marker into a pull request of their own, from a branch with our name."""
    await house.github.push_commit(REPOSITORY, BRANCH, files={"src/evil.py": "1\n"}, by="ada")
    repository = house.github.site.world.repository(REPOSITORY)
    assert repository is not None
    claim = f"<!-- vteam:pull-request:{repository.id}-1 -->"
    await house.github.open_pull_request(REPOSITORY, BRANCH, title="Mine", by="ada", body=claim)
    await fixed(house, {"src/b.py": "y = 1\n"})
    session = await house.session()
    assert session.phase is Phase.COMPLETED
    assert session.status.outcome is not None
    [branch] = session.status.outcome.branches
    assert branch.branch.startswith(BRANCH + "-")
    assert await house.github.file_at(REPOSITORY, branch.branch, path="src/evil.py") is None
