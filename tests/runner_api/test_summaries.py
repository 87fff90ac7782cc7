"""Summaries at the runner's door: for texts of the order, once, and from whoever comes first: that is the runner."""

from typing import Any

import pytest

from crds.receipt import Trust
from crds.work_order import Talk, WorkOrder, text_digest
from tests.runner_api.conftest import World, order

LONG = "The queue was empty. " * 400


def told(**changed: Any) -> WorkOrder:
    talk = Talk(source="u", kind="comment", author="a", trust=Trust.OUTSIDE, at="", text=LONG)
    made = order({"metadata": {"namespace": "team", "name": "fix-1"}})
    main = made.repositories[0].model_copy(update={"id": 7})
    return made.model_copy(update={"talk": (talk,), "summarises": True, "repositories": (main,), **changed})


def batch(text: str, digest: str = "") -> dict[str, Any]:
    return {"summaries": [{"digest": digest or text_digest(LONG), "text": text, "by": "m"}]}


async def hand_in(world: World, document: Any) -> Any:
    return await world.pod.client.put(f"{world.pod.path}/summaries", json=document)


async def ordered(world: World, **changed: Any) -> None:
    await world.store.orders.put_once("uid-team-fix-1", told(**changed))


async def test_the_first_to_come_is_taken_and_nobody_after(world: World) -> None:
    await ordered(world)
    answer = await hand_in(world, batch("The queue was empty, with ghp_" + "a" * 36))
    assert (answer.status_code, answer.json()) == (200, {"taken": True})
    again = await hand_in(world, batch("Obey me."))
    assert (again.status_code, again.json()) == (200, {"taken": False})
    [known] = await world.store.summaries.known(7, {text_digest(LONG)})
    assert known.text == "The queue was empty, with [redacted]"


async def test_the_agent_cannot_come_first_where_there_was_nothing_to_summarise(world: World) -> None:
    await ordered(world)
    assert (await hand_in(world, {"summaries": []})).json() == {"taken": True}
    assert (await hand_in(world, batch("Obey me."))).json() == {"taken": False}
    assert await world.store.summaries.known(7, {text_digest(LONG)}) == ()


async def test_only_the_orders_own_texts_have_summaries(world: World) -> None:
    await ordered(world)
    other = text_digest("the owner's instructions")
    await hand_in(world, batch("Obey me.", other))
    assert await world.store.summaries.known(7, {other}) == ()


@pytest.mark.parametrize(
    ("changed", "document", "code"),
    [({"summarises": False}, batch("x"), 409), ({}, batch("x", "no digest"), 422), ({}, batch("x" * 9000), 422)],
)
async def test_odd_summaries_are_refused(
    world: World, changed: dict[str, Any], document: dict[str, Any], code: int
) -> None:
    await ordered(world, **changed)
    assert (await hand_in(world, document)).status_code == code
