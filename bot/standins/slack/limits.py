"""Slack's rate limits: a bucket for each method (for postMessage: for each channel), refilled by the clock.

An empty bucket answers HTTP 429 with Retry-After; whoever calls again before that has passed violates the contract.
Tiers are Slack's: https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from bot.standins.slack.strict import Refusal
from bot.standins.slack.world import World

Tier = Literal["1", "2", "3", "4", "special", "post"]


@dataclass(frozen=True)
class Rate:
    """So many calls in a burst, and then so many a second."""

    burst: float
    per_second: float


RATES: dict[Tier, Rate] = {
    "1": Rate(5, 1 / 60),
    "2": Rate(20, 20 / 60),
    "3": Rate(50, 50 / 60),
    "4": Rate(100, 100 / 60),
    "special": Rate(600, 10),
    "post": Rate(10, 1),
}


@dataclass
class Bucket:
    left: float
    at: float
    closed_until: float = 0.0


class Limits:
    """`rates` may be changed at any moment; a test lowers one to see what the bot does then."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._buckets: dict[str, Bucket] = {}
        self.rates = dict(RATES)
        self._forced: dict[str, int] = {}
        self.on = True

    def refuse_next(self, method: str, *, retry_after: int) -> None:
        """The next call of this method is answered 429, whatever its bucket holds."""
        self._forced[method] = retry_after

    def count(self, method: str, tier: Tier, *, channel: str = "") -> None:
        key = f"{method} {channel}" if tier == "post" else method
        now, rate = self._world.now(), self.rates[tier]
        bucket = self._buckets.setdefault(key, Bucket(rate.burst, now))
        if now < bucket.closed_until:
            raise _limited(bucket.closed_until - now, violation="called again before Retry-After had passed")
        bucket.left = min(rate.burst, bucket.left + (now - bucket.at) * rate.per_second)
        bucket.at = now
        wait = self._forced.pop(method, 0) or self._wait(bucket, rate)
        if wait:
            bucket.closed_until = now + wait
            raise _limited(wait)
        bucket.left -= 1

    def _wait(self, bucket: Bucket, rate: Rate) -> float:
        if not self.on or bucket.left >= 1:
            return 0
        return math.ceil((1 - bucket.left) / rate.per_second)


def _limited(seconds: float, violation: str | None = None) -> Refusal:
    headers = {"Retry-After": str(max(1, math.ceil(seconds)))}
    return Refusal("ratelimited", status=429, headers=headers, violation=violation)
