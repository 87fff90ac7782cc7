"""Parsed code at the runner's door: given to sessions of its repository, taken once, from whoever comes first: that is
the runner."""

import hashlib
from typing import Any

import httpx
import pytest

from bot.store.shared_code import PIECE
from crds.work_order import WorkOrder
from handlers.memory.shared_code import MOST_BYTES, shares_code
from tests.runner_api.conftest import World, order

FORM = "5-0a"


def told(**changed: Any) -> WorkOrder:
    made = order({"metadata": {"namespace": "team", "name": "fix-1"}})
    main, docs, local = made.repositories
    numbered = (main.model_copy(update={"id": 7}), docs.model_copy(update={"id": 8, "private": False}), local)
    return made.model_copy(update={"repositories": numbered, "shares_code": True, **changed})


async def ordered(world: World, **changed: Any) -> None:
    await world.store.orders.put_once("uid-team-fix-1", told(**changed))


def row(name: str, content: bytes, **changed: Any) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"repository": name, "format": FORM, "sha256": digest, "size": len(content), **changed}


async def hand_in(world: World, files: dict[str, bytes], rows: list[dict[str, Any]] | None = None) -> httpx.Response:
    batch = {"code": [row(name, content) for name, content in files.items()] if rows is None else rows}
    parts = {"document": ("document", httpx.Request("PUT", "http://x", json=batch).content, "application/json")}
    parts |= {f"code:{name}": (name, content, "application/octet-stream") for name, content in files.items()}
    return await world.pod.client.put(f"{world.pod.path}/code", files=parts)


async def given(world: World, name: str, form: str = FORM) -> httpx.Response:
    return await world.pod.get(f"/code/{name}?form={form}")


async def test_what_one_hands_in_is_given_with_its_hash(world: World) -> None:
    await ordered(world)
    assert (await given(world, "o__r")).status_code == 404
    content = bytes(range(256)) * (PIECE // 200)
    assert (await hand_in(world, {"o__r": content, "o__docs": b"docs"})).json() == {"taken": True}
    answer = await given(world, "o__r")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert (await given(world, "o__docs")).content == b"docs"
    assert (await given(world, "o__r", "6-0a")).status_code == 404


async def test_the_first_to_come_is_taken_and_nobody_after(world: World) -> None:
    await ordered(world)
    assert (await hand_in(world, {})).json() == {"taken": True}
    again = await hand_in(world, {"o__r": b"the agent's"})
    assert (again.status_code, again.json()) == (200, {"taken": False})
    assert (await given(world, "o__r")).status_code == 404


async def test_only_sessions_of_the_repository_are_given_it(world: World) -> None:
    await ordered(world)
    await hand_in(world, {"o__r": b"names"})
    for name in ("o__s", "o__other", "..", "o__r%2F.."):
        assert (await given(world, name)).status_code == 404, name
    stranger = await world.pod.client.get("/sessions/team/other/code/o__r?form=5")
    assert stranger.status_code == 403
    main, *others = told().repositories
    changes: list[dict[str, Any]] = [{"id": 9}, {"private": False}]
    for number, changed in enumerate(changes):
        token = world.cluster.add_session("team", f"other-{number}")
        fooled = told(repositories=(main.model_copy(update=changed), *others))
        await world.store.orders.put_once(f"uid-team-other-{number}", fooled)
        path = f"/sessions/team/other-{number}/code/o__r?form={FORM}"
        answer = await world.pod.client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 404, "the name is the same, the repository or its visibility is not"


@pytest.mark.parametrize(
    ("files", "rows", "code"),
    [
        ({"o__r": b"abc"}, [row("o__r", b"abd")], 422),
        ({"o__r": b"abc"}, [row("o__r", b"abc", size=4)], 422),
        ({"o__r": b"abc"}, [], 422),
        ({}, [row("o__r", b"abc")], 422),
        ({"o__s": b"abc"}, None, 422),
        ({"o__none": b"abc"}, None, 422),
        ({"o__r": b"abc"}, [row("o__r", b"abc")] * 2, 422),
        ({"o__r": b"abc"}, [row("o__r", b"abc", format="../x")], 422),
        ({"o__r": b"abc"}, [row("o__r", b"abc", size=MOST_BYTES + 1)], 422),
        ({"o__r": bytes(MOST_BYTES + 1)}, None, 413),
    ],
)
async def test_what_does_not_fit_together_is_refused_whole(
    world: World, files: dict[str, bytes], rows: list[dict[str, Any]] | None, code: int
) -> None:
    await ordered(world)
    answer = await hand_in(world, files, rows)
    assert answer.status_code == code, answer.text
    assert answer.json()["detail"]
    assert (await given(world, "o__r")).status_code == 404
    assert (await hand_in(world, {})).json() == {"taken": True}, "the runner may still say that this is all"


async def test_nothing_is_taken_from_a_session_that_does_not_share(world: World) -> None:
    assert (await given(world, "o__r")).status_code == 409, "it has no order yet"
    await ordered(world, shares_code=False)
    assert (await hand_in(world, {"o__r": b"abc"})).status_code == 409
    assert (await given(world, "o__r")).status_code == 404


def test_who_reads_a_fork_or_was_asked_by_nobody_hands_nothing_in() -> None:
    main, docs, local = told().repositories
    assert shares_code([main, docs, local], asked_for=True)
    assert not shares_code([main], asked_for=False)
    assert not shares_code([local], asked_for=True)
    assert not shares_code([main, docs.model_copy(update={"fork": True})], asked_for=True)
    strangers = docs.model_copy(update={"url": "https://forge/strangers/docs"})
    assert not shares_code([main, strangers], asked_for=True), "their code is parsed here, too"
