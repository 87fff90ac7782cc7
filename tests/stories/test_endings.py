"""A session always ends with words: what happened, what was kept, what to do next."""

import pytest
from inline_snapshot import snapshot

from bot.cluster import JOBS, PODS, SESSIONS
from crds.agentic_session import Phase
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import cannot_be_placed, dies, hangs, works
from tests.stories.test_refusals import last_words


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (137, "OOMKilled", "the runner ran out of memory."),
        (1, "Error", "the runner ended unexpectedly (exit code 1, Error)."),
        (0, "", "the runner ended without a result."),
    ],
)
async def test_each_death_of_a_pod_has_its_words(house: House, code: int, reason: str, words: str) -> None:
    house.pods.part = dies(code, reason=reason)
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.FAILED
    assert f"@ada, {words}" in last_words(house)


async def test_a_pod_that_its_node_took_away_is_replaced(house: House) -> None:
    house.pods.parts = [dies(143, disrupted=True)]
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix it")
    await house.settle()
    assert len(house.pods.lives) == 2
    assert (await house.session()).phase is Phase.COMPLETED


async def test_what_was_kept_of_a_failed_run_lies_on_a_branch(house: House) -> None:
    house.pods.part = works({"src/a.py": "x = 2\n"}, text="the model is overloaded", exit_code=1)
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.FAILED
    assert house.github.pull_requests(REPOSITORY) == []
    assert last_words(house) == snapshot("""\
@ada, the agent could not finish: the model is overloaded

    What was done so far is kept on branch `vteam/issue-1-the-login-test-is-flaky`.

    > the model is overloaded\
""")


async def test_waiting_for_a_gpu_is_told(house: House) -> None:
    house.pods.part = cannot_be_placed("0/3 nodes are available: 3 Insufficient nvidia.com/gpu.")
    await house.comment("/vteam fix it")
    await house.settle()
    assert "Next in line, waiting for room in the cluster: 0/3 nodes are available" in house.thread


async def test_a_cancelled_session_stops_and_says_by_whom(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    await house.comment("/vteam stop")
    await house.settle()
    assert (await house.session()).phase is Phase.STOPPED
    assert (await house.cluster.list(JOBS)).items == []
    assert (await house.cluster.list(PODS)).items == []
    assert last_words(house) == snapshot("@ada, stopped by @\u2060ada.")


async def test_a_job_that_somebody_deleted(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix it")
    await house.settle()
    session = await house.session()
    await house.cluster.delete(JOBS, session.name, namespace=NAMESPACE)
    await house.settle()
    assert (await house.session()).phase is Phase.FAILED
    assert "the session's Job was deleted" in last_words(house)


async def test_the_app_was_uninstalled_before_the_job_began(house: House) -> None:
    [installation] = house.github.site.world.installations.values()
    await house.bot.stop()
    await house.comment("/vteam fix it")
    await house.github.drain()
    house.github.revoke_installation(installation)
    await house.bot.start()
    await house.settle()
    assert await house.sessions() == []


async def test_a_size_that_no_card_has_is_explained_while_it_waits(house: House) -> None:
    house.pods.part = cannot_be_placed("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.")
    await house.comment("/vteam fix it")
    await house.settle()
    session = await house.session()
    patch = {"spec": {"gpu": {"count": 1, "minMemory": "80Gi"}}}
    await house.cluster.patch(SESSIONS, session.name, patch, namespace=NAMESPACE)
    await house.settle()
    assert "waiting for a GPU" in house.thread
    assert "just above what a H100-80GB reports" in house.thread
