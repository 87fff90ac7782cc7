"""The one error that means "time will tell": a client, store or loop raises it, and a work queue tries again.

Only hands raise it; decisions never see it. What a person must act on is a value with a reply, not an exception.
"""


class Later(Exception):
    """Something outside cannot answer now (connection lost, 429, 5xx); trying again in `after` seconds may succeed."""

    def __init__(self, reason: str, *, after: float = 1.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class RateLimited(Later):
    """A service counts our calls, and says itself when it answers again: it is there, so that more patience pays."""
