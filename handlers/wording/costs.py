"""What a session is expected to cost, what it did cost beside that, and why a budget is too small. One function a
sentence; called by planning.py, model_choice.py, the progress and the closing words; pure."""

import math
from decimal import Decimal

from crds.agentic_session import Task
from crds.forecast import Forecast, Interval
from crds.limited import Reached
from crds.session_status import AgenticSessionStatus, BudgetStatus, Usage
from handlers.events import SessionObserved
from handlers.quoting import quoted_line


def expected_use(forecast: Forecast) -> str:
    """What a run is expected to use: `expected $0.40–1.20, 12–30 turns, 3–9 min`."""
    turns = _span(forecast.turns)
    parts = [f"{turns} {'turn' if turns == '1' else 'turns'}", _minutes(forecast.seconds)]
    if forecast.usd is not None:
        parts.insert(0, dollars(forecast.usd))
    return f"expected {', '.join(parts)}"


def dollars(interval: Interval) -> str:
    """`$0.40–1.20`: nine of ten runs end below the upper end, one of ten below the lower."""
    low, high = max(interval.low, 0.01), max(interval.high, 0.01)
    return f"${low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"${low:.2f}–{high:.2f}"


def _span(interval: Interval) -> str:
    low, high = max(1, math.floor(interval.low)), max(1, math.ceil(interval.high))
    return f"{low}" if low == high else f"{low}–{high}"


def _minutes(seconds: Interval) -> str:
    low, high = max(1, round(seconds.low / 60)), max(1, math.ceil(seconds.high / 60))
    return f"{low} min" if low == high else f"{low}–{high} min"


def forecast_details(status: AgenticSessionStatus, *, scripted: bool = False) -> str:
    """What was expected beside what was used, folded away; nothing where nothing was expected, or where no model has
    worked that anything could be expected of."""
    if scripted:
        return ""
    budget, usage = status.budget, status.usage or Usage()
    said = budget.forecast if budget else None
    if budget is None or said is None or budget.forecast_error is None:
        return ""
    fresh = usage.input_tokens + usage.cache_creation_input_tokens
    rows = [
        _row("dollars", said.usd.interval, budget.used_usd, "{:,.2f}") if said.usd else "",
        _row("turns", said.turns.interval, status.num_turns, "{:,.0f}"),
        _row("minutes", _divided(said.seconds.interval, 60), _over(budget.used_seconds, 60), "{:,.1f}"),
        _row("tokens sent for the first time", said.fresh_tokens.interval, fresh, "{:,.0f}"),
        _row("tokens read from the cache", said.cached_tokens.interval, usage.cache_read_input_tokens, "{:,.0f}"),
        _row("tokens of output", said.output_tokens.interval, usage.output_tokens, "{:,.0f}"),
    ]
    table = "\n".join(["| | expected | used |", "| --- | ---: | ---: |", *filter(None, rows)])
    basis = f"\n\nIt stood on: {quoted_line(said.basis, 300)}." if said.basis else ""
    return f"<details><summary>Forecast: {_met(budget)}</summary>\n\n{table}{basis}\n</details>"


def _met(budget: BudgetStatus) -> str:
    times = math.exp(max(-20.0, min(20.0, budget.forecast_error or 0.0)))
    if 0.8 <= times <= 1.25:
        return "it took about what was expected"
    return f"it took {times:.1f} times what was expected" if times >= 1 else f"it took {times:.0%} of what was expected"


def _row(what: str, interval: Interval, used: float | None, shape: str) -> str:
    said = f"{shape.format(interval.low)}–{shape.format(interval.high)}"
    return f"| {what} | {said} | {shape.format(used) if used is not None else '-'} |"


def _divided(interval: Interval, by: float) -> Interval:
    return Interval(low=interval.low / by, middle=interval.middle / by, high=interval.high / by)


def _over(value: float | None, by: float) -> float | None:
    return None if value is None else value / by


def below_first_answer(
    budget: float, needed: Decimal, forecast: Forecast, *, model: str, cheaper: str | None, prefix: str
) -> str:
    """The budget does not pay for a first answer."""
    smaller = f", or take a cheaper model: `--model {cheaper}`" if cheaper else ""
    return (
        f"A budget of {_exact(budget)} does not pay for the first answer of {quoted_line(model)}, which takes "
        f"{_exact(float(needed))} before a word of the request is read. Such work is "
        f"{expected_use(forecast)}. {_raise(forecast, prefix)}{smaller}."
    )


def below_all_runs(budget: float, forecast: Forecast, *, prefix: str) -> str:
    """The budget is below what nearly all runs of the kind have cost."""
    return (
        f"A budget of {_exact(budget)} is less than nine of ten such runs have cost here: {expected_use(forecast)} "
        f"({quoted_line(forecast.basis, 300)}). {_raise(forecast, prefix)}."
    )


def _raise(forecast: Forecast, prefix: str) -> str:
    enough = math.ceil((forecast.usd.high if forecast.usd else 1.0) * 10) / 10
    return f"`{prefix} budget ${enough:.2f}` and then `{prefix} retry` would do"


