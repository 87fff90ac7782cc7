"""Words and arithmetic of a forecast: what a run is expected to use, with an interval, and what it has used.

Made by the bot before a run, carried in the order and the status, compared with the ledger after it. Pure.
"""

from typing import Annotated

from pydantic import Field

from crds.schema import Message


class Interval(Message):
    """Three quantiles of one amount: a tenth, the half, nine tenths of the runs are expected at or below."""

    low: Annotated[float, Field(ge=0)]
    middle: Annotated[float, Field(ge=0)]
    high: Annotated[float, Field(ge=0)]


class Forecast(Message):
    """What a run is expected to use. Tokens, turns, US dollars, seconds."""

    fresh_tokens: Interval
    """Input that is neither read from the prompt cache nor written to it, and what is written to it."""
    cached_tokens: Interval
    """Input that is read from the prompt cache."""
    output_tokens: Interval
    turns: Interval
    usd: Interval | None
    """None for a model without a price."""
    seconds: Interval
    runs: Annotated[int, Field(ge=0)]
    """Past runs that it learned from; 0 where it is the arithmetic alone."""
    basis: Annotated[str, Field(max_length=512)] = ""
    """In words, what it stands on: `12 runs of fix in acme/shop with claude-sonnet-5-5`."""
