"""The runner API as a pod meets it: what it is given, what is taken from it, and what is refused in words."""

import asyncio
import json
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from bot.doors.doing import doing, summary
from crds.result import ProgressEvent, Result, Work
from tests.runner_api.conftest import BASE, Pod, World, client, order

HEAD = "b" * 40
BOUNDARY = "multipart/form-data; boundary=x"
DONE = Result(exit_code=0, work=(Work(repository="o__r", base=BASE, head=HEAD, commits=1, bundle=True),))


def event(seq: int, kind: str = "tool", text: str = "Edit", **more: Any) -> dict[str, Any]:
    return {"seq": seq, "kind": kind, "text": text, **more}


async def test_an_order_is_made_once_and_then_stands(world: World) -> None:
    first = await world.pod.get("/order")
    assert first.json() == (await world.pod.get("/order")).json()
    assert first.json() == order(world.cluster.sessions["team", "fix-1"]).model_dump(mode="json")
    assert world.orders == ["fix-1"]


async def test_a_read_token_is_given_and_not_kept_by_caches(world: World) -> None:
    answer = await world.pod.post("/token")
    token = {"username": "x-access-token", "password": "read-fix-1", "expires_at": "soon", "urls": []}
    assert answer.json() == {**token, "others": []}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_read_token_serves_all_clones_that_begin_together(world: World) -> None:
    await asyncio.gather(*(world.pod.post("/token") for _ in range(5)))
    assert world.tokens == ["fix-1"]
    world.clock.now += 29
    await world.pod.post("/token")
    assert world.tokens == ["fix-1"]
    world.clock.now += 2
    await world.pod.post("/token")
    assert world.tokens == ["fix-1", "fix-1"]


async def test_a_session_gets_no_token_of_another(world: World) -> None:
    await world.pod.post("/token")
    token = world.cluster.add_session("team", "fix-2")
    async with client(world.url, token) as http:
        answer = await Pod(http, "/sessions/team/fix-2").post("/token")
    assert answer.json()["password"] == "read-fix-2"


async def test_progress_is_numbered_and_shown_in_the_status(world: World) -> None:
    answer = await world.pod.post(
        "/progress", {"events": [event(1, "turn", turn=3), event(2, detail="src/login.py", turn=3)]}
    )
    assert answer.json() == {"last": 2}
    progress = world.cluster.status("team", "fix-1")["progress"]
    assert progress == {"seq": 2, "turns": 3, "doing": "Editing src/login.py", "at": "2023-11-14T22:13:20.000Z"}


async def test_progress_that_is_repeated_counts_once(world: World) -> None:
    await world.pod.post("/progress", {"events": [event(1), event(2)]})
    assert (await world.pod.post("/progress", {"events": [event(2), event(3)]})).json() == {"last": 3}
    assert len(await world.store.progress.tail("uid-team-fix-1", 10)) == 3


async def test_a_burst_of_progress_is_one_write_and_the_last_state_comes_through(world: World) -> None:
    await world.pod.post("/progress", {"events": [event(1, detail="file1.py")]})
    world.cluster.patched.clear()
    await world.pod.post("/progress", {"events": [event(2, "turn", turn=2)]})
    for seq in range(3, 7):
        await world.pod.post("/progress", {"events": [event(seq, detail=f"file{seq}.py")]})
    async with asyncio.timeout(60):
        while world.cluster.patches[-1]["doing"] != "Editing file6.py":
            await world.cluster.patched.wait()
            world.cluster.patched.clear()
    assert len(world.cluster.patches) <= 3, "one for the first, one for all others; one more where a second went by"


async def test_progress_is_kept_although_the_cluster_is_down(world: World) -> None:
    await world.pod.get("/order")
    world.cluster.down = True
    assert (await world.pod.post("/progress", {"events": [event(1)]})).json() == {"last": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"events": [{"seq": 0, "kind": "tool"}]}, "greater than or equal to 1"),
        ({"events": [{"seq": 1, "kind": "secret"}]}, "events.0.kind"),
        ({"events": [{"seq": 20_001, "kind": "tool"}]}, "at most 20,000 progress events"),
        ({"events": [{"seq": 10**30, "kind": "tool"}]}, "at most 20,000"),
        ({"events": [{"seq": 1, "kind": "tool", "text": "x" * 2001}]}, "2000"),
        ({"events": [], "extra": 1}, "extra"),
        ([], "the progress is not understood"),
    ],
)
async def test_odd_progress_is_refused_in_words(world: World, body: Any, words: str) -> None:
    answer = await world.pod.post("/progress", body)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


