"""Who may call: the pod of the session, with a token made for the bot, while the session lives. Nobody else."""

import pytest

from tests.runner_api.conftest import World, client


async def test_a_pod_reaches_its_own_session(world: World) -> None:
    assert (await world.pod.get("/order")).status_code == 200


async def test_no_token_an_unknown_one_and_an_endless_one_are_401(world: World) -> None:
    for token in ("", "who-knows", "x" * 20_000):
        async with client(world.url, token) as stranger:
            answer = await stranger.get("/sessions/team/fix-1/order")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_for_another_audience_is_401(world: World) -> None:
    world.cluster.tokens["for-vault"] = ("team", "fix-1", ["vault"])
    async with client(world.url, "for-vault") as stranger:
        assert (await stranger.get("/sessions/team/fix-1/order")).status_code == 401


async def test_a_pod_does_not_reach_another_session(world: World) -> None:
    token = world.cluster.add_session("team", "fix-2")
    async with client(world.url, token) as foreign:
        answer = await foreign.get("/sessions/team/fix-1/order")
        assert answer.status_code == 403
        assert answer.json() == {"detail": "this token belongs to team/fix-2, not to team/fix-1"}
        assert (await foreign.get("/sessions/other/fix-2/order")).status_code == 403
        assert (await foreign.get("/sessions/team/nowhere/order")).status_code == 403


async def test_an_account_that_no_session_owns_is_403(world: World) -> None:
    world.cluster.accounts["team", "fix-1"]["metadata"]["ownerReferences"][0]["kind"] = "Deployment"
    answer = await world.pod.get("/order")
    assert (answer.status_code, answer.json()["detail"]) == (403, "no session owns the account team/fix-1")


async def test_a_session_made_anew_under_the_same_name_is_not_the_old_pods(world: World) -> None:
    world.cluster.sessions["team", "fix-1"]["metadata"]["uid"] = "another"
    assert (await world.pod.get("/order")).status_code == 403


async def test_a_token_of_a_deleted_account_is_401(world: World) -> None:
    del world.cluster.accounts["team", "fix-1"]
    assert (await world.pod.get("/order")).status_code == 401


@pytest.mark.parametrize("phase", ["Completed", "Failed", "Stopped", "Error"])
async def test_an_ended_session_is_over_in_words(world: World, phase: str) -> None:
    world.cluster.status("team", "fix-1")["phase"] = phase
    for answer in (await world.pod.get("/order"), await world.pod.post("/token"), await world.pod.post("/progress")):
        assert answer.status_code == 403
        assert "has ended" in answer.json()["detail"]


async def test_a_session_that_ends_is_noticed_within_seconds(world: World) -> None:
    assert (await world.pod.get("/order")).status_code == 200
    world.cluster.status("team", "fix-1")["phase"] = "Completed"
    world.clock.now += 6
    assert (await world.pod.get("/order")).status_code == 403


async def test_answers_are_kept_for_a_minute_and_not_longer(world: World) -> None:
    for _ in range(5):
        await world.pod.get("/order")
    assert world.cluster.calls == ["review", "account", "session"]
    world.clock.now += 61
    world.cluster.tokens.clear()
    assert (await world.pod.get("/order")).status_code == 401


async def test_a_cluster_that_is_down_is_503_and_a_matter_of_time(world: World) -> None:
    world.cluster.down = True
    answer = await world.pod.get("/order")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    world.cluster.down = False
    assert (await world.pod.get("/order")).status_code == 200


async def test_missing_rights_of_the_bot_are_not_the_pods_fault(world: World) -> None:
    world.cluster.forbids = True
    answer = await world.pod.get("/order")
    assert answer.status_code == 503
    assert "token-of" not in answer.text
