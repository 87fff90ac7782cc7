"""What a session will cost is said before it runs, what it did cost beside that afterwards; the next one knows better."""

import json
from dataclasses import dataclass
from decimal import Decimal

import aiohttp
from inline_snapshot import snapshot

from bot.store import Hold
from crds.agentic_session import Phase
from crds.usage import Tokens
from crds.work_order import WorkOrder
from handlers.session import Session
from tests.house import House
from tests.played_pods import Part, PodLife, hangs

USED = Tokens(input=20, output=6_000, cache_read=400_000, cache_write=30_000)


@dataclass(frozen=True)
class Admitted:
    """A model call that was let through."""

    hold: Hold


def asks_the_model(house: House, usd: str = "0.42") -> Part:
    """A runner that reads its order, whose agent asks the model once, and that hands in its receipt."""

    async def part(life: PodLife) -> None:
        await life.runs()
        _, order = await life.call("GET", "/order")
        assert house.bot.world is not None
        ledger, [running] = house.bot.world.store.ledger, [one for one in await house.sessions() if not one.phase.ended]
        hold = Hold(order["model"], Decimal(1), 1000)
        _, call = await ledger.admit(running.uid, lambda _: Admitted(hold))
        assert call is not None
        await ledger.settle(call, USED, Decimal(usd))
        await life.call("PUT", "/result?final=true", data=document)
        await life.ends(0)

    return part


def document() -> aiohttp.FormData:
    """A result whose prompt had 20,000 tokens."""
    row = {
        "source": "src/a.py",
        "kind": "code",
        "trust": "repository",
        "offered": 20_000,
        "taken": 20_000,
        "way": "whole",
    }
    receipt = {"budget": 32_000, "prompt": 20_000, "tokenizer": "cl100k_base", "rows": [row]}
    agent = {"subtype": "success", "is_error": False, "turns": 9, "session_id": "s-1", "text": "So."}
    found = aiohttp.FormData()
    result = {"exit_code": 0, "work": [], "agent": agent, "error": "", "receipt": receipt}
    found.add_field("document", json.dumps(result), content_type="application/json")
    return found


async def order_of(house: House, session: Session) -> WorkOrder:
    assert house.bot.world is not None
    order = await house.bot.world.store.orders.get(session.uid)
    assert order is not None
    return order


async def test_what_is_expected_is_said_while_it_runs(house: House) -> None:
    house.pods.part = hangs()
    await house.comment("/vteam fix the flaky login test --max-cost 0.25 --model auto")
    await house.settle()
    assert house.thread.partition("Expected ")[2].partition(" Model claude-haiku-5-5")[0] == snapshot(
        "$0.04–0.25, 8–54 turns, 1–12 min."
    )
    status = (await house.session()).status
    assert (status.model, status.model_reason) == snapshot(
        (
            "claude-haiku-5-5",
            "claude-haiku-5-5 in place of claude-sonnet-5-5, which would cost about $0.58: the budget is $0.25",
        )
    )
    await house.comment("/vteam status")
    await house.settle()
    assert "expected $0.04–0.25" in house.thread.rpartition("/vteam status")[2]


async def test_a_budget_that_does_not_pay_for_an_answer_is_refused_before_anything_starts(house: House) -> None:
    await house.comment("/vteam fix the flaky login test --max-cost 0.01")
    await house.settle()
    session = await house.session()
    assert (session.phase, session.status.job_name) == (Phase.FAILED, None)
    assert house.pods.lives == []
    assert "A budget of $0.01 does not pay for the first answer of claude-sonnet-5-5" in house.thread
    assert "`/vteam budget $2.20` and then `/vteam retry` would do" in house.thread

    house.pods.part = hangs()
    await house.comment("/vteam budget $2.20")
    await house.settle()
    await house.comment("/vteam retry")
    await house.settle()
    assert [one.phase for one in await house.sessions() if not one.phase.ended] == [Phase.RUNNING]


async def test_what_was_used_stands_beside_what_was_expected_and_the_next_one_has_learned(house: House) -> None:
    house.pods.part = asks_the_model(house)
    await house.comment("/vteam ask why is it flaky?")
    await house.settle()
    first = await house.session()
    budget = first.status.budget
    assert budget is not None
    assert budget.forecast is not None
    assert (budget.forecast.runs, budget.forecast.basis) == snapshot(
        (0, "no run of ask yet: the size of the prompt, and how such work usually goes")
    )
    assert (budget.used_usd, budget.forecast_error) == snapshot((0.42, 1.0922))
    assert "▸ Forecast: it took 3.0 times what was expected" in house.thread
    assert (await order_of(house, first)).tokens_per_count == 1.0

    await house.comment("/vteam ask and why again?")
    await house.settle()
    [second] = [one for one in await house.sessions() if one.name != first.name]
    order = await order_of(house, second)
    assert order.forecast is not None
    assert (order.forecast.runs, order.forecast.basis) == snapshot((1, "1 run of ask here with claude-sonnet-5-5"))
    assert order.forecast.usd is not None
    assert order.forecast.usd.middle > (budget.forecast.usd.middle if budget.forecast.usd else 0)
    # 430,020 tokens in the first request, where 22,218 were counted: more than three is not believed, once counts half.
    assert order.tokens_per_count == 3.0
