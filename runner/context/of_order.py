"""The whole way from a work order and a workspace to a prompt: collect → sanitise → fit → receipt.

Called by `session.py` before the agent runs and by `python -m runner context`. Only reads.
"""

from pathlib import Path

from crds.work_order import WorkOrder
from runner.context.collect import collect
from runner.context.pack import Packed, pack
from runner.context.tree import listed


def packed_for(order: WorkOrder, workspace: Path) -> Packed:
    """The prompt for this order, with the main repository as it stands in the workspace."""
    main = workspace / order.repositories[0].name if order.repositories else workspace / ".none"
    collected = collect(order, listed(main))
    packed = pack(collected.pieces, order.task, budget=order.limits.context_tokens, code=collected.code)
    return packed.with_hidden(collected.hidden)