def too_few_tokens(most: int, needed: int) -> str:
    """The session's tokens do not reach for a first answer."""
    return (
        f"A budget of {most:,} tokens does not reach for a first answer, which takes {needed:,}. "
        "Raise `spec.budget.totalTokens`, or leave it out."
    )


def below_all_runs_in_tokens(tokens: Reached, forecast: Forecast) -> str:
    """The session's tokens are below what nearly all runs of the kind have used."""
    return (
        f"A budget of {tokens.limit:,.0f} tokens is less than nine of ten such runs have used here: expected "
        f"{_thousands(tokens.low)}–{_thousands(tokens.high)} tokens ({quoted_line(forecast.basis, 300)}). "
        "Raise `spec.budget.totalTokens`, or leave it out."
    )


def tight_limit(name: str, limit: Reached, *, context: int | None) -> str:
    """A limit may end the run, or will probably do so; the prompt was cut to `context` tokens for the budget."""
    if name in ("turns", "seconds"):
        what, low = _limit_words(name, limit)
        if limit.likely:
            return (
                f"The limit of {what} will probably end it before it is done: nine of ten such runs take {low} or more."
            )
        return f"The limit of {what} may end it before it is done."
    what = _exact(limit.limit) if name == "usd" else f"{limit.limit:,.0f} tokens"
    low = _exact(limit.low) if name == "usd" else f"{_thousands(limit.low)} tokens"
    told = f"The budget of {what} may not be enough; nothing is spent beyond it."
    if context is not None:
        told = (
            f"The budget of {what} is small for this, so the prompt is cut to {context:,} tokens; nothing is spent "
            "beyond the budget."
        )
    if not limit.likely:
        return told
    return f"{told} It will probably end the work before it is done: nine of ten such runs take {low} or more."


def prompt_cut(context: int) -> str:
    """The prompt was cut, and so the budget does."""
    return f"The prompt is cut to {context:,} tokens, so that the budget does for the work."


def _limit_words(name: str, limit: Reached) -> tuple[str, str]:
    """The limit, and what nine of ten runs take."""
    if name == "turns":
        return f"{limit.limit:,.0f} turns", f"{math.floor(limit.low):,}"
    return f"{limit.limit / 60:,.3g} min", f"{limit.low / 60:,.1f} min"


def _thousands(tokens: float) -> str:
    """To two places that count: a forecast knows no more."""
    if tokens < 100:
        return f"{tokens:.0f}"
    places = 1 - math.floor(math.log10(tokens))
    return f"{round(tokens, places):,.0f}"


def _exact(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 0.1 or round(usd, 2) == usd else f"${usd:.4f}"


def usual_model(model: str, task: Task) -> str:
    """The model was chosen by the task."""
    why = {
        Task.ASK: "a question needs no more",
        Task.REVIEW: "usual for a review",
        Task.PLAN: "a plan is what all else follows, so it takes the strongest",
        Task.FIX: "usual for a fix",
    }
    return f"{model}: {why.get(task, 'usual for such work')}"


def larger_for_prompt(model: str, prompt: int) -> str:
    """The model was chosen by the size of what it reads at first."""
    return f"{model}: a prompt of about {_thousands(prompt)} tokens is too much to tell apart for a smaller one"


def larger_for_request(model: str, request: int) -> str:
    """The model was chosen by the length of what is asked."""
    return f"{model}: the request alone has about {_thousands(request)} tokens, more than most ask for at once"


def by_turns(model: str, task: Task, turns: float, *, usual: float) -> str:
    """The model was chosen by how long such work has taken here."""
    size = "large" if turns > usual else "small"
    return f"{model}: such work is {size} here, {turns:.0f} turns of {task} in the middle where {usual:.0f} are usual"


def cheaper_model(model: str, wanted: str, wanted_usd: float | None, budget: float | None) -> str:
    """The model was chosen for the budget."""
    cost = f", which would cost about ${wanted_usd:.2f}" if wanted_usd is not None else ""
    return f"{model} in place of {wanted}{cost}: the budget is {_exact(budget or 0.0)}"


def only_model_here(model: str) -> str:
    """There is nothing to choose from."""
    return f"{quoted_line(model)}: the one that this installation serves"


def prospects(event: SessionObserved) -> str:
    """What the session is expected to use, the model that was chosen for it, and what its budget means."""
    standing, status = event.standing, event.session.status
    known = standing.order or standing.plan
    said = status.budget.forecast if status.budget else None
    forecast = known.forecast if known else said.forecast if said else None
    reason = (standing.plan.reason if standing.plan else "") or status.model_reason or ""
    warning = standing.plan.warning if standing.plan else status.message or ""
    parts = [
        f"{expected_use(forecast).capitalize()}." if forecast else "",
        f"Model {quoted_line(reason, 300)}." if reason else "",
        quoted_line(warning, 800) if warning else "",
    ]
    return " ".join(part for part in parts if part)
