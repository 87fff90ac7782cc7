"""Which model does a piece of work, where nobody names one (`auto`): by task, size and budget, with the reason. Pure.

Called by planning.py. Only models of the price table are chosen from; the dearest that the budget pays for is never
taken for its own sake.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crds.agent_loop import RHYTHM
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
LONG_REQUEST = 1_500
"""Tokens of a request, two pages, from which the work takes a class more than usual."""
LARGE, SMALL = 2.0, 1 / 3
"""Times the usual turns of its task from which the work of a repository takes a class more, and up to which one less.
The turns of a smaller model than usual count as well, so that one that is not up to the work is left again."""
MAY_BE_SMALL = frozenset({Task.FIX, Task.RUN, Task.REVIEW})
"""Tasks that a class less may do: a question takes the smallest one anyway."""


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
    """What it will probably read at first, an earlier conversation among it."""
    budget_usd: float | None
    default: str = AUTO
    """The installation's own model, which may be one that is served here."""
    request: int = 0
    """Of what was asked in words."""
    turns: float | None = None
    """Such work has taken so many in its repository, in the middle; None where too little is known."""


def choose(demand: Demand, middle_usd: Callable[[str], float | None]) -> Choice:
    """The model for this demand. `middle_usd`: what a run with a model is expected to cost."""
    if demand.default != AUTO and price_of(demand.default) is None:
        return Choice(demand.default, wording.only_model_here(demand.default))
    usual, why = _usual(demand)
    fitting = [model for model in LADDER[: usual + 1] if _has_room(model, demand.prompt)] or [LADDER[usual]]
    wanted = fitting[-1]
    taken = _paid_for(fitting, demand.budget_usd, middle_usd)
    if taken != wanted:
        return Choice(taken, wording.cheaper_model(taken, wanted, middle_usd(wanted), demand.budget_usd))
    return Choice(taken, why(taken))


def _usual(demand: Demand) -> tuple[int, Callable[[str], str]]:
    """The class that work of this size takes, and why in words: what is known of it best is asked first."""
    task, of_task, turns = demand.task, USUAL[demand.task], RHYTHM[demand.task].turns
    more, known = min(of_task + 1, len(LADDER) - 1), demand.turns
    if known is not None and known >= LARGE * turns and more > of_task:
        return more, lambda model: wording.by_turns(model, task, known, usual=turns)
    if demand.request >= LONG_REQUEST and more > of_task:
        return more, lambda model: wording.larger_for_request(model, demand.request)
    if demand.prompt >= LARGE_PROMPT and of_task == 0:
        return 1, lambda model: wording.larger_for_prompt(model, demand.prompt)
    if known is not None and known <= SMALL * turns and task in MAY_BE_SMALL:
        return of_task - 1, lambda model: wording.by_turns(model, task, known, usual=turns)
    return of_task, lambda model: wording.usual_model(model, task)


def _has_room(model: str, prompt: int) -> bool:
    window = published_window(model)
    return window is None or prompt <= window // 2


def _paid_for(models: Sequence[str], budget: float | None, middle_usd: Callable[[str], float | None]) -> str:
    """The dearest of these whose expected cost the budget covers; the cheapest where it covers none."""
    if budget is None:
        return models[-1]
    covered = [model for model in models if (usd := middle_usd(model)) is not None and usd <= budget]
    return covered[-1] if covered else models[0]
