"""May this call be made, and with how much output? The arithmetic of a session's budget. Pure; runs in the ledger.

A call holds its input at the dearest rate (written to the cache; read from it only where prefix.py knows that it is
there) and all the output it may make. It goes ahead if that
fits beside what is used and held; where only the output does not fit, the output is lowered to what does.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from bot.gateway.ask import Ask
from bot.gateway.refusals import Refusal, spent
from bot.store.words import Hold, Used
from crds.usage import Price, price_of
from crds.work_order import Limits

LEAST_OUTPUT = 1024
"""Tokens; an answer cut shorter than this helps nobody."""
LONG_CONTEXT = 200_000
_MILLION = 1_000_000


@dataclass(frozen=True)
class Rates:
    """US dollars per token, as one call will be billed."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal
    cache_hour: Decimal


@dataclass(frozen=True)
class Verdict:
    """What became of an ask. `ceiling_*` is all that this call may use; None is no limit."""

    hold: Hold | None
    output: int = 0
    refusal: Refusal | None = None
    ceiling_usd: Decimal | None = None
    ceiling_tokens: int | None = None


def rates(price: Price | None, *, long_context: bool = False) -> Rates:
    """Per token; nothing where there is no price. Above 200,000 tokens, Sonnet 4's long window costs 2 and 1.5 times
    as much, and the hour's cache is written at twice the input (Anthropic's published ratios)."""
    if price is None:
        return Rates(*[Decimal(0)] * 5)
    more, more_out = (Decimal(2), Decimal("1.5")) if long_context else (Decimal(1), Decimal(1))
    fresh = price.input * more / _MILLION
    return Rates(
        input=fresh,
        output=price.output * more_out / _MILLION,
        cache_read=price.cache_read * more / _MILLION,
        cache_write=price.cache_write * more / _MILLION,
        cache_hour=fresh * 2,
    )


def decide(ask: Ask, limits: Limits, used: Used) -> Verdict:
    """The verdict on this ask of a session that has used this much."""
    rate = rates(price_of(ask.model), long_context=ask.long_context and ask.input_estimate > LONG_CONTEXT)
    fresh = ask.input_estimate - ask.cached
    input_usd = fresh * (rate.cache_hour if ask.hour_cache else rate.cache_write) + ask.cached * rate.cache_read
    left_usd = None if limits.cost_usd is None else _usd(limits.cost_usd) - used.usd - used.held_usd
    left_tokens = None if limits.total_tokens is None else limits.total_tokens - used.tokens.total - used.held_tokens
    output = ask.output
    if left_tokens is not None:
        output = min(output, left_tokens - ask.input_estimate)
    if left_usd is not None and rate.output:
        output = min(output, int((left_usd - input_usd) / rate.output))
    if output < _least(ask):
        return Verdict(None, refusal=_spent(ask, limits, used, need=input_usd + _least(ask) * rate.output))
    hold = Hold(ask.model, input_usd + output * rate.output, ask.input_estimate + output)
    return Verdict(hold, output, ceiling_usd=left_usd, ceiling_tokens=left_tokens)


def fits_alone(ask: Ask, limits: Limits, used: Used) -> bool:
    """Whether it would go ahead once the calls in flight have cost nothing."""
    return decide(ask, limits, replace(used, held_usd=Decimal(0), held_tokens=0)).hold is not None


def _least(ask: Ask) -> int:
    # The API wants max_tokens above the thinking budget.
    return min(ask.output, max(LEAST_OUTPUT, ask.thinking + 1))


def _usd(limit: float) -> Decimal:
    return Decimal(str(limit))


def _spent(ask: Ask, limits: Limits, used: Used, *, need: Decimal) -> Refusal:
    dollars = _dollars(_usd(limits.cost_usd)) if limits.cost_usd is not None else ""
    tokens = f"{limits.total_tokens:,} tokens" if limits.total_tokens is not None else ""
    held = f", {_dollars(used.held_usd)} held by calls in flight" if used.held_usd else ""
    return spent(
        f"the session's budget of {' and '.join(filter(None, (dollars, tokens)))} is spent "
        f"({_dollars(used.usd)} and {used.tokens.total:,} tokens used{held}); "
        f"the next call needs about {_dollars(need)} and {ask.input_estimate + _least(ask):,} tokens"
    )


def _dollars(usd: Decimal) -> str:
    return f"${usd:.2f}" if usd >= 1 or not usd else f"${usd:.4f}"