async def test_a_body_without_end_is_413(world: World) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 100_000

    answer = await world.pod.client.post("/sessions/team/fix-1/progress", content=endless())
    assert (answer.status_code, answer.json()["detail"]) == (413, "the body is larger than 4,194,304 bytes")


async def test_a_session_that_calls_without_pause_is_slowed_down(world: World) -> None:
    codes = [(await world.pod.get("/transcript/subpaths")).status_code for _ in range(55)]
    assert codes == [200] * 50 + [429] * 5
    world.clock.now += 1
    assert (await world.pod.get("/transcript/subpaths")).status_code == 200


async def test_a_transcript_comes_back_as_it_was_sent(world: World) -> None:
    assert (await world.pod.get("/transcript")).status_code == 404
    entries = [{"type": "user", "uuid": "a", "n": 10**30}, {"type": "title", "text": "cut \ud83d"}]
    headers = {"Content-Type": "application/json"}
    for subpath, part in ((None, entries[:1]), (None, entries), ("subagents/agent-1", entries)):
        body = json.dumps({"subpath": subpath, "entries": part})
        answer = await world.pod.client.post("/sessions/team/fix-1/transcript", content=body, headers=headers)
        assert answer.status_code == 204
    assert json.loads((await world.pod.get("/transcript")).content) == {"entries": entries}
    sub = await world.pod.get("/transcript", params={"subpath": "subagents/agent-1"})
    assert json.loads(sub.content) == {"entries": entries}
    assert (await world.pod.get("/transcript/subpaths")).json() == {"subpaths": ["subagents/agent-1"]}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 400),
        (b"[" * 200_000, 400),
        (b'{"entries": 5}', 422),
        (b'{"entries": ["text"]}', 422),
        (b'{"entries": [], "subpath": 7}', 422),
        (b'{"entries": [], "subpath": "a\\u0000b"}', 422),
    ],
)
async def test_odd_transcripts_are_refused(world: World, body: bytes, code: int) -> None:
    answer = await world.pod.client.post("/sessions/team/fix-1/transcript", content=body)
    assert answer.status_code == code
    assert answer.json()["detail"]


async def test_a_result_is_stored_and_the_reconciler_is_woken(world: World) -> None:
    await world.pod.get("/order")
    bundle = bytes(range(256)) * 8000
    answer = await world.pod.hand_in(DONE, bundles={"o__r": bundle})
    assert answer.json() == {"stored": True}
    stored = await world.store.results.get("uid-team-fix-1")
    assert stored is not None
    assert (stored.result, stored.final) == (DONE, True)
    assert await world.store.results.bundle("uid-team-fix-1", "o__r") == bundle
    assert world.cluster.status("team", "fix-1")["progress"]["reported"] == "final"


async def test_a_checkpoint_comes_before_the_final_result(world: World) -> None:
    await world.pod.get("/order")
    await world.pod.hand_in(DONE, final=False, bundles={"o__r": b"first"})
    assert world.cluster.status("team", "fix-1")["progress"]["reported"] == "checkpoint"
    await world.pod.hand_in(DONE, bundles={"o__r": b"second"})
    assert await world.store.results.bundle("uid-team-fix-1", "o__r") == b"second"


async def test_a_result_whose_answer_was_lost_is_taken_again_even_at_the_end(world: World) -> None:
    await world.pod.get("/order")
    await world.pod.hand_in(DONE, bundles={"o__r": b"work"})
    world.cluster.status("team", "fix-1")["phase"] = "Completed"
    world.clock.now += 10
    again = await world.pod.hand_in(DONE, bundles={"o__r": b"work"})
    assert (again.status_code, again.json()) == (200, {"stored": False})
    other = await world.pod.hand_in(DONE, bundles={"o__r": b"other work"})
    assert other.status_code == 409
    assert (await world.pod.hand_in(DONE, final=False, bundles={"o__r": b"work"})).status_code == 403


async def test_an_ended_session_without_a_result_gets_none(world: World) -> None:
    await world.pod.get("/order")
    world.cluster.status("team", "fix-1")["phase"] = "Stopped"
    world.clock.now += 10
    answer = await world.pod.hand_in(DONE, bundles={"o__r": b"work"})
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "the session has ended; no result is taken from it any more",
    )


async def test_a_result_is_repeated_until_the_cluster_knows_of_it(world: World) -> None:
    await world.pod.get("/order")
    world.cluster.down = True
    assert (await world.pod.hand_in(DONE, bundles={"o__r": b"work"})).status_code == 503
    world.cluster.down = False
    assert (await world.pod.hand_in(DONE, bundles={"o__r": b"work"})).json() == {"stored": False}
    assert world.cluster.status("team", "fix-1")["progress"]["reported"] == "final"


def row(**changes: Any) -> Result:
    return Result(exit_code=0, work=(DONE.work[0].model_copy(update=changes),))


