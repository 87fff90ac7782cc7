"""The bot is killed at any moment of a real run, and started again: one session, one pull request, one progress comment.

Each moment is one that can be seen from outside. GitHub is slow here, so that what was asked of it is under way when
the bot dies: it happens, and nobody hears of it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from bot.cluster import JOBS, PODS, Resource
from tests.real.play import NAMESPACE, Play, assert_one_of_each, on_stage

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

Moment = Callable[[Play], Awaitable[bool]]
SLOW = 0.08
"""Seconds that GitHub takes for each answer."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def everything(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    """One stage for all moments; each is played in an issue of its own."""
    async with on_stage(tmp_path_factory.mktemp("killed")) as play:
        yield play


@pytest_asyncio.fixture(loop_scope="module")
async def play(everything: Play, request: pytest.FixtureRequest) -> AsyncIterator[Play]:
    await everything.open_issue(f"Write it down: {request.node.name}")
    everything.stage.github.calls.clear()
    everything.model.requests.clear()
    everything.pulls_before = len(everything.stage.github.pull_requests(everything.stage.repository))
    everything.stage.github.latency = SLOW
    yield everything
    everything.stage.github.latency = 0.0
    if everything.stage.bot.pid is None:
        await everything.stage.bot.start()


def called(method: str, end: str) -> Moment:
    async def moment(play: Play) -> bool:
        return any(call.startswith(f"{method} ") and call.endswith(end) for call in play.stage.github.calls)

    return moment


async def heard(play: Play) -> bool:
    return play.stage.github.deliveries[-1].succeeded


async def accepted(play: Play) -> bool:
    return bool(await play.sessions())


def there_is(kind: Resource, phase: str | None = None) -> Moment:
    async def moment(play: Play) -> bool:
        async with play.stage.cluster() as cluster:
            found = (await cluster.list(kind, NAMESPACE)).items
        mine = [one for one in found if one["metadata"]["name"].startswith(f"fix-{play.issue}-")]
        return any(phase in (None, one.get("status", {}).get("phase")) for one in mine)

    return moment


def asked_the_model(times: int) -> Moment:
    async def moment(play: Play) -> bool:
        return len(play.model.requests) >= times

    return moment


async def handed_in(play: Play) -> bool:
    found = [one.status.progress for one in await play.sessions()]
    return any(progress is not None and progress.reported == "final" for progress in found)


async def opened(play: Play) -> bool:
    return len(play.stage.github.pull_requests(play.stage.repository)) > play.pulls_before


MOMENTS: dict[str, Moment] = {
    "the webhook is answered": heard,
    "the reaction is on its way": called("POST", "/reactions"),
    "the session is there": accepted,
    "the Job is there": there_is(JOBS),
    "the progress comment is on its way": called("POST", "/comments"),
    "the pod runs": there_is(PODS, "Running"),
    "the model is asked": asked_the_model(1),
    "the agent has worked": asked_the_model(2),
    "the result is handed in": handed_in,
    "the branch is on its way": called("POST", "/git-receive-pack"),
    "the pull request is on its way": called("POST", "/pulls"),
    "the pull request is open": opened,
}


ALONE = (
    "the webhook is answered",
    "the session is there",
    "the model is asked",
    "the result is handed in",
    "the pull request is on its way",
)
"""Moments at which the bot is killed once; the others come in one story, one after the other."""


async def killed(play: Play, moment: str, *, with_children: bool = False) -> None:
    """The bot dies at this moment, and is there again."""
    await play.until(lambda: MOMENTS[moment](play))
    await play.kill_bot(with_children=with_children)
    await play.stage.bot.start()


@pytest.mark.parametrize("moment", ALONE)
async def test_it_ends_the_same_when_the_bot_is_killed_when(play: Play, moment: str) -> None:
    await play.comment("/vteam fix it")
    await killed(play, moment)
    await play.until_ended()
    await assert_one_of_each(play)


@pytest.mark.parametrize("moment", ["the pod runs", "the branch is on its way"])
async def test_it_ends_the_same_when_the_machine_ends_when(play: Play, moment: str) -> None:
    """As before, but git, the kubelet's supervisors and the agent are killed in the same moment."""
    await play.comment("/vteam fix it")
    await killed(play, moment, with_children=True)
    await play.until_ended()
    await assert_one_of_each(play)


async def test_it_ends_the_same_when_the_bot_is_killed_again_and_again(play: Play) -> None:
    await play.comment("/vteam fix it")
    for moment in MOMENTS:
        if moment not in ALONE:
            await killed(play, moment)
    await play.until_ended()
    await assert_one_of_each(play)
