"""What a session is given before it runs: its model, its limits, its forecast, or why it cannot fit. Pure.

Called by bot/planning.py for the reconciler (before a Job is made) and for the work order. It refuses only what is
certain: a budget of dollars or tokens below the first answer, or below what nearly all runs of the very kind have used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crds.agent_loop import PastRun, Run, least, least_usd
from crds.agentic_session import Task
from crds.forecast import Forecast
from crds.learning import calibrated, forecast, likely_prompt, own, usual_turns
from crds.limited import Reached, reached, total_tokens, within
from crds.overhead import overhead
from crds.usage import price_of
from crds.windows import conversation_share, estimate, prompt_budget, published_window
from crds.work_order import Limits
from handlers import wording
from handlers.model_choice import AUTO, LADDER, Choice, Demand, choose
from handlers.plan import Plan

SURE = 8
"""Runs of the very kind from which their lower end is believed."""
LEAST_CONTEXT = 4_000
"""Tokens below which a prompt is not cut for the sake of the budget."""

LEAST_ESTIMATE = 8_192
"""Tokens below which an estimated window says more about the estimate than about the server."""


@dataclass(frozen=True)
class Wish:
    """What is asked for, with what is known of such runs."""

    repository: str
    """Key of the repository."""
    task: Task
    model: str
    """As it was named, or `auto`."""
    limits: Limits
    """With the dollars that it may cost if its model has a price."""
    default: str = AUTO
    """The installation's own model."""
    gpu: str = ""
    """GPUs of the server that runs models without a published window."""
    history: Mapping[str, Sequence[PastRun]] = field(default_factory=dict, hash=False)
    """Past runs of the task as they count for each model."""
    counts: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict, hash=False)
    """First requests of each model, as `calibrated` takes them."""
    prefix: str = "/vteam"
    earlier: int = 0
    """Tokens of the conversation that it will probably go on with."""
    request: int = 0
    """Tokens of what was asked, about."""


def candidates(wish_model: str, default: str) -> tuple[str, ...]:
    """The models that may do it: those whose past runs the plan needs."""
    if wish_model != AUTO:
        return (wish_model,)
    return (default,) if default != AUTO and price_of(default) is None else LADDER


def planned(wish: Wish) -> Plan:
    """The plan for a wish."""
    choice = _chosen(wish)
    model, limits = choice.model, wish.limits
    if price_of(model) is None:
        limits = limits.model_copy(update={"cost_usd": None})
    window = window_of(model, wish.gpu)
    plan = Plan(model, choice.reason, limits, window, _ratio(wish, model), _forecast(wish, model, limits, window))
    plan = _fitted(wish, plan)
    if plan.refused:
        return plan
    return replace(plan, forecast=within(plan.forecast, _run(wish, model, plan.limits, window), plan.limits))


def _chosen(wish: Wish) -> Choice:
    if wish.model != AUTO:
        return Choice(wish.model, "")
    return choose(_demand(wish), lambda model: _middle_usd(wish, model, wish.limits))


def _demand(wish: Wish) -> Demand:
    """How large the work is, as far as anybody knows: what runs here were like, with whatever model."""
    model = LADDER[0]
    run, history = _run(wish, model, wish.limits, window_of(model, wish.gpu)), wish.history.get(model, ())
    return Demand(
        wish.task,
        run.prompt + run.earlier,
        wish.limits.cost_usd,
        wish.default,
        request=wish.request,
        turns=usual_turns(run, history, least=SURE),
    )


def window_of(model: str, gpu: str) -> int | None:
    """Tokens that the model holds: as published, else what the memory of its GPUs allows; None where nobody knows."""
    published = published_window(model)
    if published is not None or not gpu:
        return published
    try:
        found = estimate(model, gpu).window
    except ValueError:
        return None
    return found if found >= LEAST_ESTIMATE else None


def _ratio(wish: Wish, model: str) -> float:
    return calibrated(wish.counts.get(model, ()))


def _forecast(wish: Wish, model: str, limits: Limits, window: int | None) -> Forecast:
    return forecast(_run(wish, model, limits, window), wish.history.get(model, ()))


