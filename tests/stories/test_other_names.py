"""An installation that calls the bot by names of its own: whatever it says, it says with those."""

from pathlib import Path

import pytest

from bot.standins.github import AppRegistration
from bot.standins.github.world import Thread
from tests.house import REPOSITORY, House, built
from tests.played_pods import cannot_be_placed, works

pytestmark = pytest.mark.long

FORK = "grace/shop"


async def test_no_word_names_a_prefix_that_is_not_heard(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, prefix="/bot") as house:
        house.pods.part = works({"src/a.py": "x = 2\n"})
        await house.comment("/bot fix it")
        await house.settle()
        [pull] = house.github.pull_requests(REPOSITORY)
        house.pods.part = cannot_be_placed("no room")
        for said in ("/bot fix it more", "/bot help", "/bot fxi it"):
            await house.comment(said)
        await house.settle()
        fork = await graces_fork(house)
        await house.comment("/bot fix it", number=fork.number)
        await house.settle()
        numbers = (1, pull.number, fork.number)
        read = [house.github.thread(REPOSITORY, number) for number in numbers]
        assert all("`/bot " in text and "/vteam " not in text for text in read), "\n\n".join(read)
        for said in ("`/bot cancel` takes this", "`/bot help` lists", "| `/bot fix [target]", "`/bot fix` and what is"):
            assert any(said in text for text in read), said
        assert f"`/bot ok {fork.pull.head_sha[:12]}`" in read[2] if fork.pull else False


async def test_slack_is_told_the_command_that_it_has(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, prefix="/bot") as house:
        asked = await house.slack_says("@vteam fix it")
        await house.settle()
        await house.slack_says("@vteam help", thread_ts=asked.ts)
        await house.settle()
        read = house.slack_thread(asked)
        assert "/bot fix" in read
        assert "/vteam" not in read


async def graces_fork(house: House) -> Thread:
    await house.github.fork(REPOSITORY, by="grace")
    await house.github.push_commit(FORK, "graces-work", files={"src/grace.py": "hers = 1\n"}, by="grace")
    return await house.github.open_pull_request(REPOSITORY, "graces-work", title="Add hers", by="grace", fork=FORK)
