"""One session line, told on both sides: Slack → issue → reply on GitHub → reply in Slack."""

import pytest
from inline_snapshot import snapshot

from bot.cluster import SESSIONS
from crds.agentic_session import Phase
from handlers.slack_words import APPROVE, RAISE, RETRY, SHOW, STOP
from tests.house import REPOSITORY, House
from tests.played_pods import dies, hangs, works
from tests.stories.slack_verbs import linked, until, whispered

pytestmark = pytest.mark.long


async def test_one_line_of_work_through_both_services(house: House) -> None:
    await linked(house, "ada")
    house.pods.parts = [
        works({"src/a.py": "x = 2\n"}, text="x is two now."),
        works({"src/b.py": "y = 1\n"}, text="y is there."),
        works({"src/c.py": "z = 1\n"}, text="z is there."),
    ]
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 the flaky login")
    await house.settle()
    await house.comment("/vteam continue with y as well")
    await house.settle()
    await house.restart_bot()
    await house.slack_says("and z, please", thread_ts=asked.ts)
    await house.settle()
    sessions = {one.name: one for one in await house.sessions()}
    assert [one.phase for one in sessions.values()] == [Phase.COMPLETED] * 3
    resources = (await house.cluster.list(SESSIONS)).items
    parents = {one["metadata"]["name"]: one["spec"].get("parent") for one in resources}
    [first] = [name for name, parent in parents.items() if parent is None]
    [second] = [name for name, parent in parents.items() if parent == first]
    [third] = [name for name, parent in parents.items() if parent == second]
    services = [sessions[name].work.origin for name in (first, second, third)]
    assert [origin.service for origin in services if origin] == ["slack", "github", "slack"]
    assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam fix acme/shop#1 the flaky login
    [👀 1]
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · fix* — Done.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
    ✅ the work is checked and pushed
    ✅ the pull request is open

    Pull request: https://github.test/acme/shop/pull/2
@vteam (app):
    @ada Done.

    Pull request: https://github.test/acme/shop/pull/2

    > x is two now.
    [Show in issue]
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · fix* — Done.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
    ✅ the work is checked and pushed
    ✅ the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2
@vteam (app):
    Done.

    Commits added to pull request: https://github.test/acme/shop/pull/2

    > y is there.
@ada:
    and z, please
    [👀 1]
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · fix* — Done.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
    ✅ the work is checked and pushed
    ✅ the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2
@vteam (app):
    @ada Done.

    Commits added to pull request: https://github.test/acme/shop/pull/2

    > z is there.
    [Show in issue]\
""")
    assert house.thread == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done. Asked for by ada in Slack.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/shop/pull/2

@ada (collaborator):
    /vteam continue with y as well
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done. Asked for by ada in Slack.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Commits added to pull request: https://github.test/acme/shop/pull/2
""")


async def test_a_session_from_the_issue_shows_in_the_thread_that_is_about_it(house: House) -> None:
    await linked(house, "ada")
    house.pods.parts = [works({}, text="So."), works({}, text="Since May.")]
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?")
    await house.settle()
    await house.comment("/vteam ask and since when?")
    await house.settle()
    assert "Since May." in house.slack_thread(asked)
    assert house.slack_thread(asked).count("@ada Here is the answer.") == 1, "who asked on GitHub is mentioned there"


async def test_what_was_said_in_confidence_is_shown_by_a_click_of_the_askers(house: House) -> None:
    await linked(house, "ada", "tom")
    house.pods.part = works({}, text="Because of Foo Corp's clock.")
    await house.slack_says(f"@vteam ask {REPOSITORY}#1 why does it fail for Foo Corp?")
    await house.settle()
    assert "Foo Corp" not in house.thread
    closing = house.slack.last("dev")
    await house.slack.click(closing, SHOW, by="tom")
    await house.settle()
    assert whispered(house, "tom") == snapshot("Only the person who asked can show their words in the issue.")
    assert "Foo Corp" not in house.thread
    await house.slack.click(closing, SHOW, by="ada")
    await house.slack.click(closing, SHOW, by="ada")
    await house.settle()
    assert house.thread == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@vteam[bot] (bot, edited):
    **vTeam · ask** — Here is the answer. Asked for by ada in Slack.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked

@vteam[bot] (bot):
    @ada, here is the answer.

    The answer is in Slack, where it was asked for.

@vteam[bot] (bot):
    @ada asked in Slack, and shows it here:

    > why does it fail for Foo Corp?

    The answer:

    > Because of Foo Corp's clock.
""")


async def test_a_session_is_stopped_by_its_button(house: House) -> None:
    await linked(house, "ada", "tom")
    house.pods.part = hangs()
    await house.slash(f"fix {REPOSITORY}#1")
    await house.settle()
    await house.slack.click(house.slack.last("dev"), STOP, by="tom")
    await house.settle()
    assert whispered(house, "tom") == snapshot(
        "Stopping a session takes write access to this repository. Somebody who has it can do so."
    )
    await house.slack.click(house.slack.last("dev"), STOP, by="ada")
    await until(lambda: "Stopped" in house.slack.transcript("dev") or bool(house.slack.last("dev").thread_ts))
    assert (await house.session()).stop_by == "@ada"


async def test_a_failed_session_is_retried_once_by_its_button(house: House) -> None:
    await linked(house, "ada")
    house.pods.parts = [dies(1), works({"src/a.py": "x = 2\n"})]
    await house.slash(f"fix {REPOSITORY}#1")
    await house.settle()
    closing = house.slack.last("dev")
    await house.slack.click(closing, RETRY, by="ada")
    await house.slack.click(closing, RETRY, by="ada")
    await house.settle()
    assert sorted(one.phase for one in await house.sessions()) == ["Completed", "Failed"]


async def test_a_plan_is_approved_by_its_button(house: House) -> None:
    await linked(house, "ada")
    house.pods.parts = [works({"plan.md": "# Plan\n"}), works({"src/a.py": "x = 2\n"})]
    await house.slash(f"plan {REPOSITORY}#1")
    await house.settle()
    await house.slack.click(house.slack.last("dev"), APPROVE, by="ada")
    await house.settle()
    assert sorted(one.work.task for one in await house.sessions()) == ["plan", "run"]
    assert RAISE not in str(house.slack.last("dev").blocks)
