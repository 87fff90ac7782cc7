"""Threads one step away: of each its head and its most telling messages. Pure; called by `offer.py`."""

from collections.abc import Sequence
from dataclasses import replace

from runner.context.talk.said import Said

MOST_TELLING = 4
"""Messages of another thread that are offered beside its head; of its reviews, with their remarks, as many again."""
HEADS = ("linked_issue", "linked_pull_request", "linked_commit", "issue", "pull_request")
REVIEWS = ("linked_review", "linked_remark")
AWAY = "one step away: only its most telling messages are offered"


def is_head(one: Said) -> bool:
    """Whether it is the text of the other issue or pull request itself."""
    return one.talk.kind in HEADS


def most_telling(said: Sequence[Said]) -> list[Said]:
    """The messages of all other threads, which come the worthiest first.

    First what somebody has linked to itself, then the heads, then what is told of each.
    """
    taken: dict[tuple[str, bool], int] = {}
    found = []
    for one in said:
        asks = not is_head(one) and not one.folded and not one.talk.named
        key = one.talk.thread, one.talk.kind in REVIEWS
        number = taken[key] = taken.get(key, 0) + asks
        found.append(replace(one, folded=AWAY) if asks and number > MOST_TELLING else one)
    return sorted(found, key=lambda one: (not one.talk.named, not is_head(one)))


def sort_key(one: Said) -> str:
    """Sorts them by thread, the head first, then by time."""
    return f"{one.talk.thread}|{int(not is_head(one))}|{one.moment:017.3f}|{one.talk.source}"
