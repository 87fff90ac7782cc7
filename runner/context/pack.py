"""Fits the pieces into the budget and writes the receipt.

Pure. Holds to: never over the budget unless the request alone is; the request is never dropped; the same in, the same
out; the receipt's rows, with one of kind `frame` for the joins, sum to the prompt's count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crds.agentic_session import Task
from crds.receipt import Receipt, ReceiptRow, Trust, Way
from runner.context import count
from runner.context.frame import framed, prompt, tag_for, working_as
from runner.context.pieces import Piece, Taken, Tier
from runner.context.sanitise import one_line

MOST_ROWS = 4000
"""Rows that a receipt lists one by one; what is left out beyond that is one row."""
JOIN = 4
"""Tokens that a line break between two frames may cost beyond what each costs alone."""
_SHARE = {Tier.PROJECT: 0.25, Tier.THREAD: 0.6, Tier.INSTRUCTIONS: 0.3, Tier.CODE: 0.7, Tier.MAP: 1.0}
"""Of what is left when a tier's turn comes, the share that it may use."""


@dataclass(frozen=True)
class Packed:
    prompt: str
    receipt: Receipt

    def with_hidden(self, characters: int) -> "Packed":
        """The same, whose receipt says how many hidden characters were taken out before."""
        return Packed(self.prompt, self.receipt.model_copy(update={"hidden_characters": characters}))


Code = Callable[[int], Sequence[Piece]]
"""Pieces of code for so many tokens."""


def pack(pieces: Sequence[Piece], task: Task, *, budget: int, code: Code = lambda _: ()) -> Packed:
    """The prompt and its receipt. `budget` in tokens; `code` is asked once it is known what room there is for it."""
    taken = _within(_chosen(pieces, task, budget, code), task, budget)
    text = prompt(taken, task)
    return Packed(text, _receipt(taken, text, budget))


def _chosen(pieces: Sequence[Piece], task: Task, budget: int, code: Code) -> list[Taken]:
    """A first choice, by what each piece costs alone."""
    taken: list[Taken] = []
    left = budget - count.count(prompt([], task)) - count.count(working_as(pieces))
    for tier in Tier:
        if tier is Tier.CODE:
            pieces = [*pieces, *code(max(0, int(left * _SHARE[tier])))]
        for one in _tier([piece for piece in pieces if piece.tier is tier], tier, left):
            taken.append(one)
            left -= _cost(one)
    return taken


def _tier(pieces: Sequence[Piece], tier: Tier, left: int) -> list[Taken]:
    if tier is Tier.REQUEST:
        return [_whole(piece) for piece in pieces]
    if tier is Tier.TASK:
        return _task(pieces, left)
    allowance = int(left * _SHARE[tier])
    taken = []
    for piece in pieces:
        one = _fitted(piece, allowance)
        taken.append(one)
        allowance -= _cost(one)
    return taken


def _task(pieces: Sequence[Piece], left: int) -> list[Taken]:
    """The trigger before the issue: if both pass the budget, the middle of the issue's body is cut first."""
    taken = []
    for piece in sorted(pieces, key=lambda piece: piece.kind != "trigger"):
        one = _fitted(piece, left)
        taken.append(one)
        left -= _cost(one)
    return taken


def _whole(piece: Piece, offered: int | None = None) -> Taken:
    tokens = count.count(piece.text) if offered is None else offered
    return Taken(piece, piece.text, piece.way, piece.reason, tokens, tokens)


def _dropped(piece: Piece, offered: int, reason: str) -> Taken:
    return Taken(piece, "", Way.DROPPED, reason, offered, 0)


def _fitted(piece: Piece, allowance: int) -> Taken:
    """The piece whole, or with its middle cut out, or not at all: what the allowance permits."""
    if not piece.text.strip():
        return _dropped(piece, 0, piece.reason or "empty")
    offered = count.count(piece.text)
    room = allowance - _overhead(piece)
    if offered <= room:
        return _whole(piece, offered)
    if room < piece.least:
        return _dropped(piece, offered, "the budget is used up")
    return _cut(piece, offered, room)


def _cut(piece: Piece, offered: int, room: int) -> Taken:
    """Start and end with a mark between; 24 tokens are kept for the mark and for what the joins may cost."""
    keep = max(0, room - 24)
    while True:
        first = keep if piece.start_only else keep * 2 // 3
        start, end = count.head(piece.text, first), count.tail(piece.text, keep - first)
        text = f"{start}\n[… {max(0, offered - keep)} tokens cut here …]\n{end}".rstrip()
        tokens = count.count(text)
        if tokens <= room or keep == 0:
            return Taken(piece, text, Way.SPANS, "cut to the budget", offered, min(tokens, offered))
        keep = max(0, keep - (tokens - room))


def _overhead(piece: Piece) -> int:
    return count.count(framed(piece, "", tag_for([]))) + JOIN


def _cost(one: Taken) -> int:
    return count.count(one.text) + _overhead(one.piece) if one.text else 0


def _within(taken: list[Taken], task: Task, budget: int) -> list[Taken]:
    """Counts do not add up over joined pieces, so the whole is counted, and the last piece goes until it fits."""
    while count.count(prompt(taken, task)) > budget:
        last = [number for number, one in enumerate(taken) if one.text and one.piece.tier is not Tier.REQUEST]
        if not last:
            break
        number = last[-1]
        dropped = _dropped(taken[number].piece, taken[number].offered, "the budget is used up")
        taken = [*taken[:number], dropped, *taken[number + 1 :]]
    return taken


def _receipt(taken: Sequence[Taken], text: str, budget: int) -> Receipt:
    total = count.count(text)
    rows = _bounded([_row(one) for one in taken])
    frame = total - sum(row.taken for row in rows)
    rows.append(_frame_row(max(0, frame)))
    return Receipt(budget=max(0, budget), prompt=total, tokenizer=count.NAME, rows=tuple(rows))


def _row(one: Taken) -> ReceiptRow:
    piece = one.piece
    return ReceiptRow(
        source=one_line(piece.source, 1024) or "?",
        kind=piece.kind[:64],
        author=one_line(piece.author, 256),
        trust=piece.trust,
        offered=one.offered,
        taken=one.tokens,
        way=one.way,
        reason=one.reason[:512],
    )


def _frame_row(tokens: int) -> ReceiptRow:
    return ReceiptRow(
        source="runner",
        kind="frame",
        author="vTeam bot",
        trust=Trust.BOT,
        offered=tokens,
        taken=tokens,
        way=Way.WHOLE,
        reason="headings, frames and what the joins cost",
    )


def _bounded(rows: list[ReceiptRow]) -> list[ReceiptRow]:
    """The rows one by one as far as a receipt may list them; those that were left out beyond that as one."""
    if len(rows) <= MOST_ROWS:
        return rows
    kept = sorted(range(len(rows)), key=lambda number: (rows[number].taken == 0, number))[:MOST_ROWS]
    rest = [row for number, row in enumerate(rows) if number not in set(kept)]
    more = ReceiptRow(
        source=f"{len(rest)} more",
        kind="thread",
        trust=Trust.OUTSIDE,
        offered=sum(row.offered for row in rest),
        taken=sum(row.taken for row in rest),
        way=Way.DROPPED,
        reason="the budget is used up",
    )
    return [*(rows[number] for number in sorted(kept)), more]
