"""The budget is a hard stop: not passed by parallel calls, a client that hangs up, a crash, or a server that lies."""

import asyncio
import itertools
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.ask import Rules, read_ask
from bot.gateway.budget import decide
from bot.store.words import Hold, Used
from crds.usage import Tokens
from tests.gateway.conftest import MODEL, SMALL, House, World, asking, order
from tests.gateway.model import STOP, Pause, end, sse, start, text


async def spend(world: World, usd: str, *, tokens: int = 0) -> None:
    """An earlier call that has cost so much."""
    _, number = await world.store.ledger.admit(world.uid, lambda used: Held())
    assert number is not None
    await world.store.ledger.settle(number, Tokens(input=tokens), Decimal(usd))


class Held:
    hold = Hold(MODEL, Decimal(0), 0)


async def test_a_spent_budget_is_402_in_words(world: World) -> None:
    await world.ordered(order(usd=2.0, tokens=1_000_000))
    await spend(world, "1.999", tokens=1234)
    status, kind, message = await world.error()
    assert (status, kind) == (402, "billing_error")
    assert message == (
        "the session's budget of $2.00 and 1,000,000 tokens is spent ($2.00 and 1,234 tokens used); "
        "the next call needs about $0.0155 and 1,054 tokens"
    )
    assert world.model.paths == []
    assert (await world.used()).held_usd == 0
    assert world.counted("vteam_model_refusals_total", reason="budget") == 1


async def test_a_budget_that_a_person_has_raised_is_obeyed_at_once(world: World) -> None:
    await world.ordered(order(usd=2.0))
    await spend(world, "1.999")
    assert (await world.error())[0] == 402
    await world.store.raises.put(world.uid, 3.0, by="ada")
    assert (await world.answer())[0] == 200
    await world.store.raises.put(world.uid, 1.0, by="ada")
    assert (await world.error())[0] == 402, "nothing is raised above an order by less than it grants"


async def test_the_token_budget_holds_where_there_is_no_price(world: World) -> None:
    await world.ordered(order("qwen3-coder", usd=None, tokens=10_000))
    await spend(world, "0", tokens=9_500)
    status, kind, _ = await world.error(asking(model="qwen3-coder"))
    assert (status, kind) == (402, "billing_error")


async def test_output_is_lowered_to_what_is_left(world: World) -> None:
    await world.ordered(order(usd=2.0))
    await spend(world, "1.97")
    assert (await world.answer())[0] == 200
    assert 1024 <= world.model.requests[0]["max_tokens"] < 2000
    assert world.model.requests[0]["messages"] == asking()["messages"]


async def test_output_is_not_lowered_below_the_thinking_budget(world: World) -> None:
    await world.ordered(order(usd=2.0))
    await spend(world, "1.97")
    thinking = {"type": "enabled", "budget_tokens": 3000}
    assert (await world.error(asking(thinking=thinking)))[0] == 402


async def test_parallel_calls_never_pass_the_budget_together(world: World) -> None:
    await world.ordered(order(usd=0.25))
    pause = Pause()
    world.model.script = [start(), pause, end(4000), STOP]
    # Each holds 4000 · $15 per million = $0.06 and a little: four fit.
    calls = [asyncio.create_task(world.answer()) for _ in range(8)]
    refused = [await call for call in itertools.islice(asyncio.as_completed(calls), 4)]
    assert (await world.used()).held_usd > Decimal("0.24")
    pause.go.set()
    await asyncio.wait(calls)
    # What only waits for the session's own other calls may be tried again; the CLI would stop at 402.
    assert [status for status, _ in refused] == [429] * 4
    assert sorted(call.result()[0] for call in calls) == [200] * 4 + [429] * 4
    used = await world.used()
    assert (used.calls, used.held_tokens) == (4, 0)
    assert used.usd <= Decimal("0.25")


async def test_a_client_that_hangs_up_ends_the_call_and_pays_for_what_it_saw(world: World) -> None:
    await world.ordered(order())
    pause = Pause()
    world.model.script = [start(fresh=1000), text("x" * 700), pause]
    async with world.ask() as response:
        await response.content.readuntil(b"\n\n")
        await response.content.readuntil(b"\n\n")
        response.close()
    await world.model.hung_up.wait()
    used = await settled(world)
    assert used.tokens == Tokens(input=1000, output=200)
    assert used.usd == Decimal("0.006")


async def test_hidden_thinking_is_not_free_for_who_hangs_up(world: World) -> None:
    await world.ordered(order())
    pause = Pause()
    world.model.script = [start(fresh=1000), pause]
    async with world.ask(asking(thinking={"type": "adaptive"})) as response:
        await response.content.readuntil(b"\n\n")
        await asyncio.sleep(0.1)
        response.close()
    await world.model.hung_up.wait()
    assert 15 <= (await settled(world)).tokens.output <= 4000


async def settled(world: World) -> Used:
    async with asyncio.timeout(60):
        while (await world.used()).held_tokens:
            await asyncio.sleep(0.02)
    return await world.used()


async def test_a_crash_leaves_the_hold_and_it_counts_in_full(house: House) -> None:
    async with house.open() as world:
        await world.ordered(order(usd=0.1))
        crashed = Hold(MODEL, Decimal("0.09"), 5000)

        class Crashed:
            hold = crashed

        await world.store.ledger.admit(world.uid, lambda used: Crashed())
    async with house.open() as world:
        status, kind, message = await world.error()
        assert (status, kind) == (402, "billing_error")
        assert "$0.0900 held by calls in flight" in message


