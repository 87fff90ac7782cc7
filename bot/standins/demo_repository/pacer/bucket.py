"""A token bucket that counts time in whole nanoseconds."""

import time

SECOND = 1_000_000_000


class TokenBucket:
    """Holds up to `capacity` tokens and earns `rate` of them a second."""

    def __init__(self, rate, capacity, clock=time.monotonic_ns):
        if rate <= 0 or capacity <= 0:
            raise ValueError("rate and capacity must be positive")
        self.rate = rate
        self.capacity = capacity
        self._clock = clock
        self._tokens = capacity
        self._updated = clock()

    def take(self, count=1):
        """Takes `count` tokens if they are there. Never waits."""
        self._refill()
        if count > self._tokens:
            return False
        self._tokens -= count
        return True

    def wait_for(self, count=1):
        """How many seconds until `count` tokens could be taken; 0.0 when they are there now."""
        if count > self.capacity:
            raise ValueError(f"the bucket never holds {count} tokens")
        self._refill()
        missing = count - self._tokens
        if missing <= 0:
            return 0.0
        needed = -(-missing * SECOND // self.rate)
        return (needed - (self._clock() - self._updated)) / SECOND

    @property
    def full(self):
        self._refill()
        return self._tokens == self.capacity

    def _refill(self):
        now = self._clock()
        earned = (now - self._updated) * self.rate // SECOND
        self._tokens = min(self.capacity, self._tokens + earned)
        self._updated = now
