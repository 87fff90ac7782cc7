"""What is made of many measurements: percentiles of one round, medians of several rounds. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Round:
    """One round: seconds of CPU for one, latencies, and how many there were in a second."""

    cpu: float
    p50: float
    p99: float
    per_second: float


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of all lies; the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def middle(rounds: Sequence[Round]) -> Round:
    """The median of each figure: one disturbed round does not count."""
    return Round(
        cpu=median(one.cpu for one in rounds),
        p50=median(one.p50 for one in rounds),
        p99=median(one.p99 for one in rounds),
        per_second=median(one.per_second for one in rounds),
    )