async def test_a_bot_that_is_stopped_in_mid_call_settles_it(house: House) -> None:
    pause = Pause()
    house.model.script = [start(fresh=1000), text("x" * 350), pause]
    async with house.open() as world:
        await world.ordered(order())
        response = await world.ask().__aenter__()
        await response.content.readuntil(b"\n\n")
        await response.content.readuntil(b"\n\n")
    async with house.open() as world:
        used = await world.used()
        assert (used.held_tokens, used.tokens) == (0, Tokens(input=1000, output=100))
    response.close()  # nobody read it to its end


async def test_a_stream_that_passes_the_budget_is_cut(world: World) -> None:
    await world.ordered(order(usd=0.1))
    # The server says that the input was far larger than it looked: $0.30 at least.
    world.model.script = [start(fresh=100_000), text("and on"), Pause()]
    status, body = await world.answer()
    assert status == 200
    assert body.startswith(sse(start(fresh=100_000)))
    assert b'event: error\ndata: {"type":"error","error":{"type":"billing_error"' in body
    await world.model.hung_up.wait()
    assert (await settled(world)).tokens.input == 100_000
    assert (await world.error())[0] == 402


async def test_a_server_that_ignores_max_tokens_is_cut(world: World) -> None:
    await world.ordered(order("qwen3-coder", usd=None, tokens=3000))
    world.model.script = [start(fresh=10), *[text("x" * 3500)] * 9, Pause()]
    _, body = await world.answer(asking(model="qwen3-coder"))
    assert b'"billing_error"' in body


def conversation(*words: str, marked: int) -> dict[str, Any]:
    """A conversation with its cache mark on one message, as the CLI sends it: the mark moves on with each call."""
    messages: list[dict[str, Any]] = [
        {"role": "user" if n % 2 == 0 else "assistant", "content": said} for n, said in enumerate(words)
    ]
    block = {"type": "text", "text": words[marked], "cache_control": {"type": "ephemeral"}}
    messages[marked]["content"] = [block]
    return asking(messages=messages, max_tokens=1024)


async def test_what_is_in_the_cache_is_held_at_the_price_of_the_cache(world: World) -> None:
    await world.ordered(order(usd=1.0))
    long = "word " * 70_000
    # 350 KB look like 100,000 tokens, and to write them to the cache costs $0.375; the maker counts 70,000.
    world.model.script = [start(fresh=5, written=70_000), end(10), STOP]
    assert (await world.answer(conversation(long, marked=0)))[0] == 200
    pause = Pause()
    world.model.script = [start(fresh=5, read=70_000, written=10), pause, end(10), STOP]
    async with world.ask(conversation(long, "Yes?", "More, please.", marked=2)):
        await pause.reached.wait()
        used = await world.used()
        assert 71_024 < used.held_tokens < 72_000
        assert Decimal("0.036") < used.held_usd < Decimal("0.039")
    await settled(world)
    await spend(world, "0.62")  # ten cents are left: enough for a call that reads the cache, and for no other
    other_start = conversation("Now " + long, "Yes?", "More, please.", marked=2)
    assert (await world.error(other_start))[0] == 402
    world.model.script = [start(fresh=5, read=70_020), end(10), STOP]
    more = ("Yes?", "More, please.", "So be it.", "And more.")
    assert (await world.answer(conversation(long, *more, marked=4)))[0] == 200


async def test_the_hold_stands_in_the_ledger_while_the_call_is_open(world: World) -> None:
    await world.ordered(order())
    pause = Pause()
    world.model.script = [start(), pause, end(1), STOP]
    async with world.ask() as response:
        await pause.reached.wait()
        used = await world.used()
        assert used.held_usd > Decimal("0.06")
        assert used.held_tokens > 4000
        pause.go.set()
        await response.read()
    assert (await settled(world)).held_usd == 0


limited = st.one_of(st.none(), st.floats(0, 10, allow_nan=False))


@given(
    usd=limited,
    tokens=st.one_of(st.none(), st.integers(0, 10**7)),
    used=st.decimals(0, 10, places=9),
    held=st.decimals(0, 10, places=9),
    asked=st.integers(1, 200_000),
    words=st.integers(0, 20_000),
    fields=st.sampled_from([{}, {"model": SMALL}, {"thinking": {"type": "enabled", "budget_tokens": 5000}}]),
)
def test_what_is_admitted_always_fits(
    *,
    usd: float | None,
    tokens: int | None,
    used: Decimal,
    held: Decimal,
    asked: int,
    words: int,
    fields: dict[str, Any],
) -> None:
    body = str(asking("x" * words, max_tokens=asked, **fields)).replace("'", '"').replace("True", "true").encode()
    ask = read_ask(body, Rules(frozenset({MODEL, SMALL})))
    limits = order(usd=usd, tokens=tokens).limits
    verdict = decide(ask, limits, Used(Tokens(input=1000), used, 500, held, 3))
    assert (verdict.hold is None) == (verdict.refusal is not None)
    if verdict.hold:
        assert 1 <= verdict.output <= asked
        assert verdict.output > ask.thinking or verdict.output == asked
        assert usd is None or used + held + verdict.hold.usd <= Decimal(str(usd))
        assert tokens is None or 1500 + verdict.hold.tokens <= tokens
