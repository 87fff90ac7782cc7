"""Slack's wire cut at every call of a story, and the bot killed at every call: the same end, and nothing twice."""

import asyncio
from pathlib import Path

import pytest

from bot.standins.github import AppRegistration, Cut
from tests.house import REPOSITORY, House, built
from tests.played_pods import works
from tests.stories.slack_verbs import linked, until

CALLS = 13
"""Calls to Slack of the whole story below, at most: how often progress is told depends on how the watches come."""


async def story(house: House) -> str:
    """A fix, asked for and answered in a thread; the thread's first message."""
    await linked(house, "ada")
    house.pods.part = works({"src/a.py": "x = 2\n"}, text="x is two now.")
    return (await house.slack_says(f"@vteam fix {REPOSITORY}#1")).ts


async def assert_told_once(house: House, ts: str) -> None:
    await until(lambda: "x is two now." in house.slack.thread("dev", ts), seconds=60)
    await house.settle(seconds=40)
    shown = house.slack.thread("dev", ts)
    assert shown.count("*vTeam · fix*") == 1, shown
    assert shown.count("x is two now.") == 1, shown
    assert len(await house.sessions()) == 1
    assert len(house.github.pull_requests(REPOSITORY)) == 1
    assert house.slack.violations == []


async def test_the_story_makes_about_so_many_calls(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await house.settle()
        await assert_told_once(house, await story(house))
        assert CALLS - 8 <= len(house.slack.calls) <= CALLS, "\n".join(house.slack.calls)


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", range(1, CALLS + 1))
async def test_a_call_to_slack_is_cut(tmp_path: Path, app_registration: AppRegistration, call: int, when: str) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await house.settle()
        house.slack.cut = Cut(at=call, when="before" if when == "before" else "after")
        await assert_told_once(house, await story(house))


@pytest.mark.long
@pytest.mark.parametrize("call", range(1, CALLS - 4))
async def test_the_bot_is_killed_at_a_call_to_slack(
    tmp_path: Path, app_registration: AppRegistration, call: int
) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await house.settle()
        ts = await story(house)
        async with asyncio.timeout(60):
            while len(house.slack.calls) < call and "x is two now." not in house.slack.thread("dev", ts):
                await asyncio.sleep(0.001)
        await house.restart_bot()
        await assert_told_once(house, ts)
