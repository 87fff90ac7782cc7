"""Prices and costs: one table, one sum, in exact decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crds.usage import PRICES, Price, Tokens, cost, price_of

COUNTS = st.integers(0, 10**9)
TOKENS = st.builds(Tokens, input=COUNTS, output=COUNTS, cache_read=COUNTS, cache_write=COUNTS)


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-opus-4-1-20250805", ("15", "75")),
        ("claude-opus-4-20250514", ("15", "75")),
        ("claude-opus-4-5-20251101", ("5", "25")),
        ("claude-sonnet-4-20250514", ("3", "15")),
        ("claude-sonnet-4-5", ("3", "15")),
        ("claude-haiku-4-5-20251001", ("1", "5")),
        ("claude-3-5-haiku-latest", ("0.80", "4")),
        ("claude-3-haiku-20240307", ("0.25", "1.25")),
    ],
)
def test_a_model_has_the_price_of_its_longest_known_name(model: str, dollars: tuple[str, str]) -> None:
    assert price_of(model) == Price(input=Decimal(dollars[0]), output=Decimal(dollars[1]))


@pytest.mark.parametrize("model", ["", "qwen3-coder", "gpt-oss-120b", "claude", "my-claude-sonnet-4"])
def test_a_model_that_is_not_in_the_table_has_no_price(model: str) -> None:
    assert price_of(model) is None


@pytest.mark.parametrize(
    ("tokens", "dollars"),
    [
        (Tokens(), "0"),
        (Tokens(input=1_000_000), "3"),
        (Tokens(output=1_000_000), "15"),
        (Tokens(cache_read=1_000_000), "0.3"),
        (Tokens(cache_write=1_000_000), "3.75"),
        (Tokens(input=12_000, output=900, cache_read=50_000, cache_write=8_000), "0.0945"),
    ],
)
def test_what_a_run_costs(tokens: Tokens, dollars: str) -> None:
    assert cost(tokens, PRICES["claude-sonnet-4"]) == Decimal(dollars)


@given(TOKENS, TOKENS, st.sampled_from(sorted(PRICES)))
def test_the_parts_cost_what_the_whole_costs(one: Tokens, other: Tokens, model: str) -> None:
    price = PRICES[model]
    assert cost(one.plus(other), price) == cost(one, price) + cost(other, price)
    assert one.plus(other).total == one.total + other.total
    assert cost(one, price) >= 0
