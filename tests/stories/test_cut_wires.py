"""The wire cut at every call, and the bot killed at every call: after mending, the same end, and nothing twice.

An undisturbed story is counted first; if the bot comes to make more calls, the count says so and the range grows.
"""

import asyncio
from pathlib import Path

import pytest

from bot.standins.github import AppRegistration, Cut
from tests.house import House, built
from tests.played_pods import works
from tests.stories.test_once import assert_one_of_each

CALLS = 36
"""Calls to GitHub, git included, of the whole story below."""
CLUSTER_CALLS = 40
"""Calls to the cluster, about: how often a session is looked at depends on how the watches come,
and a look that another one was faster than is taken again."""


async def story(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.settle()  # the sweep at the start comes first, so that the order of the calls is always the same
    await house.comment("/vteam fix it")
    await house.settle(seconds=40)


async def test_the_story_makes_so_many_calls(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await story(house)
        assert len(house.github.calls) == CALLS, "\n".join(house.github.calls)


@pytest.mark.long
@pytest.mark.parametrize("call", range(2, CALLS + 1))
async def test_an_answer_that_is_lost(tmp_path: Path, app_registration: AppRegistration, call: int) -> None:
    """GitHub did what it was asked to, and the bot never heard."""
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await house.settle()
        house.github.cut = Cut(at=call, when="after")
        await story(house)
        await assert_one_of_each(house)
        assert house.github.violations == []


async def test_the_story_makes_about_so_many_calls_to_the_cluster(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await house.settle()
        house.cluster_wire.calls.clear()
        await story(house)
        calls = len(house.cluster_wire.calls)
        assert CLUSTER_CALLS - 15 <= calls <= CLUSTER_CALLS + 4, "\n".join(house.cluster_wire.calls)


@pytest.mark.long
@pytest.mark.parametrize("call", range(1, CLUSTER_CALLS + 1))
async def test_an_answer_of_the_cluster_that_is_lost(
    tmp_path: Path, app_registration: AppRegistration, call: int
) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await house.settle()
        house.cluster_wire.cut = Cut(at=call, when="after")
        await story(house)
        await assert_one_of_each(house)
        assert house.github.violations == []


@pytest.mark.long
@pytest.mark.parametrize("call", range(2, CALLS + 1, 3))
async def test_a_call_that_never_arrives(tmp_path: Path, app_registration: AppRegistration, call: int) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        await house.settle()
        house.github.cut = Cut(at=call, when="before")
        await story(house)
        await assert_one_of_each(house)
        assert house.github.violations == []


@pytest.mark.long
@pytest.mark.parametrize("call", range(2, CALLS + 1, 2))
async def test_the_bot_is_killed_at_a_call(tmp_path: Path, app_registration: AppRegistration, call: int) -> None:
    async with built(tmp_path, app_registration, progress_seconds=60) as house:
        house.pods.part = works({"src/a.py": "x = 2\n"})
        await house.settle()
        await house.comment("/vteam fix it")
        async with asyncio.timeout(60):
            while len(house.github.calls) < call:
                await asyncio.sleep(0.001)
        await house.restart_bot()
        await house.settle(seconds=40)
        await assert_one_of_each(house)
        assert house.github.violations == []
