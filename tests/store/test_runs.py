"""Runs: one row a session, written once, found again by how near they are to the run that is to come."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import delete

from bot.store import Hold, Store
from bot.store.database import opened
from bot.store.schema import run_more
from crds.agent_loop import PastRun, Run
from crds.agentic_session import Task
from crds.learning import LATEST, forecast, likely_prompt
from crds.usage import Tokens
from handlers.plan import FinishedRun
from tests.store.conftest import Clock

SHOP = Run(repository="1", task=Task.FIX, model="claude-sonnet-5-5", prompt=20_000, tokens_per_count=1.25)


def made(run: Run = SHOP, *, turns: int = 12, whole: bool = True, counted: int = 23_670) -> FinishedRun:
    tokens = Tokens(input=10, output=4_000, cache_read=300_000, cache_write=50_000)
    past = PastRun(run=run, tokens=tokens, turns=turns, usd=0.225, seconds=90.5)
    return FinishedRun(past, counted, whole, forecast(run, []))


async def test_what_was_recorded_is_what_is_learned_from(store: Store) -> None:
    await store.runs.record("uid", made(), request=30_000)
    assert await store.runs.history(SHOP) == [made().past]
    assert await store.runs.counts(SHOP.model) == [(23_670, 30_000)]


async def test_a_session_is_recorded_once(store: Store) -> None:
    await store.runs.record("uid", made(), request=30_000)
    await store.runs.record("uid", made(turns=99), request=1)
    assert [past.turns for past in await store.runs.history(SHOP)] == [12]
    assert await store.runs.counts(SHOP.model) == [(23_670, 30_000)]


async def test_runs_that_were_cut_and_counts_that_say_nothing_are_left_aside(store: Store) -> None:
    await store.runs.record("cut", made(whole=False), request=30_000)
    await store.runs.record("continued", made(counted=0), request=80_000)
    await store.runs.record("unanswered", made(), request=0)
    assert len(await store.runs.history(SHOP)) == 2
    assert await store.runs.counts(SHOP.model) == [(23_670, 30_000)]


async def test_a_run_that_a_limit_has_cut_is_learned_from_as_such(store: Store) -> None:
    further = SHOP.model_copy(update={"earlier": 40_000})
    whole = made(further)
    cut = FinishedRun(whole.past.model_copy(update={"cut": True}), whole.counted, False, whole.forecast)
    await store.runs.record("cut", cut, request=0)
    await store.runs.record("failed", made(whole=False), request=0)
    assert await store.runs.history(SHOP) == [cut.past]


async def test_what_older_programs_have_recorded_went_on_from_nothing_and_was_not_cut(store: Store, url: str) -> None:
    await store.runs.record("uid", made(SHOP.model_copy(update={"earlier": 40_000})), request=0)
    database = await opened(url)
    await database.write(lambda connection: connection.execute(delete(run_more)))
    await database.close()
    [found] = await store.runs.history(SHOP)
    assert (found.run.earlier, found.cut) == (0, False)


async def test_runs_of_its_repository_with_other_models_are_not_hidden_by_foreign_ones(
    store: Store, clock: Clock
) -> None:
    small = SHOP.model_copy(update={"model": "claude-haiku-5-5", "prompt": 900})
    for number in range(3):
        await store.runs.record(f"own-{number}", made(small), request=0)
    for number in range(LATEST + 5):
        clock.now += 1
        await store.runs.record(f"other-{number}", made(SHOP.model_copy(update={"repository": "2"})), request=0)
    assert likely_prompt(SHOP, await store.runs.history(SHOP)) == 900


async def test_its_own_runs_are_found_however_many_others_there_are(store: Store, clock: Clock) -> None:
    await store.runs.record("own", made(turns=7), request=0)
    for number in range(250):
        clock.now += 1
        other = SHOP.model_copy(update={"repository": "2"})
        await store.runs.record(f"other-{number}", made(other), request=0)
    asked = SHOP.model_copy(update={"task": Task.ASK})
    await store.runs.record("asked", made(asked, turns=3), request=0)
    found = await store.runs.history(SHOP)
    assert found[-1].turns == 7
    assert len(found) == 201
    assert all(past.run.task is Task.FIX for past in found)


@dataclass(frozen=True)
class Held:
    hold: Hold | None


async def test_the_first_request_is_the_models_own_first_one(store: Store) -> None:
    async def call(model: str, tokens: Tokens | None) -> None:
        _, number = await store.ledger.admit("uid", lambda _: Held(Hold(model, Decimal(1), 10)))
        if tokens is not None and number is not None:
            await store.ledger.settle(number, tokens, Decimal(0))

    await call("small", Tokens(input=7))
    await call("large", None)  # lost: nobody knows what it was
    await call("large", Tokens(input=10, cache_read=200, cache_write=3_000, output=5))
    await call("large", Tokens(input=9_999))
    assert await store.ledger.first("uid", "large") == 3_210
    assert await store.ledger.first("other", "large") == 0
