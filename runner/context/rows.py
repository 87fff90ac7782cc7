"""The receipt's rows: one for each piece that was offered, one for the frame, and folds for what is too much.

Pure; called by `pack.py`. The rows' `taken` sum to the prompt's count, to the token.
"""

from collections.abc import Sequence

from crds.receipt import Receipt, ReceiptRow, Trust, Way
from runner.context import count
from runner.context.frame import Laid
from runner.context.pieces import Taken
from runner.context.sanitise import one_line

MOST_ROWS = 4000
"""Rows that are listed one by one."""
MOST_REASONS = 200
"""Rows that stand for others, one for each kind and reason."""


def receipt_of(taken: Sequence[Taken], laid: Laid, budget: int) -> Receipt:
    """The receipt of a prompt."""
    total = count.count(laid.text) + beside(taken)
    rows = bounded([_row(one) for one in taken])
    rows.append(_frame_row(max(0, total - sum(row.taken for row in rows))))
    return Receipt(
        budget=max(0, budget),
        prompt=total,
        tokenizer=count.NAME,
        rows=tuple(rows),
        stable=min(total, count.count(laid.stable)),
    )


def beside(taken: Sequence[Taken]) -> int:
    """Tokens of the images that go with the text."""
    return sum(one.beside for one in taken)


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
        score=piece.score,
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


def bounded(rows: Sequence[ReceiptRow]) -> list[ReceiptRow]:
    """The rows one by one as far as a receipt may list them; beyond that those left out, by their kind and reason."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    kept = set(sorted(range(len(rows)), key=lambda number: (rows[number].taken == 0, number))[:MOST_ROWS])
    folded: dict[tuple[str, str], list[ReceiptRow]] = {}
    for number, row in enumerate(rows):
        if number not in kept:
            key = (row.kind, row.reason)
            folded.setdefault(key if key in folded or len(folded) < MOST_REASONS else ("", ""), []).append(row)
    return [*(rows[number] for number in sorted(kept)), *(_together(rows) for rows in folded.values())]


def _together(rows: Sequence[ReceiptRow]) -> ReceiptRow:
    first = rows[0]
    alike = all((row.kind, row.reason) == (first.kind, first.reason) for row in rows)
    taken = sum(row.taken for row in rows)
    return ReceiptRow(
        source=f"{len(rows)} more",
        kind=first.kind if alike else "several",
        trust=max((row.trust for row in rows), key=list(Trust).index),
        offered=sum(row.offered for row in rows),
        taken=taken,
        way=Way.SPANS if taken else Way.DROPPED,
        reason=first.reason if alike else "several reasons",
    )
