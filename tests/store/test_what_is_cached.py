"""Until when the maker's cache holds the beginning of a new session: what the ledger and the orders know of others."""

from decimal import Decimal
from typing import Any

import pytest

from bot.cached import cached_until
from bot.gateway.ask import Ask, Rules, read_ask
from bot.gateway.budget import decide
from bot.store import Store
from crds.agentic_session import Task
from crds.usage import Tokens
from crds.work_order import Continuation, Limits, OrderedRepository, WorkOrder
from tests.store.conftest import Clock

MODEL = "claude-sonnet-5-5"
LIMITS = Limits(context_tokens=1000, total_tokens=None, cost_usd=2.0, turns=9, seconds=60, bundle_bytes=1 << 20)
SHOP = OrderedRepository(name="acme__shop", url="https://x/shop", commit="a" * 40, branch="main", writable=True)
CART = SHOP.model_copy(update={"name": "acme__cart"})


def order(**more: Any) -> WorkOrder:
    usual: dict[str, Any] = {
        "session": "team/fix-1", "task": Task.FIX, "request": "fix it", "title": "t", "model": MODEL,
        "small_model": "s", "priced": True, "limits": LIMITS, "repositories": (SHOP,), "talk": (), "takes_notes": True,
    }  # fmt: skip
    return WorkOrder(**{**usual, **more})


def ask(model: str) -> Ask:
    body = b'{"model":"%s","max_tokens":9,"messages":[]}' % model.encode()
    return read_ask(body, Rules(frozenset({model})))


async def called(store: Store, uid: str, made: WorkOrder, *, model: str = "") -> None:
    """The session of this order has called its model just now."""
    await store.orders.put_once(uid, made)
    asked = ask(model or made.model)
    verdict, number = await store.ledger.admit(uid, lambda used: decide(asked, LIMITS, used))
    assert number is not None, verdict
    await store.ledger.settle(number, Tokens(cache_write=4_000, output=9), Decimal("0.01"))


async def test_a_session_like_it_keeps_the_beginning_for_five_minutes_after_its_last_call(
    store: Store, clock: Clock
) -> None:
    assert await cached_until(store, order(), now=clock()) == 0
    await called(store, "one", order(request="something else", session="team/fix-7"))
    clock.now += 100
    await called(store, "one", order())
    until = clock() + 300
    clock.now += 299
    assert await cached_until(store, order(), now=clock()) == until
    clock.now += 2
    assert await cached_until(store, order(), now=clock()) == 0


GOING_ON = {"continues": Continuation(session_id="2f1a0c1e-0000-4000-8000-000000000001", entries=3, heads={})}


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        ({}, {}, True),
        ({"repositories": (CART,)}, {}, False),
        ({"task": Task.ASK}, {}, False),
        ({"takes_notes": False}, {}, False),
        ({"model": "claude-opus-5-5"}, {}, False),
        # A conversation that goes on has no start that a new one could read, but it reads one's tools and system prompt.
        (GOING_ON, {}, False),
        ({}, GOING_ON, True),
        # No maker is known to keep what this model is sent.
        ({"model": "local"}, {"model": "local"}, False),
    ],
)
async def test_only_a_session_that_began_alike_counts(
    store: Store, clock: Clock, before: dict[str, Any], now: dict[str, Any], kept: bool
) -> None:
    await called(store, "one", order(**before))
    assert (await cached_until(store, order(**now), now=clock()) > 0) is kept


async def test_a_call_of_the_small_model_keeps_nothing_of_the_large_ones(store: Store, clock: Clock) -> None:
    await called(store, "one", order(), model="claude-haiku-5-5")
    assert await cached_until(store, order(), now=clock()) == 0


async def test_what_a_runner_says_of_the_count_is_held_against_the_largest_call(store: Store) -> None:
    await called(store, "one", order())
    await called(store, "one", order(), model="claude-haiku-5-5")
    assert await store.ledger.largest("one", MODEL) == 4_000
    assert await store.ledger.largest("two", MODEL) == 0
