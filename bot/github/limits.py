"""GitHub's rate limits: what an answer says of them, and until when nobody calls. Called by bot/github/client.py.

Each caller (an installation, or the App itself) has limits of its own. Who calls on while it is limited is locked out
for longer, so that no call goes out before its time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

from bot.errors import RateLimited

type Caller = int | None
"""An installation, or None for the App itself."""

LIMITED = (403, 429)
AT_LEAST = 60.0
"""Seconds that GitHub asks for where a secondary limit does not name any."""
LONGEST = 3700.0
"""Seconds that are believed: no limit of GitHub's lasts longer than an hour."""
LONGEST_PAUSE = 900.0
"""Seconds after which who waits looks again, at most."""


@dataclass(frozen=True)
class Limit:
    kind: str
    """`primary`: the calls of this hour are used up. `secondary`: too many at once."""
    seconds: float


def limit_of(status: int, headers: httpx.Headers, message: str) -> Limit | None:
    """The limit that an answer tells of, or None where it is about something else."""
    if status not in LIMITED:
        return None
    spent = headers.get("x-ratelimit-remaining") == "0"
    kind = "primary" if spent and "secondary rate limit" not in message.lower() else "secondary"
    if (given := headers.get("retry-after", "")).isdigit():
        return Limit(kind, _within(float(given)))
    if spent and (reset := headers.get("x-ratelimit-reset", "")).isdigit():
        return Limit(kind, _within(float(reset) - _their_time(headers)))
    if status == 403 and kind == "secondary" and "secondary rate limit" not in message.lower():
        return None  # an ordinary refusal
    return Limit(kind, AT_LEAST)


def _within(seconds: float) -> float:
    return min(max(1.0, seconds), LONGEST)


def _their_time(headers: httpx.Headers) -> float:
    """Now by GitHub's clock, for a moment that it has named; by ours where it does not tell."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except ValueError:
        return time.time()


@dataclass
class Limits:
    """Who may not call, and until when."""

    count: Callable[[str], None]
    """Is told the kind of each limit that is run into."""
    clock: Callable[[], float] = time.monotonic
    _until: dict[Caller, float] = field(default_factory=dict, init=False)

    def check(self, caller: Caller) -> None:
        """Raises RateLimited where the caller's time has not come."""
        left = self._until.get(caller, 0.0) - self.clock()
        if left > 0:
            raise RateLimited("GitHub's rate limit", after=min(left, LONGEST_PAUSE))

    def hit(self, caller: Caller, limit: Limit) -> RateLimited:
        """Notes the limit; what to raise."""
        self.count(limit.kind)
        self._until[caller] = max(self._until.get(caller, 0.0), self.clock() + limit.seconds)
        return RateLimited(f"GitHub's {limit.kind} rate limit", after=min(limit.seconds, LONGEST_PAUSE))
