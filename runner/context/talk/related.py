"""Threads one step away: of each its head and its most telling messages. Pure; called by `offer.py`."""

from collections.abc import Sequence
from dataclasses import replace

from runner.context.talk.said import Said

MOST_TELLING = 4
"""Messages of another thread that are offered beside its head."""
HEADS = ("linked_issue", "linked_pull_request", "issue", "pull_request")
AWAY = "one step away: only its most telling messages are offered"


def is_head(one: Said) -> bool:
    """Whether it is the text of the other issue or pull request itself."""
    return one.talk.kind in HEADS


def most_telling(said: Sequence[Said]) -> list[Said]:
    """The messages of all other threads, which come the worthiest first: the heads, then what is told of each."""
    taken: dict[str, int] = {}
    found = []
    for one in said:
        asks = not is_head(one) and not one.folded
        number = taken[one.talk.thread] = taken.get(one.talk.thread, 0) + asks
        found.append(replace(one, folded=AWAY) if asks and number > MOST_TELLING else one)
    return sorted(found, key=lambda one: not is_head(one))


def sort_key(one: Said) -> str:
    """Sorts them by thread, the head first, then by time."""
    return f"{one.talk.thread}|{int(not is_head(one))}|{one.moment:017.3f}|{one.talk.source}"
