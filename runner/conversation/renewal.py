"""Whether the context is renewed at a border of phases: old output of tools masked in the running conversation. Pure.

Each later turn then reads less; but what stands behind the first masked place has to be written into the prompt cache
anew, and a file that is to be edited once more has to be read once more. Counted in the price of fresh input: a token
read from the cache costs a tenth, one that is written a quarter more than a fresh one (crds/usage.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.conversation.mask import Count, Masked, masked, size
from runner.conversation.messages import Said

READ, WRITE = 0.1, 1.25
"""Price of a cached token that is read and that is written, in that of a fresh one."""
EXTRA_TURNS = 2
"""Turns that a renewed run takes more: files are read again before they are edited."""
LEAST_SAVED = 10_000
"""Tokens below which nothing is worth the stop."""
NEAR = 0.6
"""Share of the window from which a renewal forestalls the program's own summary, which would cost and lose more."""


@dataclass(frozen=True)
class Outlook:
    """What is known of the rest of the run."""

    turns: int
    """Turns that are still expected."""
    window: int
    """Tokens of the model's window."""
    used: int
    """Tokens that are in it."""


def turns_left(taken: int, most: int, expected: float | None) -> int:
    """Turns that a run is still expected to take: as forecast, else as many as it has taken; at most its limit.

    A run of unknown length is expected to go on as long as it has lasted (the Lindy rule).
    """
    left = expected - taken if expected is not None and expected > taken else taken / (1 if expected is None else 2)
    return max(0, min(round(left), most - taken))


def renewed(messages: Sequence[Said], count: Count) -> Masked:
    """The conversation with all old output masked, and that of the last answers kept."""
    return masked(messages, share=0, count=count, old_only=True)


def behind(before: Sequence[Said], after: Masked, count: Count) -> int:
    """Tokens from the first masked place on: what the cache has to take in anew."""
    pairs = zip(before, after.messages, strict=True)
    first = next((number for number, (old, new) in enumerate(pairs) if old != new), len(after.messages))
    return size(after.messages[first:], count)


def pays(after: Masked, written: int, outlook: Outlook) -> bool:
    """Whether the renewal costs less than it saves. `written`: what `behind` says."""
    if after.saved < LEAST_SAVED or outlook.turns <= 0:
        return False
    if outlook.used > NEAR * outlook.window:
        return True
    saved = after.saved * READ * outlook.turns
    again = EXTRA_TURNS * READ * after.tokens
    return saved > written * (WRITE - READ) + again
