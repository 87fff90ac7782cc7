"""The whole way from a work order and its folders to a prompt: collect → sanitise → score → allot → fit → receipt.

Called by `session.py` before the agent runs and by `python -m runner context`. Only reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from crds.overhead import overhead
from crds.windows import prompt_budget
from crds.work_order import WorkOrder
from runner.context.code import NOTHING, Means
from runner.context.collect import Collected, collect
from runner.context.pack import Packed, pack
from runner.context.pieces import Piece
from runner.context.tree import Folder, Tree, listed
from runner.conversation import told
from runner.conversation.heard import heard_in, since
from runner.conversation.told import Earlier


def packed_for(order: WorkOrder, workspace: Path, means: Means = NOTHING, *, earlier: Earlier | None = None) -> Packed:
    """The prompt for this order, with its repositories as they stand in the workspace. Raises BudgetTooSmall.

    Where it goes on with an earlier conversation, only what is new since then.
    """
    folders = [workspace / repository.name for repository in order.repositories]
    return packed_in(order, folders, means, earlier=earlier)


def packed_in(
    order: WorkOrder,
    folders: Sequence[Path],
    means: Means = NOTHING,
    *,
    earlier: Earlier | None = None,
    tree: Callable[[Path], Tree] = listed,
) -> Packed:
    """The same, with each repository's folder named, in the order's order. `means`: what is at hand."""
    named = zip(order.repositories, folders, strict=True)
    seen = [
        Folder(one.name, tree(at), one.url.startswith("file://"), one.trust_beside(order.repositories[0]))
        for one, at in named
    ]
    collected = collect(order, seen, means)
    if earlier is not None:
        collected = _since(collected, earlier)
    packed = pack(collected.pieces, order.task, budget=budget_of(order), code=collected.code)
    return _with_rows(packed.with_hidden(collected.hidden), earlier)


def _since(collected: Collected, earlier: Earlier) -> Collected:
    """Without what stands in the earlier conversation, and with what is to be said of it."""
    heard = heard_in(earlier.resumed.heard if earlier.resumed else "")

    def new(pieces: Sequence[Piece]) -> list[Piece]:
        return [since(one, heard) for one in pieces]

    code = collected.code
    return replace(collected, pieces=(*new(collected.pieces), *told.pieces(earlier)), code=lambda room: new(code(room)))


def _with_rows(packed: Packed, earlier: Earlier | None) -> Packed:
    if earlier is None:
        return packed
    rows = (*packed.receipt.rows, *told.rows(earlier))
    return replace(packed, receipt=packed.receipt.model_copy(update={"rows": rows}))


def budget_of(order: WorkOrder) -> int:
    """Tokens of the bundled tokenizer for the first prompt; the limit and the window are in the model's own tokens."""
    asked = order.limits.context_tokens
    fixed = overhead(order.task, order.model)
    window, ratio = order.window_tokens, order.tokens_per_count
    fitting = prompt_budget(asked, window=window, overhead=fixed, tokens_per_count=ratio)
    return min(int(asked / ratio), fitting)
