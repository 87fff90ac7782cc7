"""Once, by intent: whatever is sent twice, lost, or cut by a restart, one session comes of one intent."""

import asyncio

import pytest

from bot.cluster import SESSIONS
from crds.agentic_session import Phase
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import Part, cannot_be_placed, hangs, works

FIX = works({"src/a.py": "x = 2\n"})


async def assert_one_of_each(house: House) -> None:
    """One session, one pull request, one progress comment, and an asker who knows."""
    session = await house.session()
    assert session.phase is Phase.COMPLETED
    assert len(house.github.pull_requests(REPOSITORY)) == 1
    assert house.comments_with("vteam:progress") == 1
    assert house.comments_with("vteam:result") == 0, "the pull request mentions the asker already"
    assert "👀 1" in house.thread


async def test_the_same_comment_delivered_five_times_makes_one_session(house: House) -> None:
    house.pods.part = FIX
    await house.comment("/vteam fix it")
    await house.github.drain()
    first = house.github.deliveries[-1]
    for _ in range(4):
        house.github.redeliver(first)
    await house.settle()
    await assert_one_of_each(house)


async def test_deliveries_that_come_after_the_end_change_nothing(house: House) -> None:
    house.pods.part = FIX
    await house.comment("/vteam fix it")
    await house.github.drain()
    comment = next(one for one in house.github.deliveries if one.event == "issue_comment")
    await house.settle()
    before = house.thread
    house.github.redeliver(comment)
    await house.settle()
    await assert_one_of_each(house)
    assert house.thread == before


async def test_deliveries_out_of_order_make_their_own_sessions(house: House) -> None:
    with house.github.held_webhooks() as held:
        await house.comment("/vteam ask first?")
        await house.comment("/vteam ask second?")
        held.reverse()
    house.pods.part = works({}, text="Because.")
    await house.settle()
    prompts = {session.work.prompt for session in await house.sessions()}
    assert prompts == {"first?", "second?"}


async def test_a_comment_and_a_label_for_the_same_thing_are_one_intent(house: House) -> None:
    house.pods.part = FIX
    await house.comment("/vteam fix it")
    await house.settle()
    await house.label("vteam:fix")
    await house.settle()
    await assert_one_of_each(house)


async def test_a_restart_while_the_agent_works_changes_nothing(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.RUNNING
    await house.bot.stop()
    [life] = house.pods.lives
    playing = asyncio.ensure_future(FIX(life))
    await house.bot.start()
    await playing
    await house.settle()
    await assert_one_of_each(house)


async def test_webhooks_that_were_lost_while_the_bot_was_down_are_worked_off_once(house: House) -> None:
    house.pods.part = works({}, text="Because.")
    await house.settle()
    await house.bot.stop()
    for number in range(3):
        await house.comment(f"/vteam ask number {number}?")
    await house.github.drain()
    await house.bot.start()
    await house.settle()
    assert sorted(session.work.prompt for session in await house.sessions()) == ["number 0?", "number 1?", "number 2?"]
    await house.restart_bot()
    await house.settle()
    assert len(await house.sessions()) == 3
    assert house.comments_with("vteam:result") == 3


async def test_a_progress_comment_that_somebody_deleted_is_written_again(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    repository = house.github.site.world.repository(REPOSITORY)
    assert repository is not None
    sticky = next(one for one in repository.threads[1].comments if "vteam:progress" in one.body)
    house.github.grant(REPOSITORY, "root", role="admin")
    await house.github.delete_comment(REPOSITORY, sticky, by="acme")
    await FIX(house.pods.lives[0])
    await house.settle()
    await assert_one_of_each(house)


@pytest.mark.parametrize("part", [hangs(), cannot_be_placed("no room")], ids=["running", "waiting"])
async def test_a_session_that_is_deleted_says_so(house: House, part: Part) -> None:
    house.pods.part = part
    await house.comment("/vteam fix it")
    await house.settle()
    session = await house.session()
    await house.cluster.delete(SESSIONS, session.name, namespace=NAMESPACE)
    await house.settle()
    assert await house.sessions() == []
    assert "@ada, the session was deleted from the cluster" in house.thread