def _run(wish: Wish, model: str, limits: Limits, window: int | None) -> Run:
    """The run that is to come, as large as it will probably begin."""
    ratio = _ratio(wish, model)
    fixed = overhead(wish.task, model)
    most = prompt_budget(limits.context_tokens, window=window, overhead=fixed, tokens_per_count=ratio)
    earlier = min(wish.earlier, round(conversation_share(window, limits.context_tokens) * ratio))
    run = Run(
        repository=wish.repository, task=wish.task, model=model, prompt=most, tokens_per_count=ratio, earlier=earlier
    )
    return run.model_copy(update={"prompt": likely_prompt(run, wish.history.get(model, ()))})


def _middle_usd(wish: Wish, model: str, limits: Limits) -> float | None:
    usd = _forecast(wish, model, limits, window_of(model, wish.gpu)).usd
    return usd.middle if usd else None


def _fitted(wish: Wish, plan: Plan) -> Plan:
    """The plan as its budget allows it: whole, with a smaller prompt, or not at all."""
    if refused := _too_little(wish, plan):
        return replace(plan, refused=refused)
    smaller = _shrunk(wish, plan)
    passed = reached(smaller.forecast, smaller.limits)
    sure = own(_kind(wish, plan.model), wish.history.get(plan.model, ())) >= SURE
    if sure and (refused := _below_all(wish, smaller, passed)):
        return replace(smaller, refused=refused)
    cut = smaller.limits.context_tokens if smaller is not plan else None
    return replace(smaller, warning=_warning(passed, cut=cut))


def _below_all(wish: Wish, plan: Plan, passed: Mapping[str, Reached]) -> str:
    """Why nearly no run of the kind has ended within this budget, or nothing."""
    usd, tokens = passed.get("usd"), passed.get("tokens")
    if usd is not None and usd.likely:
        return wording.below_all_runs(usd.limit, plan.forecast, prefix=wish.prefix)
    if tokens is not None and tokens.likely:
        return wording.below_all_runs_in_tokens(tokens, plan.forecast)
    return ""


def _warning(passed: Mapping[str, Reached], *, cut: int | None) -> str:
    """What the limits mean for it, those that will probably end it first."""
    ordered = sorted(passed.items(), key=lambda one: not one[1].likely)
    told = [wording.tight_limit(name, limit, context=cut) for name, limit in ordered]
    if cut is not None and not any(name in ("usd", "tokens") for name in passed):
        told.append(wording.prompt_cut(cut))
    return " ".join(told)


def _too_little(wish: Wish, plan: Plan) -> str:
    """Why not even a first answer fits, or nothing."""
    needed, tokens = least_usd(wish.task, plan.model), least(wish.task, plan.model).total
    budget, most = plan.limits.cost_usd, plan.limits.total_tokens
    if budget is not None and needed is not None and budget < needed:
        cheaper = next((one for one in LADDER if (usd := least_usd(wish.task, one)) and usd <= budget), None)
        return wording.below_first_answer(
            budget, needed, plan.forecast, model=plan.model, cheaper=cheaper, prefix=wish.prefix
        )
    if most is not None and most < tokens:
        return wording.too_few_tokens(most, tokens)
    return ""


def _shrunk(wish: Wish, plan: Plan) -> Plan:
    """The plan with the largest prompt of which the budget covers the middle; the smallest where it covers none."""
    context = plan.limits.context_tokens
    if _covered(plan.forecast, plan.limits) or context <= LEAST_CONTEXT:
        return plan
    steps = [max(LEAST_CONTEXT, context * share // 8) for share in (6, 5, 4, 3, 2, 1)]
    tried = [plan.limits.model_copy(update={"context_tokens": tokens}) for tokens in dict.fromkeys(steps)]
    smaller = plan
    for limits in tried:
        smaller = replace(plan, limits=limits, forecast=_forecast(wish, plan.model, limits, plan.window))
        if _covered(smaller.forecast, limits):
            break
    return smaller


def _covered(forecast: Forecast, limits: Limits) -> bool:
    """Whether the dollars and the tokens do for half of such runs."""
    usd, budget, most = forecast.usd, limits.cost_usd, limits.total_tokens
    paid = usd is None or budget is None or usd.middle <= budget
    return paid and (most is None or total_tokens(forecast).middle <= most)


def _kind(wish: Wish, model: str) -> Run:
    return Run(repository=wish.repository, task=wish.task, model=model, prompt=0)
