"""A comment asks for a fix; the thread, the branch and the session tell what became of it."""

from inline_snapshot import snapshot

from crds.agentic_session import Phase
from tests.house import REPOSITORY, House
from tests.played_pods import works

ASK = "/vteam fix the flaky login test"


async def test_a_fix_is_answered_where_it_was_asked_for(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"}, text="x is two now.", ran="pytest -q tests")
    await house.comment(ASK)
    await house.settle()
    assert house.thread == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@ada (collaborator):
    /vteam fix the flaky login test
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/shop/pull/2
""")
    [pull] = house.github.pull_requests(REPOSITORY)
    assert (pull.head, pull.base, pull.title) == snapshot(
        ("vteam/issue-1-the-login-test-is-flaky", "main", "Fix: The login test is flaky")
    )
    assert house.plain(house.github.thread(REPOSITORY, pull.number)) == snapshot("""\
acme/shop#2 Fix: The login test is flaky [open]

@vteam[bot] (bot):
    @ada, this is what you asked for in #1.

    Fixes #1

    > x is two now.

    **Checked:** the agent ran `pytest -q tests`.

    Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here or on the issue with `/vteam fix` and what is to be different. Commits are added to it.
""")
    assert await house.github.file_at(REPOSITORY, pull.head, path="src/a.py") == "x = 2\n"
    session = await house.session()
    assert session.phase is Phase.COMPLETED
    assert session.status.outcome is not None
    assert session.finalizers == ()


async def test_the_label_starts_a_session_as_the_comment_does(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.label("vteam:fix")
    await house.settle()
    assert len(house.github.pull_requests(REPOSITORY)) == 1
    assert (await house.session()).work.prompt == "Fix the problem that this issue describes."


async def test_a_question_is_answered_and_nothing_is_pushed(house: House) -> None:
    house.pods.part = works({}, text="Because the clock is mocked.")
    await house.comment("/vteam ask why is it flaky?", by="tom")
    await house.settle()
    assert house.thread == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@tom (collaborator):
    /vteam ask why is it flaky?
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · ask** — Here is the answer.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked

@vteam[bot] (bot):
    @tom, here is the answer.

    > Because the clock is mocked.
""")
    assert await house.github.branches(REPOSITORY) == {"main": (await house.github.branches(REPOSITORY))["main"]}
