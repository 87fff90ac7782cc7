"""The order of merged lists, for server-side apply and strategic merge patches. Pure."""

from collections import deque
from collections.abc import Hashable, Sequence


def interleaved[Key: Hashable](present: Sequence[Key], wanted: Sequence[Key]) -> list[Key]:
    """All keys: in the wanted order, and what only `present` has before the shared key that follows it there."""
    asked, waiting = set(wanted), deque(wanted)
    merged: dict[Key, None] = {}
    for key in present:
        while key in asked and key not in merged:
            merged[waiting.popleft()] = None
        merged[key] = None
    merged |= dict.fromkeys(waiting)
    return list(merged)
