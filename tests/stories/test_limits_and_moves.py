"""GitHub's limits and its administrators: a session waits out a limit, follows its repository, and ends with words."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.standins.github.world import Installation
from crds.agentic_session import Phase
from crds.session_status import Outcome
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import Part, PodLife, commit, hand_in, hangs, works

pytestmark = pytest.mark.long

FIX = works({"src/a.py": "x = 2\n"})


def meanwhile(happens: Callable[[], object]) -> Part:
    """A pod that does its work; this happens before it hands it in."""

    async def part(life: PodLife) -> None:
        await life.runs()
        _, order = await life.call("GET", "/order")
        _, token = await life.call("POST", "/token")
        with tempfile.TemporaryDirectory() as folder:
            work, bundle = await asyncio.to_thread(
                commit, Path(folder), order["repositories"][0], token, {"a.py": "x = 2\n"}
            )
            if isinstance(done := happens(), Awaitable):
                await done
            await hand_in(life, [work], {work["repository"]: bundle}, text="I fixed it.")
        await life.ends(0)

    return part


def installation(house: House) -> Installation:
    [only] = house.github.site.world.installations.values()
    return only


async def refused(house: House) -> str:
    """Why the session's work was not pushed."""
    outcome = (await house.session()).status.outcome
    assert isinstance(outcome, Outcome)
    return outcome.refused or ""


async def limits(house: House, kind: str) -> float:
    """How often the bot has run into this limit, by its own count."""
    assert house.bot.world is not None
    return house.bot.world.metrics.registry.get_sample_value("vteam_github_rate_limits_total", {"kind": kind}) or 0.0


@pytest.mark.parametrize("status", [403, 429])
async def test_a_primary_limit_is_waited_out_and_nobody_calls_before(house: House, status: int) -> None:
    house.pods.part = meanwhile(lambda: house.github.exhaust_rate_limit(seconds=3, status=status))
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert len(house.github.pull_requests(REPOSITORY)) == 1
    assert await limits(house, "primary") == 1
    assert house.github.limits.early == []


async def test_a_secondary_limit_is_waited_out(house: House) -> None:
    house.pods.part = meanwhile(
        lambda: house.github.fail_next("POST", r"/pulls$", status=403, headers={"Retry-After": "1"})
    )
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert await limits(house, "secondary") == 1
    assert house.github.limits.early == []


async def test_a_comment_that_meets_a_limit_is_answered_after_it(house: House) -> None:
    house.github.impose_secondary_limit(seconds=1)
    await house.comment("/vteam help")
    await house.settle()
    assert house.comments_with("/vteam fix ") == 1  # in the answer
    assert house.github.limits.early == []


async def test_a_repository_that_is_renamed_gets_its_pull_request_and_its_words(house: House) -> None:
    house.pods.part = meanwhile(lambda: house.github.rename(REPOSITORY, "store"))
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert len(house.github.pull_requests("acme/store")) == 1
    assert "acme/store/pull/2" in house.github.thread("acme/store", 1)


async def test_the_old_name_is_another_repositorys_by_now(house: House) -> None:
    """Nothing of the session goes into a repository that has only its name."""

    async def taken() -> None:
        house.github.rename(REPOSITORY, "store")
        await house.github.create_repository(REPOSITORY, {"README.md": "# another\n"})
        await house.github.open_issue(REPOSITORY, "Another", body="Not this.", by="grace")

    house.pods.part = meanwhile(taken)
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert len(house.github.pull_requests("acme/store")) == 1
    assert house.github.pull_requests(REPOSITORY) == []
    assert list(await house.github.branches(REPOSITORY)) == ["main"]
    assert "vteam" not in house.github.thread(REPOSITORY, 1)


async def test_a_repository_that_is_transferred_to_an_account_with_the_app(house: House) -> None:
    house.github.install("umbrella")
    house.pods.part = meanwhile(lambda: house.github.transfer(REPOSITORY, "umbrella"))
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert len(house.github.pull_requests("umbrella/shop")) == 1


async def test_a_repository_that_is_transferred_to_where_the_app_is_not(house: House) -> None:
    house.pods.part = meanwhile(lambda: house.github.transfer(REPOSITORY, "umbrella"))
    await house.comment("/vteam fix it")
    await house.settle()
    session = await house.session()
    assert session.phase is Phase.FAILED
    assert "the App is not installed in acme/shop" in await refused(house)
    assert "was not pushed: the App is not installed" in (session.status.message or "")
    assert session.finalizers == ()


async def test_a_repository_that_is_archived_while_a_session_runs(house: House) -> None:
    house.pods.part = meanwhile(lambda: house.github.archive(REPOSITORY))
    await house.comment("/vteam fix it")
    await house.settle()
    session = await house.session()
    assert session.phase is Phase.FAILED
    assert "acme/shop is archived; its owner can unarchive it" in (session.status.message or "")
    assert session.finalizers == ()


async def test_a_suspended_app_ends_its_sessions_and_goes_on_when_it_is_woken(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    house.github.suspend(installation(house))
    await house.settle()
    session = await house.session()
    assert session.phase is Phase.STOPPED
    assert session.status.message == "Stopped by the suspension of the App from acme."
    house.github.unsuspend(installation(house))
    house.pods.part = FIX
    await house.comment("/vteam retry")
    await house.settle()
    assert [one.phase for one in await house.sessions()].count(Phase.COMPLETED) == 1


async def test_a_removed_app_is_called_no_more(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    house.github.revoke_installation(installation(house))
    await house.settle()
    assert (await house.session()).phase is Phase.STOPPED
    assert house.bot.world is not None
    assert await house.bot.world.store.inbox.depth() == 0
    before = len(house.github.calls)
    await house.settle()
    assert len(house.github.calls) == before
    assert (await house.session()).namespace == NAMESPACE