@pytest.mark.parametrize(
    ("result", "bundles", "words"),
    [
        (DONE, {}, "do not fit together"),
        (DONE, {"o__r": b"x", "o__s": b"y"}, "the bundle of o__s has no row"),
        (DONE, {"o__r": b"x", "o__docs": b"y"}, "'bundle:o__docs' is not taken here"),
        (row(repository="o__other"), {}, "no repository called 'o__other'"),
        (row(base="c" * 40), {"o__r": b"x"}, "the work on o__r starts at cccccccccccc, the order at aaaaaaaaaaaa"),
        (Result(exit_code=0, work=DONE.work * 2), {"o__r": b"x"}, "two rows for o__r"),
        ('{"exit_code": 7}', {}, "the result document is not understood: exit_code"),
        ("nonsense", {}, "the result document is not understood"),
    ],
)
async def test_a_result_that_does_not_fit_its_order_is_refused(
    world: World, result: Result | str, bundles: dict[str, bytes], words: str
) -> None:
    await world.pod.get("/order")
    answer = await world.pod.hand_in(result, bundles=bundles)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert await world.store.results.get("uid-team-fix-1") is None


async def test_a_bundle_over_the_limit_is_413_in_words(world: World) -> None:
    await world.pod.get("/order")
    answer = await world.pod.hand_in(DONE, bundles={"o__r": b"x" * 3_000_001})
    assert (answer.status_code, answer.json()["detail"]) == (413, "bundle:o__r is larger than 3,000,000 bytes")


async def test_a_result_before_the_order_is_out_of_turn(world: World) -> None:
    assert (await world.pod.hand_in(DONE, bundles={"o__r": b"x"})).status_code == 409


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{}", "application/json", 400),
        (b"rubbish", BOUNDARY, 400),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n", BOUNDARY, 422),
        (b'--x\r\nContent-Disposition: form-data; name="bundle:o__r"\r\n\r\na\r\n--x--\r\n', BOUNDARY, 422),
    ],
)
async def test_odd_uploads_are_refused(world: World, body: bytes, content_type: str, code: int) -> None:
    await world.pod.get("/order")
    url = "/sessions/team/fix-1/result?final=true"
    answer = await world.pod.client.put(url, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == code
    assert answer.json()["detail"]


async def test_no_upload_is_left_on_the_disk(world: World) -> None:
    await world.pod.get("/order")
    before = uploads()
    await world.pod.hand_in(DONE, bundles={"o__r": b"x" * 3_000_001})
    await world.pod.hand_in(DONE, bundles={"o__r": b"x"})
    async with asyncio.timeout(60):
        while uploads() - before:  # another test's, at the same time, goes away by itself
            await asyncio.sleep(0.05)


def uploads() -> set[Path]:
    return set(Path(gettempdir()).glob("vteam-result-*"))


def test_what_the_agent_does_is_said_in_a_few_harmless_words() -> None:
    def said(kind: Any, text: str, detail: str = "") -> str:
        return doing(ProgressEvent(seq=1, kind=kind, text=text, detail=detail))

    assert said("tool", "Bash", "python -m unittest") == "Running python -m unittest"
    assert said("tool", "Bash", "curl -H 'Authorization: Bearer ghp_0123456789abcdef0123'") == (
        "Running curl -H 'Authorization: Bearer [redacted]'"
    )
    assert said("tool", "mcp{0}", "x\n\u202ey\0") == "Using mcp0: x y"
    assert said("tool", "Read", "{0.__class__}") == "Reading {0.__class__}"
    assert len(said("tool", "Bash", "x" * 1999)) <= 120
    assert said("phase", "pack") == "Reading what was said"
    assert said("phase", "tidying up") == "Tidying up"
    assert said("context", "12000") == ""
    assert summary([]).doing == ""


def test_how_full_the_window_is_comes_from_the_last_event_that_says_so() -> None:
    window = ProgressEvent(seq=1, kind="context", turn=1, context_tokens=10**30, context_window=200_000)
    turn = ProgressEvent(seq=2, kind="turn", turn=2, context_tokens=7)
    said = summary([window, turn])
    assert (said.turns, said.context_tokens, said.context_window) == (2, 1_000_000_000, 200_000)
    assert summary([turn]).context_window is None
    phases = [ProgressEvent(seq=4, kind="phase", text=text) for text in ("agent", "change", "odd")]
    assert [summary(phases[:end]).stage for end in (1, 2, 3)] == ["explore", "change", "change"]
    compacting = ProgressEvent(seq=3, kind="context", text="compacting")
    assert summary([turn, compacting]).doing == "Summarising the conversation, for the window is nearly full"
