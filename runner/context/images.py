"""Images as pieces of context: what they cost beside their words, and why those that do not go along stay away.

Pure; called by `collect.py`. They compete in the thread's tier, whole or only told of: nothing here can make an image
smaller. What is written in one is data of the trust of the text that shows it, and its frame says so.
"""

from collections.abc import Collection
from dataclasses import replace
from math import ceil

from crds.images import NOTE_TOKENS, OrderedImage, image_tokens
from crds.receipt import Way
from crds.work_order import WorkOrder
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import one_line

NOT_SHOWN = "only named: the text that shows it is hidden, folded or not given"


def image_pieces(order: WorkOrder, shown: Collection[int]) -> list[Piece]:
    """A piece for each image of the order, those that are wanted most first. `shown`: numbers that the texts name."""
    return [_piece(one, order, shown=one.number in shown) for one in order.images]


def _piece(one: OrderedImage, order: WorkOrder, *, shown: bool) -> Piece:
    cost = ceil((image_tokens(one.width, one.height, order.model) + NOTE_TOKENS) / order.tokens_per_count)
    why = one.reason or ("" if shown and one.digest else NOT_SHOWN)
    piece = Piece(Tier.THREAD, one.url, "image", one.author, one.trust, "", at=one.at)
    if why:
        return replace(piece, reason=why, way=Way.DROPPED, offered=cost if one.digest else None)
    alt = one_line(one.alt, 200)
    told = f"Image {one.number} above, {one.width:,} × {one.height:,} pixels{': ' if alt else ''}{alt}"
    line = f"Image {one.number} is not attached: there is no room for it."
    return replace(piece, text=told, line=line, image=one.number, beside=cost)
