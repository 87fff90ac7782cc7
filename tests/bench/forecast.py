"""How good forecasts are: runs are replayed in order, each forecast from those before it, and its pinball loss taken.

Beside the loss of a naive forecast, the quantiles of what all runs of the task have used so far. The synthetic runs are
drawn by what others have published of agents at work and turn by turn, not by the arithmetic that is judged; a forecast
sees the budget of a prompt and never its size. VTEAM_BENCH_STORE names a store whose recorded runs are replayed too.
"""

import math
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.store.database import opened
from bot.store.runs import learned, past_run
from bot.store.schema import runs as table
from crds.agent_loop import PastRun, Run
from crds.agentic_session import Task
from crds.forecast import Forecast, Interval
from crds.learning import QUANTILES, forecast, likely_prompt, pinball
from crds.usage import Tokens, cost, price_of
from tests.bench.report import Row

GROUP = "forecast"
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
SEED = 20_261_122
CONTEXT = 32_000
"""Tokens that a prompt may have."""

MIDDLE_TURNS = {Task.FIX: 35.0, Task.REVIEW: 7.0, Task.ASK: 4.0}
"""Of all repositories. A `fix`: 29 to 78 requests in the middle session of SWE-bench Pro (nilenso); the others are a
guess, and not the forecaster's one."""
OUTPUT, READ = (5.9, 0.9), (6.7, 1.3)
"""Mean and deviation of the logarithm of tokens said and read in one turn: 365 and 810 in the middle, 550 and 1,900 on
average, as at tracelab.cs.washington.edu (523 of output a step; 700 to 950 appended in the middle, 1,400 to 2,800 on
average)."""
MISSED = 0.03
"""Of the turns, those before which the cache has gone, so that all is written anew: 96 % of the input is read there."""
SPEED = {"claude-haiku-5-5": 110.0, "claude-sonnet-5-5": 65.0, "claude-opus-5-5": 45.0}
"""Tokens of output a second."""


@dataclass(frozen=True)
class Amount:
    """One thing that is forecast."""

    name: str
    unit: str
    said: Callable[[Forecast], Interval | None]
    used: Callable[[PastRun], float | None]


AMOUNTS = (
    Amount("dollars", "$", lambda made: made.usd, lambda past: past.usd),
    Amount("turns", "turns", lambda made: made.turns, lambda past: float(past.turns)),
    Amount("minutes", "min", lambda made: _minutes(made.seconds), lambda past: past.seconds / 60),
)


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    rows = _rows("synthetic", synthetic(120 if quick else 400))
    store = os.environ.get("VTEAM_BENCH_STORE", "")
    return rows + (_rows("recorded", await recorded(Path(store))) if store else [])


@dataclass(frozen=True)
class Habit:
    """What sets one repository apart, in logarithms: how long its work is, how large its prompts, how slow its tests."""

    turns: float
    prompt: float
    tools: float


def synthetic(count: int, *, seed: int = SEED) -> list[PastRun]:
    """Runs of eight repositories, each with its own habits."""
    dice = random.Random(seed)
    habits = {
        str(number): Habit(dice.gauss(0.0, 0.5), dice.gauss(9.4, 0.7), dice.gauss(1.2, 0.6)) for number in range(8)
    }
    return [_synthetic(dice, habits) for _ in range(count)]


def _synthetic(dice: random.Random, habits: dict[str, Habit]) -> PastRun:
    name = dice.choice(list(habits))
    habit, model = habits[name], dice.choice(MODELS)
    task = dice.choice((Task.FIX, Task.FIX, Task.ASK, Task.REVIEW))
    turns = max(1, min(400, round(MIDDLE_TURNS[task] * math.exp(habit.turns + dice.gauss(0.0, 0.8)))))
    prompt = min(CONTEXT, round(math.exp(habit.prompt + dice.gauss(0.0, 0.35))))
    tokens, seconds = _played(dice, turns, prompt + dice.randint(2_000, 6_500), model)
    price = price_of(model)
    return PastRun(
        run=Run(repository=name, task=task, model=model, prompt=prompt),
        tokens=tokens,
        turns=turns,
        usd=float(cost(tokens, price)) if price else None,
        seconds=dice.uniform(5, 40) + seconds + turns * math.exp(habit.tools + dice.gauss(0.0, 0.3)),
    )


def _played(dice: random.Random, turns: int, first: int, model: str) -> tuple[Tokens, float]:
    """Turn by turn: what is sent again, what is new in it, what is said; and the seconds of the model."""
    held, new, used, seconds = 0, first, Tokens(), 0.0
    for _ in range(turns):
        read, written = (0, held + new) if dice.random() < MISSED else (held, new)
        said = round(math.exp(dice.gauss(*OUTPUT)))
        used = used.plus(Tokens(cache_read=read, cache_write=written, output=said))
        seconds += 1.5 + said / SPEED[model]
        held, new = held + new, said + min(25_000, round(math.exp(dice.gauss(*READ))))
    return used, seconds


async def recorded(path: Path) -> list[PastRun]:
    """The runs of a store that came to their own end, oldest first."""
    database = await opened(f"sqlite:///{path}")
    try:
        statement = learned().order_by(table.c.at)
        found = await database.read(lambda connection: connection.execute(statement).all())
    finally:
        await database.close()
    return [past_run(row) for row in found]


def _rows(what: str, made: Sequence[PastRun]) -> list[Row]:
    """A row an amount. Runs that were cut are learned from and not judged: nobody knows what they would have used."""
    histories = [[one for one in reversed(made[:at]) if one.run.task is past.run.task] for at, past in enumerate(made)]
    judged = [
        (past, _forecast(past, known), known) for past, known in zip(made, histories, strict=True) if not past.cut
    ]
    return [row for amount in AMOUNTS if (row := _row(what, amount, judged)) is not None]


def _forecast(past: PastRun, known: Sequence[PastRun]) -> Forecast:
    """What was to be said of it before it ran: its prompt is not packed yet."""
    run = past.run.model_copy(update={"prompt": max(CONTEXT, past.run.prompt)})
    return forecast(run.model_copy(update={"prompt": likely_prompt(run, known)}), known)


def _row(what: str, amount: Amount, judged: Sequence[tuple[PastRun, Forecast, list[PastRun]]]) -> Row | None:
    said, losses, naive, inside = 0, 0.0, 0.0, 0
    for past, made, known in judged:
        interval, used = amount.said(made), amount.used(past)
        if interval is None or used is None:
            continue
        said += 1
        losses += pinball(used, interval)
        naive += pinball(used, _naive([one for past in known if (one := amount.used(past)) is not None]) or interval)
        inside += interval.low <= used <= interval.high
    if not said:
        return None
    share, loss = inside / said, losses / said
    return Row(
        group=GROUP, what=f"pinball loss of a run's {amount.name}, {what}", value=loss, unit=amount.unit,
        ratio=losses / naive, beside="quantiles of all runs of the task", aim="< 1×", met=losses < naive,
        note=f"{what}: {said} runs, {amount.name}; {share:.0%} of them inside the interval, 80 % is the aim",
        more={"inside": share},
    )  # fmt: skip


def _naive(known: Sequence[float]) -> Interval | None:
    if len(known) < 3:
        return None
    ordered = sorted(known)
    low, middle, high = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in QUANTILES)
    return Interval(low=low, middle=middle, high=high)


def _minutes(seconds: Interval) -> Interval:
    return Interval(low=seconds.low / 60, middle=seconds.middle / 60, high=seconds.high / 60)
