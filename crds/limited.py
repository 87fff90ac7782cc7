"""What a forecast comes to where limits end the run: turn by turn until the first of them is reached. Pure.

Called by handlers/planning.py. What a run of so many turns uses goes with the arithmetic of the loop, so that a limit
of turns bounds the dollars too, and one of time the turns. Each quantile is taken as one run: what is long in turns is
long in all.
"""

from crds.agent_loop import Amounts, Run, expected
from crds.forecast import Forecast, Interval
from crds.schema import Message
from crds.work_order import Limits

_STEPS = 14
"""Halvings in the search for the last turn: closer than a twentieth of one."""


class Reached(Message):
    """A limit that such runs may reach, and what nine of ten of them use without it."""

    limit: float
    low: float
    high: float

    @property
    def likely(self) -> bool:
        """Whether nine of ten runs use more."""
        return self.limit < self.low


def total_tokens(forecast: Forecast) -> Interval:
    """Tokens of all kinds."""
    kinds = (forecast.fresh_tokens, forecast.cached_tokens, forecast.output_tokens)
    low, middle, high = (sum(getattr(kind, end) for kind in kinds) for end in ("low", "middle", "high"))
    return Interval(low=low, middle=middle, high=high)


def reached(forecast: Forecast, limits: Limits) -> dict[str, Reached]:
    """The limits that the forecast passes: `usd`, `tokens`, `turns`, `seconds`."""
    pairs = {
        "usd": (limits.cost_usd, forecast.usd),
        "tokens": (limits.total_tokens, total_tokens(forecast)),
        "turns": (limits.turns, forecast.turns),
        "seconds": (limits.seconds, forecast.seconds),
    }
    return {
        name: Reached(limit=limit, low=said.low, high=said.high)
        for name, (limit, said) in pairs.items()
        if limit is not None and said is not None and limit < said.high
    }


def within(forecast: Forecast, run: Run, limits: Limits) -> Forecast:
    """The forecast of the run as these limits leave it."""
    if not reached(forecast, limits):
        return forecast
    ends = [_ended(_at(forecast, end), run, limits) for end in ("low", "middle", "high")]
    return forecast.model_copy(
        update={
            "fresh_tokens": _interval([end.fresh for end in ends]),
            "cached_tokens": _interval([end.cached for end in ends]),
            "output_tokens": _interval([end.output for end in ends]),
            "turns": _interval([end.turns for end in ends]),
            "usd": None if forecast.usd is None else _interval([end.usd or 0.0 for end in ends]),
            "seconds": _interval([end.seconds for end in ends]),
        }
    )


def _at(forecast: Forecast, end: str) -> Amounts:
    """One quantile of all amounts."""
    return Amounts(
        fresh=getattr(forecast.fresh_tokens, end),
        cached=getattr(forecast.cached_tokens, end),
        output=getattr(forecast.output_tokens, end),
        turns=getattr(forecast.turns, end),
        usd=None if forecast.usd is None else getattr(forecast.usd, end),
        seconds=getattr(forecast.seconds, end),
    )


def _ended(whole: Amounts, run: Run, limits: Limits) -> Amounts:
    """The run as far as the limits let it go; at the least one turn, as much of it as they allow."""
    most = max(1.0, min(whole.turns, limits.turns))
    base = expected(run, turns=max(1.0, whole.turns))
    if _fits(found := _part(whole, base, expected(run, turns=most)), limits):
        return found
    low, high = 1.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        fits = _fits(_part(whole, base, expected(run, turns=middle)), limits)
        low, high = (middle, high) if fits else (low, middle)
    return _bounded(_part(whole, base, expected(run, turns=low)), limits)


def _part(whole: Amounts, base: Amounts, so_far: Amounts) -> Amounts:
    """What the run has used when the arithmetic is so far."""

    def share(name: str) -> float:
        full = float(getattr(base, name) or 0.0)
        return float(getattr(so_far, name)) / full if full else 1.0

    return Amounts(
        fresh=whole.fresh * share("fresh"),
        cached=whole.cached * share("cached"),
        output=whole.output * share("output"),
        turns=min(whole.turns, so_far.turns),
        usd=None if whole.usd is None else whole.usd * share("usd"),
        seconds=whole.seconds * share("seconds"),
    )


def _fits(used: Amounts, limits: Limits) -> bool:
    tokens, usd = used.fresh + used.cached + used.output, used.usd or 0.0
    return (
        used.seconds <= limits.seconds
        and (limits.cost_usd is None or usd <= limits.cost_usd)
        and (limits.total_tokens is None or tokens <= limits.total_tokens)
    )


def _bounded(used: Amounts, limits: Limits) -> Amounts:
    """Not even one turn may fit: no amount is said above its limit."""
    total = used.fresh + used.cached + used.output
    share = 1.0 if limits.total_tokens is None else min(1.0, limits.total_tokens / max(1.0, total))
    usd = used.usd if used.usd is None or limits.cost_usd is None else min(used.usd, limits.cost_usd)
    return used.model_copy(
        update={
            "fresh": used.fresh * share,
            "cached": used.cached * share,
            "output": used.output * share,
            "usd": usd,
            "seconds": min(used.seconds, limits.seconds),
        }
    )


def _interval(ends: list[float]) -> Interval:
    """In order: a run that is cut early by one limit may have come less far than a shorter one."""
    low, middle, high = ends
    return Interval(low=low, middle=max(low, middle), high=max(low, middle, high))
