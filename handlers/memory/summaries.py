"""Which texts of an order may have a summary, and what is taken of those that are handed in. Pure.

Called by bot/orders.py and by the runner door.
"""

from collections.abc import Sequence

from crds.redaction import redact
from crds.work_order import KnownSummary, WorkOrder, text_digest

SHORTEST = 4000
"""Characters below which no text is summarised: nothing is won by it."""


def digests_of(order: WorkOrder) -> frozenset[str]:
    """The hashes of the order's long texts."""
    texts = [*(piece.text for piece in order.talk), *(file.text for file in order.instruction_files)]
    return frozenset(text_digest(text) for text in texts if len(text) >= SHORTEST)


def taken(order: WorkOrder, made: Sequence[KnownSummary]) -> tuple[KnownSummary, ...]:
    """Those that stand for a text of this order, and for one that has none yet; without secrets."""
    wanted = digests_of(order) - {known.digest for known in order.summaries}
    return tuple(one.model_copy(update={"text": redact(one.text)}) for one in made if one.digest in wanted and one.text)
