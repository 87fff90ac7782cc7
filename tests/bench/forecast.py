"""How good forecasts are: runs are replayed in order, each forecast from those before it, and its pinball loss taken.

Beside the loss of a naive forecast, the quantiles of what all runs of the task have cost so far. The runs are synthetic
(a few repositories, each with a rhythm of its own); VTEAM_BENCH_STORE names a store whose recorded runs are replayed too.
"""

import math
import os
import random
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from bot.store.database import opened
from bot.store.runs import past_run
from bot.store.schema import runs as table
from crds.agent_loop import PastRun, Run, expected
from crds.agentic_session import Task
from crds.forecast import Interval
from crds.learning import QUANTILES, forecast, pinball
from crds.usage import Tokens, cost, price_of
from tests.bench.report import Row

GROUP = "forecast"
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5")
SEED = 20_261_122


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    rows = _rows("synthetic", synthetic(120 if quick else 400))
    store = os.environ.get("VTEAM_BENCH_STORE", "")
    return rows + (_rows("recorded", await recorded(Path(store))) if store else [])


def synthetic(count: int) -> list[PastRun]:
    """Runs of eight repositories: each departs from the arithmetic in its own way, and each run from that."""
    dice = random.Random(SEED)
    habits = {str(number): dice.gauss(0.2, 0.6) for number in range(8)}
    return [_synthetic(dice, habits) for _ in range(count)]


def _synthetic(dice: random.Random, habits: dict[str, float]) -> PastRun:
    name = dice.choice(list(habits))
    task, model = dice.choice((Task.FIX, Task.FIX, Task.ASK, Task.REVIEW)), dice.choice(MODELS)
    run = Run(repository=name, task=task, model=model, prompt=round(math.exp(dice.gauss(9.4, 0.6))))
    base, times = expected(run), math.exp(habits[name] + dice.gauss(0.0, 0.4))
    tokens = Tokens(
        cache_write=round(base.fresh * times**0.6),
        cache_read=round(base.cached * times),
        output=round(base.output * times),
    )
    price = price_of(model)
    usd = float(cost(tokens, price)) if price else None
    return PastRun(
        run=run, tokens=tokens, turns=max(1, round(base.turns * times)), usd=usd, seconds=base.seconds * times
    )


async def recorded(path: Path) -> list[PastRun]:
    """The whole runs of a store, oldest first."""
    database = await opened(f"sqlite:///{path}")
    try:
        statement = select(table).where(table.c.whole).order_by(table.c.at)
        found = await database.read(lambda connection: connection.execute(statement).all())
    finally:
        await database.close()
    return [past_run(row) for row in found]


def _rows(what: str, made: Sequence[PastRun]) -> list[Row]:
    said, losses, naive, inside = 0, 0.0, 0.0, 0
    for number, past in enumerate(made):
        history = [one for one in reversed(made[:number]) if one.run.task is past.run.task]
        interval = forecast(past.run, history).usd
        if interval is None or past.usd is None:
            continue
        said += 1
        losses += pinball(past.usd, interval)
        naive += pinball(past.usd, _naive(history) or interval)
        inside += interval.low <= past.usd <= interval.high
    if not said:
        return []
    note = f"{what}: {said} runs, dollars; {inside / said:.0%} of them inside the interval, 80 % is the aim"
    loss = losses / said
    return [
        Row(
            group=GROUP, what=f"pinball loss of a run's dollars, {what}", value=loss, unit="$", ratio=losses / naive,
            beside="quantiles of all runs of the task", aim="< 1×", met=losses < naive, note=note,
            more={"inside": inside / said},
        )
    ]  # fmt: skip


def _naive(history: Sequence[PastRun]) -> Interval | None:
    dollars = sorted(past.usd for past in history if past.usd is not None)
    if len(dollars) < 3:
        return None
    low, middle, high = (dollars[min(len(dollars) - 1, int(share * len(dollars)))] for share in QUANTILES)
    return Interval(low=low, middle=middle, high=high)
