"""Quantiles where some values are known only as "at least this much": runs that a limit has cut. Pure.

Called by `learning.py`. The estimate is Kaplan and Meier's ("Nonparametric estimation from incomplete observations",
1958), in the form that Efron has given it ("The two sample problem with censored data", 1967): the weight of each cut
value goes to all that stand to its right. It tells nothing of how far a cut run would have gone beyond what others did.
"""

from collections.abc import Sequence
from itertools import accumulate

Weighted = list[tuple[float, float]]
"""Value and weight, in order of value."""
Seen = tuple[float, float, bool]
"""Value, weight, and whether it was cut: the true value is this or more."""


def settled(seen: Sequence[Seen]) -> Weighted:
    """The values that were seen whole, each with its own weight and its share of those that were cut to its left.

    A cut value with nothing to its right stands for itself. Of equal values the whole one is the smaller.
    """
    ordered = sorted(seen, key=lambda one: (one[0], one[2]))
    rights = [*accumulate((weight for _, weight, _ in reversed(ordered)), initial=0.0)][-2::-1]
    found: Weighted = []
    times = 1.0
    for (value, weight, cut), right in zip(ordered, rights, strict=True):
        if cut and right:
            times *= (right + weight) / right
        else:
            found.append((value, weight * times))
    return found
