"""Who waits before whom: a session's place among those that wait for the same room. Pure.

Called by bot/reconcile.py, which gives the place to the decision. It is what people are told, and steers nothing: Kueue
and the scheduler decide who goes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A session whose Job is held back, or whose pod finds no node."""

    key: str
    namespace: str
    queue: str | None
    gpu: bool
    since: float
    """When the session was made, in seconds since the epoch."""

    @property
    def line(self) -> tuple[str, str | None, bool]:
        """Sessions of one line wait for the same thing."""
        return (self.namespace, self.queue, self.gpu)


def place_in_line(key: str, waiting: Iterable[Waiting]) -> int | None:
    """The session's place, 1 for the next one; None where it does not wait."""
    everybody = list(waiting)
    me = next((one for one in everybody if one.key == key), None)
    if me is None:
        return None
    ahead = [one for one in everybody if one.line == me.line and (one.since, one.key) < (me.since, me.key)]
    return len(ahead) + 1
