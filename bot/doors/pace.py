"""How often one session may call: a bucket of calls that fills again with time. Used by the runner door.

In memory and per process: it protects this process and the API server behind it, and forgets idle sessions.
"""

from collections import OrderedDict
from collections.abc import Callable

MOST = 4096


class Pace:
    """`rate` calls a second on average, `burst` at once."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Count one call; 0 where it may pass, else the seconds after which it may."""
        now = self._clock()
        left, at = self._buckets.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._rate)
        passes = left >= 1
        self._buckets[key] = (left - 1 if passes else left, now)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return 0.0 if passes else (1 - left) / self._rate
