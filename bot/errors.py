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


SUSPENDED_PATIENCE = 7 * 86400.0
"""Seconds that the App's return from a suspension is waited for, before what waits for it is given up."""


class Suspended(Later):
    """Somebody has put the App to sleep on an installation: it is told when it is woken, so that nobody need ask."""

    def __init__(self, installation: int) -> None:
        super().__init__(f"the App is suspended on installation {installation}", after=60.0)
        self.installation = installation
        self.look_again: float | None = None
        """Seconds after which something else is due that does not wait for it."""
