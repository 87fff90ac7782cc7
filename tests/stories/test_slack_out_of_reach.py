"""Slack, GitHub or the bot itself away for a while: nothing waits for Slack, nothing is lost, nothing comes twice."""

import pytest

from crds.agentic_session import Phase
from tests.house import REPOSITORY, House
from tests.played_pods import hangs, works
from tests.stories.slack_verbs import linked, until

pytestmark = pytest.mark.long


async def test_a_slack_that_is_down_keeps_nobody_waiting_and_hears_it_later(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({"src/a.py": "x = 2\n"})
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?")
    await house.settle()
    house.slack.fail_next("chat.postMessage", status=503, times=1000)
    await house.comment("/vteam fix it")
    await until(lambda: len(house.github.pull_requests(REPOSITORY)) == 1)
    assert "pull/" not in house.slack_thread(asked)
    house.slack.wire.failures.clear()
    await until(lambda: house.slack_thread(asked).count("pull/") >= 2, seconds=60)
    assert {one.phase for one in await house.sessions()} == {Phase.COMPLETED}


async def test_a_lost_answer_of_slacks_makes_no_second_message(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because the clock is mocked.")
    house.slack.fail_next("chat.postMessage", cut="after", times=2)
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?")
    await until(lambda: "Because the clock" in house.slack_thread(asked))
    await house.settle()
    assert house.slack_thread(asked).count("*vTeam · ask*") == 1
    assert house.slack_thread(asked).count("Because the clock is mocked.") == 1


async def test_what_is_asked_while_github_is_away_is_answered_later(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because the clock is mocked.")
    house.github.fail_next("GET", ".*", status=502, times=3)
    delivery = await house.slash(f"ask {REPOSITORY}#1 why is it flaky?")
    await until(lambda: delivery.acknowledged)
    await until(lambda: "Because the clock" in "".join(one.text for one in house.slack.messages("dev")))
    assert len(await house.sessions()) == 1


async def test_a_message_that_is_told_twice_across_a_restart_is_one_request(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = works({}, text="Because the clock is mocked.")
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?")
    await house.settle()
    await house.restart_bot()
    for delivery in house.slack.deliveries:
        house.slack.repeat(delivery)
    await house.settle()
    assert len(await house.sessions()) == 1
    assert house.slack_thread(asked).count("Because the clock is mocked.") == 1


async def test_a_refusal_that_is_not_slacks_own_costs_no_message(house: House) -> None:
    """Something between the bot and Slack refuses the look for an earlier message."""
    await linked(house, "ada")
    house.pods.part = works({}, text="Because the clock is mocked.")
    house.slack.fail_next("conversations.replies", status=403, times=2)
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?")
    await until(lambda: "Because the clock" in house.slack_thread(asked))
    await house.settle()
    assert house.slack_thread(asked).count("*vTeam · ask*") == 1
    assert house.slack_thread(asked).count("Because the clock is mocked.") == 1
    assert house.slack.violations == []


async def test_a_bot_that_is_asked_into_the_channel_again_shows_its_progress_there(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = hangs()
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?")
    house.slack.leave("dev", "vteam")
    await house.settle()
    assert "*vTeam · ask*" not in house.slack_thread(asked)
    house.slack.join("dev", "vteam", inviter="ada")
    await works({}, text="Because the clock is mocked.")(house.pods.lives[-1])
    await house.settle()
    assert house.slack_thread(asked).count("*vTeam · ask*") == 1
    assert house.slack_thread(asked).count("Because the clock is mocked.") == 1
    assert house.slack.violations == []
