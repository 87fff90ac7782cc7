"""One bucket per key."""

import time

from .bucket import TokenBucket


class Limiter:
    """Allows each key `rate` calls a second, in bursts of up to `capacity`."""

    def __init__(self, rate, capacity, clock=time.monotonic_ns):
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._buckets = {}

    def allow(self, key, count=1):
        """Whether this key may make `count` calls now; if so, they are counted."""
        if key not in self._buckets:
            self._buckets[key] = TokenBucket(self._rate, self._capacity, self._clock)
        return self._buckets[key].take(count)

    def forget_idle(self):
        """Drops the buckets that are full: a new one would be the same."""
        idle = [key for key, bucket in self._buckets.items() if bucket.full]
        for key in idle:
            del self._buckets[key]
        return len(idle)

    def __len__(self):
        return len(self._buckets)
