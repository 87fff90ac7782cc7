"""What limits leave of a forecast: nothing is said beyond them, and one of turns bounds the dollars as well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.agent_loop import Run, expected
from crds.agentic_session import Task
from crds.learning import forecast
from crds.limited import reached, total_tokens, within
from crds.work_order import Limits

SHOP = Run(repository="1", task=Task.FIX, model="claude-sonnet-5-5", prompt=20_000)
MADE = forecast(SHOP, [])


def limits(*, usd: float | None = 50.0, tokens: int | None = None, turns: int = 1000, seconds: int = 100_000) -> Limits:
    return Limits(
        context_tokens=32_000, total_tokens=tokens, cost_usd=usd, turns=turns, seconds=seconds, bundle_bytes=1_000_000
    )


def test_limits_beyond_the_forecast_leave_it_as_it_is() -> None:
    assert within(MADE, SHOP, limits()) == MADE
    assert reached(MADE, limits()) == {}


def test_three_turns_cost_what_three_turns_cost() -> None:
    made = within(MADE, SHOP, limits(turns=3))
    assert (made.turns.low, made.turns.high) == (3, 3)
    base = expected(SHOP, turns=3)
    assert made.usd is not None
    assert made.usd.middle == pytest.approx(base.usd, rel=0.1)
    assert made.seconds.middle == pytest.approx(base.seconds, rel=0.1)
    assert MADE.usd is not None
    assert made.usd.high < 0.3 * MADE.usd.high


def test_a_minute_is_no_longer_than_a_minute() -> None:
    made = within(MADE, SHOP, limits(seconds=60))
    assert made.seconds.high <= 60
    assert made.turns.high < 10


def test_a_limit_in_the_midst_cuts_the_upper_end_alone() -> None:
    made = within(MADE, SHOP, limits(usd=1.0))
    assert made.usd is not None
    assert made.usd.high == pytest.approx(1.0, rel=0.01)
    assert MADE.usd is not None
    assert (made.usd.low, made.usd.middle) == (MADE.usd.low, MADE.usd.middle)
    assert MADE.turns.middle < made.turns.high < MADE.turns.high
    found = reached(MADE, limits(usd=1.0))
    assert list(found) == ["usd"]
    assert not found["usd"].likely


@given(
    st.one_of(st.none(), st.floats(0.0001, 30)), st.one_of(st.none(), st.integers(1, 10**7)), st.integers(1, 300),
    st.integers(1, 5000),
)  # fmt: skip
def test_nothing_is_said_beyond_a_limit(usd: float | None, tokens: int | None, turns: int, seconds: int) -> None:
    bounds = limits(usd=usd, tokens=tokens, turns=turns, seconds=seconds)
    made = within(MADE, SHOP, bounds)
    for one in (made.fresh_tokens, made.cached_tokens, made.output_tokens, made.turns, made.usd, made.seconds):
        assert one is not None
        assert 0 <= one.low <= one.middle <= one.high
    assert made.turns.high <= max(1, turns)
    assert made.seconds.high <= seconds
    assert usd is None or made.usd is None or made.usd.high <= usd * (1 + 1e-9)
    assert tokens is None or total_tokens(made).low <= tokens * (1 + 1e-9)
