"""The whole way from a work order and its folders to a prompt: collect → sanitise → fit → receipt.

Called by `session.py` before the agent runs and by `python -m runner context`. Only reads.
"""

from collections.abc import Sequence
from pathlib import Path

from crds.work_order import WorkOrder
from runner.context.cache import Cache
from runner.context.code import Folder
from runner.context.collect import collect
from runner.context.pack import Packed, pack
from runner.context.tree import listed


def packed_for(order: WorkOrder, workspace: Path, cache: Cache | None = None) -> Packed:
    """The prompt for this order, with its repositories as they stand in the workspace."""
    return packed_in(order, [workspace / repository.name for repository in order.repositories], cache)


def packed_in(order: WorkOrder, folders: Sequence[Path], cache: Cache | None = None) -> Packed:
    """The same, with each repository's folder named, in the order's order. `cache`: what is known of their contents."""
    named = zip(order.repositories, folders, strict=True)
    collected = collect(order, [Folder(one.name, listed(folder)) for one, folder in named], cache)
    packed = pack(collected.pieces, order.task, budget=order.limits.context_tokens, code=collected.code)
    return packed.with_hidden(collected.hidden)
