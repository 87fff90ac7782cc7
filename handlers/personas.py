"""Which personas a session may work as: those of its namespace's ProjectSettings. Pure.

Called by session_spec.py before a session starts, by ending.py for sessions that nobody asked for in words, and by
bot/orders.py, where the words of a persona are fetched.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PersonaBrief:
    """A persona, as people are told of it."""

    name: str
    description: str = ""


def unknown(asked: Sequence[str], offered: Sequence[PersonaBrief]) -> tuple[str, ...]:
    """Those that are asked for and not there."""
    known = {one.name for one in offered}
    return tuple(name for name in asked if name not in known)
