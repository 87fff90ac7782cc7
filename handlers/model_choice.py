"""Which model does a piece of work, where nobody names one (`auto`): by task, size and budget, with the reason. Pure.

Called by planning.py. Only models of the price table are chosen from; the dearest that the budget pays for is never
taken for its own sake.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crds.agentic_session import Task
from crds.usage import price_of
from crds.windows import published_window
from handlers import wording

AUTO = "auto"
"""What stands for a model where one is to be chosen."""

LADDER = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
"""The classes, from the cheapest to the dearest: small, middle, large."""
USUAL: dict[Task, int] = {Task.ASK: 0, Task.REVIEW: 1, Task.FIX: 1, Task.RUN: 1, Task.PLAN: 2}
"""The class that a task usually takes: what only reads is cheap to repeat, and a plan is what all else follows."""
LARGE_PROMPT = 60_000
"""Tokens from which even a question takes the middle class: there is much to tell apart."""


@dataclass(frozen=True)
class Choice:
    model: str
    reason: str
    """In words, for people."""


@dataclass(frozen=True)
class Demand:
    """What the choice depends on. Tokens, US dollars."""

    task: Task
    prompt: int
    budget_usd: float | None
    default: str = AUTO
    """The installation's own model, which may be one that is served here."""


def choose(demand: Demand, middle_usd: Callable[[str], float | None]) -> Choice:
    """The model for this demand. `middle_usd`: what a run with a model is expected to cost."""
    if demand.default != AUTO and price_of(demand.default) is None:
        return Choice(demand.default, wording.only_model_here(demand.default))
    usual = _usual(demand)
    fitting = [model for model in LADDER[: usual + 1] if _has_room(model, demand.prompt)] or [LADDER[usual]]
    wanted = fitting[-1]
    taken = _paid_for(fitting, demand.budget_usd, middle_usd)
    if taken != wanted:
        return Choice(taken, wording.cheaper_model(taken, wanted, middle_usd(wanted), demand.budget_usd))
    large = usual > USUAL[demand.task]
    return Choice(taken, wording.usual_model(taken, demand.task, prompt=demand.prompt if large else None))


def _usual(demand: Demand) -> int:
    return max(USUAL[demand.task], 1 if demand.prompt >= LARGE_PROMPT else 0)


def _has_room(model: str, prompt: int) -> bool:
    window = published_window(model)
    return window is None or prompt <= window // 2


def _paid_for(models: Sequence[str], budget: float | None, middle_usd: Callable[[str], float | None]) -> str:
    """The dearest of these whose expected cost the budget covers; the cheapest where it covers none."""
    if budget is None:
        return models[-1]
    covered = [model for model in models if (usd := middle_usd(model)) is not None and usd <= budget]
    return covered[-1] if covered else models[0]
