"""Whether the context is renewed at a border of phases, or before the window is full: old output of tools masked in the
running conversation. Pure.

Each later turn then reads less; but what stands behind the first masked place has to be written into the prompt cache
anew, and a file that is to be edited once more has to be read once more. Counted in the price of fresh input: a token
read from the cache costs a tenth, one that is written a quarter more than a fresh one (crds/usage.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crds.windows import most_sent
from runner.conversation.mask import KEPT_ANSWERS, Count, Masked, Reach, masked, size
from runner.conversation.messages import Said

READ, WRITE = 0.1, 1.25
"""Price of a cached token that is read and that is written, in that of a fresh one."""
EXTRA_TURNS = 2
"""Turns that a renewed run takes more: files are read again before they are edited."""
LEAST_SAVED, OF_WINDOW = 10_000, 20
"""Tokens below which nothing is worth the stop; in a small window, this part of it."""
NEAR = 0.6
"""Share of the window from which a renewal forestalls the program's own summary, which would cost and lose more."""
FORESTALLED = 0.8
"""And of the longest request that the program sends as it is, in a small window."""
WORTH_IT = 3
"""The part of a nearly full window that a renewal makes free, or else more is masked."""
KEPT_NEARLY_FULL = 2
"""The last answers whose tools' output stays where the window is nearly full and all older output is masked."""


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


def nearly_full(used: int, window: int) -> bool:
    """Whether the program is soon to summarise the conversation itself, or to find no room for it."""
    return used > min(NEAR * window, FORESTALLED * most_sent(window))


def least_saved(window: int) -> int:
    """Tokens that a renewal has to save."""
    return min(LEAST_SAVED, window // OF_WINDOW)


def renewed(messages: Sequence[Said], count: Count, *, outlook: Outlook | None = None) -> Masked:
    """The conversation with all old output masked, and that of the last answers kept: of fewer, where the window is
    nearly full and would soon be so again."""
    smaller = masked(messages, share=0, count=count, reach=Reach.OLD_OUTPUT, kept=KEPT_ANSWERS)
    if outlook is None or not nearly_full(outlook.used, outlook.window):
        return smaller
    if smaller.saved >= outlook.used // WORTH_IT:
        return smaller
    return masked(messages, share=0, count=count, reach=Reach.OLD_OUTPUT, kept=KEPT_NEARLY_FULL)


def behind(before: Sequence[Said], after: Masked, count: Count) -> int:
    """Tokens from the first masked place on: what the cache has to take in anew."""
    pairs = zip(before, after.messages, strict=True)
    first = next((number for number, (old, new) in enumerate(pairs) if old != new), len(after.messages))
    return size(after.messages[first:], count)


def pays(after: Masked, written: int, outlook: Outlook) -> bool:
    """Whether the renewal costs less than it saves. `written`: what `behind` says."""
    if after.saved < least_saved(outlook.window) or outlook.turns <= 0:
        return False
    if nearly_full(outlook.used, outlook.window):
        return True
    saved = after.saved * READ * outlook.turns
    again = EXTRA_TURNS * READ * after.tokens
    return saved > written * (WRITE - READ) + again
