"""What a run of an agent uses, from its size and its rhythm: the cost model that a forecast stands on. Pure.

Called by `learning.py` for the run that is to come and for each past one, so that what is learned is only how far runs
of a kind depart from the arithmetic.
"""

from decimal import Decimal

from crds.agentic_session import Task
from crds.overhead import overhead
from crds.schema import Message
from crds.usage import Tokens, cost, price_of


class Run(Message):
    """What is known of a run before it begins."""

    repository: str
    """Key of the repository; runs of the same one are the likeliest."""
    task: Task
    model: str
    prompt: int
    """Tokens of the first prompt, by the bundled tokenizer."""
    tokens_per_count: float = 1.0
    """The model's own tokens for one of the bundled tokenizer's."""
    earlier: int = 0
    """The model's own tokens of an earlier conversation that goes along before the prompt."""


class PastRun(Message):
    """A run that has ended, and what it used."""

    run: Run
    tokens: Tokens
    turns: int
    usd: float | None
    """None where the model has no price."""
    seconds: float
    cut: bool = False
    """Whether a limit ended it: it would have used this much at least."""


class Rhythm(Message):
    """How a task goes: the middle of what was guessed before anything was measured."""

    turns: float
    output: float
    """Tokens that the model says in a turn."""
    read: float
    """Tokens that its tools give back in a turn."""
    seconds: float
    """Of a turn."""


# Guesses, and wide ones (`learning.SPREAD`): each recorded run of an installation moves its forecasts away from them.
# `fix` is set by what others have published, read in November 2026:
# - whatsthebestcodeagent.com: Claude Code with Sonnet 4.5 on the 500 tasks of SWE-bench Verified, $1.19 and 543 s on
#   average; vals.ai (2025-06): Sonnet 4, $1.24 and 427 s. By these figures a `fix` with 24,000 tokens of prompt has a
#   middle of $0.88 and 318 s at Sonnet 4's price; an average lies above the middle of such a skewed spread, by
#   e^(σ²/2) = 1.4 to 1.65 for a σ of 0.8 to 1: $1.20 to $1.45, and 440 to 520 s.
# - tracelab.cs.washington.edu (Claude Code and Codex at work, 357,161 steps): 523 tokens of output a step, 700 to 950
#   appended ones in the middle and 1,400 to 2,800 on average, 96 % of the input read from the cache (here: 95 %); 15
#   steps with tools in the middle session, 135 in one of ten. nilenso: 29 to 78 steps in the middle, SWE-bench Pro.
# - A review costs $0.10 to $0.50 (understandingdata.com, toolbrain-astro.pages.dev). Of `ask` and `plan` there is none.
RHYTHM: dict[Task, Rhythm] = {
    Task.ASK: Rhythm(turns=6, output=350, read=1200, seconds=8),
    Task.REVIEW: Rhythm(turns=9, output=450, read=1500, seconds=10),
    Task.PLAN: Rhythm(turns=12, output=600, read=1500, seconds=12),
    Task.FIX: Rhythm(turns=28, output=500, read=1000, seconds=11),
    Task.RUN: Rhythm(turns=28, output=500, read=1000, seconds=11),
}
START_SECONDS = 10.0
"""Until the first request: pod, clone, prompt."""


class Amounts(Message):
    """What a run uses, amount by amount. Tokens, turns, US dollars, seconds."""

    fresh: float
    cached: float
    output: float
    turns: float
    usd: float | None
    seconds: float


def expected(run: Run, *, turns: float | None = None) -> Amounts:
    """The amounts of a run with the rhythm of its task, of as many turns as usual or as told.

    A loop of T turns sends the whole conversation again in each. With P tokens in the first request, o said and r read
    in a turn, and the prompt cache holding all that was sent before:
    written = P + (T−1)·(o+r); read from the cache = (T−1)·P + (T−1)(T−2)/2·(o+r); output = T·o.
    Writing costs 1.25, reading 0.1 of fresh input (`usage.Price`). An earlier conversation is part of P: its cache has
    mostly gone by when a person answers.
    """
    rhythm = RHYTHM[run.task]
    turns = rhythm.turns if turns is None else turns
    first = (overhead(run.task, run.model) + run.prompt) * run.tokens_per_count + run.earlier
    step, again = rhythm.output + rhythm.read, turns - 1
    written = first + again * step
    read = again * first + again * (again - 1) / 2 * step
    said = turns * rhythm.output
    tokens = Tokens(cache_write=round(written), cache_read=round(read), output=round(said))
    return Amounts(
        fresh=written,
        cached=read,
        output=said,
        turns=turns,
        usd=_usd(tokens, run.model),
        seconds=START_SECONDS + turns * rhythm.seconds,
    )


def used(past: PastRun) -> Amounts:
    """The amounts of a run that was made."""
    return Amounts(
        fresh=past.tokens.input + past.tokens.cache_write,
        cached=past.tokens.cache_read,
        output=past.tokens.output,
        turns=past.turns,
        usd=past.usd,
        seconds=past.seconds,
    )


FIRST_OUTPUT = 1024
"""Tokens that the gateway keeps for an answer before it lets a call pass: with less, none is made."""


def least(task: Task, model: str) -> Tokens:
    """What any run surely needs before its first answer: the fixed parts, and room for the answer. No prompt yet."""
    return Tokens(cache_write=overhead(task, model), output=FIRST_OUTPUT)


def least_usd(task: Task, model: str) -> Decimal | None:
    """The same in US dollars; None for a model without a price."""
    price = price_of(model)
    return None if price is None else cost(least(task, model), price)


def _usd(tokens: Tokens, model: str) -> float | None:
    price = price_of(model)
    return None if price is None else float(cost(tokens, price))
