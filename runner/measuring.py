"""What the model's server counted in the first request, for the receipt. Pure; called by `session.py`."""

from crds.overhead import overhead
from crds.receipt import Measured, Receipt
from crds.usage import Tokens
from crds.work_order import WorkOrder


def with_measured(receipt: Receipt, order: WorkOrder, first: Tokens | None, *, resumed: bool) -> Receipt:
    """The receipt with the count of the first request; as it was where none was answered.

    The fixed parts are measured by the bundled tokenizer (crds/overhead.py), so that they have the same share of the
    model's own count. In a conversation that goes on, all that was said before is in it, and nothing tells them apart.
    """
    request = first.total - first.output if first else 0
    if first is None or request <= 0:
        return receipt
    fixed = overhead(order.task, order.model)
    share = None if resumed else round(request * fixed / (fixed + receipt.prompt))
    measured = Measured(request=request, overhead=share, cache_read=first.cache_read, cache_write=first.cache_write)
    return receipt.model_copy(update={"measured": measured})
