"""GitHub out of reach: waited for, with growing pauses, and in the end said; nothing is lost meanwhile."""

import asyncio

import pytest

from crds.agentic_session import Phase
from tests.house import REPOSITORY, House
from tests.played_pods import PodLife, hangs, works
from tests.stories.test_refusals import kubectl_session, last_words

pytestmark = pytest.mark.long

FIX = works({"src/a.py": "x = 2\n"})
PATIENCE = 16 * 60


async def ended(house: House) -> None:
    """Until the session has ended and whoever is to be told was told."""
    async with asyncio.timeout(60):
        while not (await house.session()).phase.ended:
            await asyncio.sleep(0.05)
    await house.settle()


async def reported(house: House) -> None:
    """Until the runner has handed in its result."""
    async with asyncio.timeout(60):
        while not [one for one in await house.sessions() if one.status.progress and one.status.progress.reported]:
            await asyncio.sleep(0.02)


async def test_git_comes_back_in_time_and_the_work_is_pushed(house: House) -> None:
    house.pods.part = FIX
    house.github.fail_next("*", r"git-receive-pack", status=502, times=2)
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert len(house.github.pull_requests(REPOSITORY)) == 1


async def test_git_stays_away_and_the_session_ends_with_words(house: House) -> None:
    house.pods.part = FIX
    house.github.fail_next("*", r"git-receive-pack", status=502, times=1000)
    await house.comment("/vteam fix it")
    await reported(house)
    house.clock.ahead = PATIENCE
    await ended(house)
    assert (await house.session()).phase is Phase.FAILED
    assert "could not be reached for 15 minutes" in last_words(house)
    assert list(await house.github.branches(REPOSITORY)) == ["main"]


async def test_github_stays_away_from_a_session_that_has_not_begun(house: House) -> None:
    house.github.fail_next("GET", r"/repos/|/repositories/", status=503, times=1000)
    await house.apply(kubectl_session(house))
    await asyncio.sleep(0.2)
    assert (await house.session()).phase is Phase.PENDING
    house.clock.ahead = PATIENCE
    await ended(house)
    session = await house.session()
    assert session.phase is Phase.FAILED
    assert session.status.message is not None
    assert "could not be reached for 15 minutes" in session.status.message


async def test_github_is_away_while_a_comment_comes_in(house: House) -> None:
    house.pods.part = FIX
    house.github.fail_next("GET", r"/permission", status=503, times=2)
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED


async def test_a_locked_thread_does_not_hold_the_session(house: House) -> None:
    """Somebody locks the conversation: the App may not comment any more, and the work goes on all the same."""

    async def part(life: PodLife) -> None:
        for method in ("POST", "PATCH"):
            house.github.fail_next(method, r"/issues/(1/comments|comments/\d+)$", status=403, times=1000)
        await FIX(life)

    house.pods.part = part
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert (await house.session()).finalizers == ()


async def test_the_bot_starts_while_github_is_away(house: House) -> None:
    house.pods.part = hangs()
    house.github.fail_next("*", r"/app/hook/deliveries", status=503, times=2)
    await house.restart_bot()
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.RUNNING
