"""Whether the maker's prompt cache holds the beginning of a session's first request, because another one has sent it.

Pure; called by bot/orders.py for each order.
"""

from crds.work_order import WorkOrder


def begins_alike(earlier: WorkOrder, order: WorkOrder) -> bool:
    """Whether an earlier session's requests began as this one's will: the same tools and system prompt, and the same
    start of the prompt, as long as nobody has changed the repository's instructions since.

    A conversation that goes on has no such start, and leaves none for a session that begins afresh.
    """
    return _beginning(earlier) == _beginning(order) and (earlier.continues is None or order.continues is not None)


def _beginning(order: WorkOrder) -> tuple[object, ...]:
    repositories = tuple((one.name, one.writable) for one in order.repositories)
    return order.model, order.task, order.takes_notes, repositories
