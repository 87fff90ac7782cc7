"""The App is suspended and woken: what was asked for is taken up then, what has ended is told then, each once."""

from pathlib import Path

import httpx
import pytest
import respx
from inline_snapshot import snapshot

from bot.cluster import SESSIONS
from bot.errors import Suspended
from bot.github import GitHub
from bot.parking import park
from bot.standins.github import AppRegistration
from bot.standins.github.world import Installation
from bot.store import Delivery, Store
from crds.agentic_session import Phase
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import hangs, works
from tests.stories.slack_verbs import linked
from tests.stories.test_limits_and_moves import meanwhile

pytestmark = pytest.mark.long

FIX = works({"src/a.py": "x = 2\n"})
WEEK = 8 * 86400
API = "https://api.github.test"


def installation(house: House, account: str = "acme") -> Installation:
    found = [one for one in house.github.site.world.installations.values() if one.account.login == account]
    return found[0]


async def asked_while_it_falls_asleep(house: House, text: str = "/vteam fix it") -> None:
    """GitHub has sent the comment, and the bot comes to it when the App is suspended."""
    with house.github.held_webhooks():
        await house.comment(text)
        house.github.suspend(installation(house))
    await house.settle()


async def stopped_by_suspension(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    house.github.suspend(installation(house))
    await house.settle()
    assert (await house.session()).phase is Phase.STOPPED


async def test_what_was_asked_meanwhile_is_done_when_the_app_is_woken(house: House) -> None:
    house.pods.part = FIX
    await asked_while_it_falls_asleep(house)
    assert await house.sessions() == []
    house.github.unsuspend(installation(house))
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert len(house.github.pull_requests(REPOSITORY)) == 1
    assert "Something went wrong" not in house.thread


async def test_suspended_and_woken_again_and_again_it_is_done_once(house: House) -> None:
    house.pods.part = FIX
    await asked_while_it_falls_asleep(house)
    for _ in range(2):
        with house.github.held_webhooks() as held:
            house.github.unsuspend(installation(house))
            house.github.suspend(installation(house))
            held.reverse()
        await house.settle()
    house.github.unsuspend(installation(house))
    await house.settle()
    for delivery in [one for one in house.github.deliveries if one.event in ("installation", "issue_comment")]:
        house.github.redeliver(delivery)
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert house.comments_with("<!-- vteam:progress:") == 1


async def test_the_bot_was_down_when_the_app_was_woken(house: House) -> None:
    house.pods.part = FIX
    await asked_while_it_falls_asleep(house)
    await house.bot.stop()
    house.github.unsuspend(installation(house))
    await house.github.drain()
    await house.bot.start()
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED


async def test_after_a_week_nothing_is_done_without_asking(house: House) -> None:
    await asked_while_it_falls_asleep(house)
    house.clock.ahead = WEEK
    house.github.unsuspend(installation(house))
    await house.settle()
    assert await house.sessions() == []
    assert house.thread.rpartition("(bot):\n")[2] == snapshot(
        "    I could not answer when this was asked, and that is more than a week ago, so I have done nothing. Please ask again if it is still wanted.\n"
    )


async def test_a_session_that_ended_meanwhile_is_told_once_the_app_is_woken(house: House) -> None:
    await stopped_by_suspension(house)
    assert "suspension" not in house.thread
    house.github.unsuspend(installation(house))
    await house.settle()
    assert house.thread.rpartition("(bot):\n")[2] == snapshot(
        "    @ada, stopped by the suspension of the App from acme.\n"
    )
    # In the progress, and at the end.
    assert house.thread.lower().count("stopped by the suspension of the app from acme.") == 2
    assert (await house.session()).finalizers == ()


async def test_nobody_asks_github_for_a_session_that_waits_to_be_told(house: House) -> None:
    await stopped_by_suspension(house)
    before = len(house.github.calls)
    await house.settle()
    assert len(house.github.calls) == before
    assert (await house.session()).finalizers != ()
    assert house.bot.reconciler is not None
    house.bot.reconciler.resync()
    await house.settle()
    assert len(house.github.calls) == before, "the regular look at everything leaves it asleep as well"
    house.clock.ahead += 7 * 3600
    house.bot.reconciler.resync()
    await house.settle()
    assert len(house.github.calls) > before, "its waking may not have been heard"


async def test_a_session_is_not_held_for_ever_nor_against_its_deletion(house: House) -> None:
    await stopped_by_suspension(house)
    house.clock.ahead = WEEK
    await house.restart_bot()
    await house.settle()
    assert (await house.session()).finalizers == ()


async def test_a_deleted_session_does_not_wait_for_the_app(house: House) -> None:
    await stopped_by_suspension(house)
    await house.cluster.delete(SESSIONS, (await house.session()).name, namespace=NAMESPACE)
    await house.settle()
    assert await house.sessions() == []


async def test_slack_hears_the_end_though_github_cannot(house: House) -> None:
    await linked(house, "ada")
    house.pods.part = hangs()
    asked = await house.slack_says(f"@vteam fix {REPOSITORY}#1 the login")
    await house.settle()
    house.github.suspend(installation(house))
    await house.settle()
    assert "@ada Stopped by the suspension of the App from acme." in house.slack_thread(asked).replace("\u2060", "")
    house.github.unsuspend(installation(house))
    await house.settle()
    assert house.slack_thread(asked).count("@ada Stopped by") == 1
    assert house.thread.count("@ada, stopped by") == 1


async def test_a_target_where_the_app_sleeps_is_answered_at_once(house: House) -> None:
    await house.github.create_repository("umbrella/tent", {"README.md": "# tent\n"})
    house.github.install("umbrella")
    house.github.grant("umbrella/tent", "ada", role="write")
    await house.github.open_issue("umbrella/tent", "Leaks", body="It leaks.", by="ada")
    house.github.suspend(installation(house, "umbrella"))
    await house.settle()
    await house.comment("/vteam fix umbrella/tent#1")
    await house.settle()
    assert "I cannot take that to umbrella/tent#1" in house.thread.replace("`", "")
    assert await house.sessions() == []


async def test_work_that_is_handed_in_meanwhile_is_pushed_when_the_app_is_woken(house: House) -> None:
    def asleep() -> None:
        """What GitHub tells of it is late, so that the runner is not stopped before it is done."""
        installation(house).suspended_at = house.github.site.world.now()

    house.pods.part = meanwhile(asleep)
    await house.comment("/vteam fix it")
    await house.settle()
    assert not (await house.session()).phase.ended
    assert list(await house.github.branches(REPOSITORY)) == ["main"]
    house.github.unsuspend(installation(house))
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert len(house.github.pull_requests(REPOSITORY)) == 1


@pytest.mark.parametrize(
    ("answer", "given_back"),
    [
        (httpx.Response(200, json={"id": 7, "suspended_at": "2026-01-01T00:00:00Z"}), 0),
        (httpx.Response(200, json={"id": 7, "suspended_at": None}), 1),
        (httpx.Response(404, json={"message": "Not Found"}), 1),
        (httpx.Response(500), 1),
    ],
    ids=["asleep", "awake", "removed", "unknown"],
)
async def test_what_is_put_aside_just_as_the_app_is_woken_is_given_back(
    tmp_path: Path, app_registration: AppRegistration, answer: httpx.Response, given_back: int
) -> None:
    """It was woken between the refused call and the putting aside: nobody will say so again."""
    router = respx.Router()
    router.get(f"{API}/app/installations/7").mock(return_value=answer)
    transport = httpx.MockTransport(router.async_handler)
    async with (
        Store.open(f"sqlite+aiosqlite:///{tmp_path}/store.db") as store,
        GitHub(1, app_registration.private_key_pem, API, transport=transport) as github,
    ):
        await store.inbox.add(Delivery("delivery-1", "github", "issue_comment", {}, b"{}", 0.0))
        await park(store, github, "delivery-1", Suspended(7))
        assert await store.inbox.depth() == given_back
