"""Forecasts that learn: how far past runs have departed from the arithmetic, in logarithms, with back-off. Pure.

Called by the bot before a run and by the benchmark. Few runs move a forecast a little, many of the same repository,
task and model replace the guess; no single odd run can move it far, for only quantiles are taken. A run that a limit
has cut counts as one that would have used this much or more: without those, what is learned is what was cheap enough.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from crds.agent_loop import Amounts, PastRun, Run, expected, used
from crds.censored import Seen, Weighted, settled
from crds.forecast import Forecast, Interval

QUANTILES = (0.1, 0.5, 0.9)
BACKING = 5.0
"""The weight of all that is not of the same kind: with n runs of the very kind, their share is n / (n + BACKING)."""
SPREAD = {"fresh": 0.8, "cached": 1.3, "output": 0.9, "turns": 0.9, "usd": 1.0, "seconds": 1.0}
"""Standard deviation, in logarithms, of an amount around the arithmetic before anything was learned.

Published runs spread further where they mix all kinds of work: one request of ten costs 7 times the middle one at
tracelab.cs.washington.edu (σ = 1.6), and the same task up to 30 times as much in another run (arXiv 2604.22750). Turns
carry most of it: with T turns what is written goes with about T^0.6, the dollars with T^1.2, what is read with T^1.4.
"""
SMALL = {"usd": 0.001}
"""What is added before a logarithm is taken, so that nought is no trouble: a tenth of a cent, one of all else."""
LATEST = 200
"""Runs of a kind that count: the newest."""
_STEPS = 19
_NORMAL = tuple(NormalDist().inv_cdf((step + 0.5) / _STEPS) for step in range(_STEPS))
Compared = tuple[Amounts, Amounts, bool]
"""What a run has used, what it was to use by the arithmetic, and whether a limit has cut it."""
LEAST_SIZES = 3
"""Prompts of a repository from which their middle is believed."""


def forecast(run: Run, history: Sequence[PastRun]) -> Forecast:
    """What the run is expected to use. `history`: past runs of its task, newest first, of any repository and model."""
    kinds = _kinds(run, [past for past in history if past.run.task is run.task])
    base = expected(run)
    # Once a run and not once an amount: the arithmetic of hundreds of runs takes its time.
    compared = [[(used(past), expected(past.run), past.cut) for past in kind] for kind in kinds]
    found = {name: _interval(name, base, compared) for name in SPREAD if getattr(base, name) is not None}
    return Forecast(
        fresh_tokens=found["fresh"],
        cached_tokens=found["cached"],
        output_tokens=found["output"],
        turns=found["turns"],
        usd=found.get("usd"),
        seconds=found["seconds"],
        runs=sum(len(kind) for kind in kinds),
        basis=basis(run, kinds),
    )


def own(run: Run, history: Sequence[PastRun]) -> int:
    """How many whole runs are of the very kind: this repository, task and model."""
    return sum(not past.cut for past in _kinds(run, history)[0])


def likely_prompt(run: Run, history: Sequence[PastRun]) -> int:
    """Tokens that its prompt will have: the middle of what it had in this repository; else four fifths of the budget.

    `run.prompt` is what the prompt may have at most. What an earlier conversation holds is not said again, so that of a
    conversation that goes on those are looked at that went on as well, where there are some, and else all.
    """
    here = [past.run for past in history if past.run.repository == run.repository]
    alike = [one.prompt for one in here if bool(one.earlier) is bool(run.earlier)][:LATEST]
    sizes = alike if len(alike) >= LEAST_SIZES or not run.earlier else [one.prompt for one in here][:LATEST]
    return min(run.prompt, sorted(sizes)[len(sizes) // 2]) if len(sizes) >= LEAST_SIZES else int(0.8 * run.prompt)


def usual_turns(run: Run, history: Sequence[PastRun], *, least: int) -> float | None:
    """Turns that runs of the task take in this repository, with whatever model, in the middle; None before `least` of
    them have come to their own end."""
    here = [past for past in history if past.run.task is run.task and past.run.repository == run.repository][:LATEST]
    if sum(not past.cut for past in here) < least:
        return None
    return _quantile(settled([(float(past.turns), 1.0, past.cut) for past in here]), 0.5)


def _kinds(run: Run, history: Sequence[PastRun]) -> tuple[list[PastRun], ...]:
    """The runs of the very kind; of other repositories with this model; of other models. Each run stands once."""
    very: list[PastRun] = []
    near: list[PastRun] = []
    far: list[PastRun] = []
    for past in history:
        if past.run.task is not run.task:
            continue
        same_model = past.run.model == run.model
        kind = very if same_model and past.run.repository == run.repository else near if same_model else far
        if len(kind) < LATEST:
            kind.append(past)
    return very, near, far


def _interval(name: str, base: Amounts, kinds: Sequence[Sequence[Compared]]) -> Interval:
    spread, middle = SPREAD[name], float(getattr(base, name))
    samples = [_departures(name, kind) for kind in kinds]
    points = _backed(samples, [spread * step for step in _NORMAL])
    little = SMALL.get(name, 1.0)
    ends = (math.exp(_quantile(points, share)) * (middle + little) - little for share in QUANTILES)
    low, half, high = (max(0.0, end) for end in ends)
    return Interval(low=low, middle=half, high=high)


def _departures(name: str, kind: Sequence[Compared]) -> list[tuple[float, bool]]:
    """ln(used / expected) of each run, a little added to both, and whether the run was cut."""
    little = SMALL.get(name, 1.0)
    pairs = [(getattr(made, name), getattr(wanted, name), cut) for made, wanted, cut in kind]
    return [
        (math.log((made + little) / (wanted + little)), cut)
        for made, wanted, cut in pairs
        if made is not None and wanted is not None
    ]


def _backed(samples: list[list[tuple[float, bool]]], prior: list[float]) -> Weighted:
    """All samples in order of value: one each for the very kind; the backing's weight goes to the nearest kinds first.

    A kind with n runs takes n / (n + BACKING) of the backing that is left; the guess has what remains.
    """
    very, *others = samples
    points: list[Seen] = [(value, 1.0, cut) for value, cut in very]
    left = BACKING
    for sample in others:
        share = left * len(sample) / (len(sample) + BACKING)
        points += [(value, share / len(sample), cut) for value, cut in sample]
        left -= share
    points += [(value, left / len(prior), False) for value in prior]
    return settled(points)


def _quantile(points: Weighted, share: float) -> float:
    """The weighted quantile, each point standing at the middle of its weight, straight lines between."""
    total = sum(weight for _, weight in points)
    before, last_at, last = 0.0, 0.0, points[0][0]
    for value, weight in points:
        at = (before + weight / 2) / total
        if at >= share:
            return value if at == last_at else last + (value - last) * (share - last_at) / (at - last_at)
        before, last_at, last = before + weight, at, value
    return last


def calibrated(counts: Sequence[tuple[int, int]]) -> float:
    """The model's own tokens for one of the bundled tokenizer's: the median of n pairs (counted, by the model).

    In logarithms, drawn toward 1 by n / (n + 1), between 0.5 and 3: what a runner reports cannot move it beyond.
    """
    ratios = sorted(math.log(request / counted) for counted, request in counts if counted > 0 and request > 0)
    if not ratios:
        return 1.0
    drawn = ratios[len(ratios) // 2] * len(ratios) / (len(ratios) + 1)
    return min(3.0, max(0.5, math.exp(drawn)))


def basis(run: Run, kinds: tuple[list[PastRun], ...]) -> str:
    """In words, what a forecast stands on."""
    very, near, far = (len(kind) for kind in kinds)
    parts = [
        f"{very} {'run' if very == 1 else 'runs'} of {run.task} here with {run.model}" if very else "",
        f"{near} elsewhere" if near else "",
        f"{far} with other models" if far else "",
    ]
    cut = sum(past.cut for kind in kinds for past in kind)
    parts.append(f"{cut} of these cut by a limit" if cut else "")
    said = ", ".join(part for part in parts if part)
    return (said or f"no run of {run.task} yet: the size of the prompt, and how such work usually goes")[:512]


def pinball(actual: float, interval: Interval) -> float:
    """The mean pinball loss of the three quantiles: q·(y−ŷ) above, (1−q)·(ŷ−y) below (Koenker & Bassett 1978)."""
    said = (interval.low, interval.middle, interval.high)
    losses = (max(q * (actual - y), (q - 1) * (actual - y)) for q, y in zip(QUANTILES, said, strict=True))
    return sum(losses) / len(QUANTILES)
