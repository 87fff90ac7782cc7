"""Whose parsed code is kept for the later sessions of a repository, and for which of them. Pure.

Called by bot/orders.py and by the runner door.
"""

from collections.abc import Sequence

from crds.result import SharedCodeBatch
from crds.work_order import OrderedRepository, WorkOrder

MOST_BYTES = 32 << 20
"""Of one repository's file, as it travels."""


def is_shared(repository: OrderedRepository) -> bool:
    """Whether the repository has a number by which its sessions know it: a folder on somebody's disk has none."""
    return repository.id != 0


def shares_code(repositories: Sequence[OrderedRepository], *, asked_for: bool) -> bool:
    """Whether a session hands in what it has parsed.

    One that reads a fork does not, nor one that reads what another owner has: its parsers have read what a stranger
    wrote. Nor does one that somebody has made by hand, for whom nobody answers. All are given what there is.
    """
    strangers = any(one.fork or not one.is_of(repositories[0]) for one in repositories)
    return asked_for and any(map(is_shared, repositories)) and not strangers


def mismatch(order: WorkOrder, batch: SharedCodeBatch) -> str:
    """Why these cannot be files of this order; empty where they can."""
    shared = {each.name for each in order.repositories if is_shared(each)}
    named = [each.repository for each in batch.code]
    for name in named:
        if name not in shared:
            return f"the order has no repository called {name!r} whose code is shared"
        if named.count(name) > 1:
            return f"there are two files of {name}"
    large = next((each for each in batch.code if each.size > MOST_BYTES), None)
    return f"the file of {large.repository} is larger than {MOST_BYTES:,} bytes" if large else ""
