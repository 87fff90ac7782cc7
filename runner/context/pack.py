"""Fits the pieces into the budget, tier by tier, and writes the receipt.

Pure. Holds to: never over the budget; the request is never dropped (where the budget cannot hold it, its middle is cut,
and where it cannot hold even its ends, an error says so); a tier's floor is kept whatever the others ask for, and half
of it at least whatever the request and the trigger ask for (tiers.py); the same in, the same out; the receipt's rows,
with one of kind `frame` for the joins, sum to the prompt's count: its text by the bundled tokenizer and its images by
the model's own formula (crds/images.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from crds.agentic_session import Task
from crds.receipt import Receipt, Way
from runner import wording
from runner.context import count
from runner.context.extract import spans
from runner.context.fit import (
    WORTH,
    Form,
    Sized,
    cost_of,
    dropped,
    ends,
    fitted,
    lacks_summary,
    overhead,
    shortened,
    sized,
    taken_as,
    wanted,
    whole,
)
from runner.context.frame import HEADINGS, laid_out, prompt, working_as
from runner.context.pieces import STABLE, Piece, Taken, Tier
from runner.context.rows import beside, receipt_of
from runner.context.tiers import LEAST_ASKED, RISE, allotted, for_asking, table_for
from runner.context.words import terms
from runner.endings import PrerequisiteFailed

LEAST_REQUEST = 24
"""Tokens of the request without which there is no prompt."""
_FOR_OTHERS = ", of which the other parts keep their floors"
_OF_CODE = (Tier.CODE, Tier.LINKED, Tier.MAP)

Code = Callable[[int], Sequence[Piece]]
"""Pieces of code, of linked repositories' code, and the map, for so many tokens."""


class BudgetTooSmall(PrerequisiteFailed):
    """The budget cannot hold even the ends of the request."""


@dataclass(frozen=True)
class Packed:
    prompt: str
    receipt: Receipt
    stable: str = ""
    """The prompt's start that is the same for later turns and sessions of the repository."""
    shortened: frozenset[str] = frozenset()
    """Hashes of the texts so far over their room that a summary would have been taken, had there been one."""
    images: tuple[int, ...] = ()
    """Numbers of the images that go with it."""

    def with_hidden(self, characters: int) -> "Packed":
        """The same, whose receipt says how many hidden characters were taken out before."""
        return replace(self, receipt=self.receipt.model_copy(update={"hidden_characters": characters}))


def pack(pieces: Sequence[Piece], task: Task, *, budget: int, code: Code = lambda _: ()) -> Packed:
    """The prompt and its receipt. `budget` in tokens; `code` is asked once it is known what room there is for it.

    Raises BudgetTooSmall.
    """
    taken = _within(_Packing(_once(pieces), task, budget, code).taken(), task, budget)
    laid = laid_out(taken, task)
    images = tuple(sorted(one.piece.image for one in taken if one.beside))
    return Packed(laid.text, receipt_of(taken, laid, budget), laid.stable, _shortened(taken), images)


class _Packing:
    """One prompt in the making: the request first, then the trigger, then the tiers by their floors and ceilings."""

    def __init__(self, pieces: Sequence[Piece], task: Task, budget: int, code: Code) -> None:
        self._task, self._budget, self._code = task, budget, code
        self._table = table_for(task)
        self._asked = frozenset(term for piece in pieces if piece.tier <= Tier.TASK for term in terms(piece.text))
        headings = sum(count.count(f"\n\n# {heading}\n") for heading in HEADINGS.values())
        self._room = budget - count.count(prompt([], task)) - count.count(working_as(pieces)) - headings
        self._pieces = pieces
        self._enough = 4 * max(0, budget) + 20_000
        tasks = self._of(Tier.TASK)
        self._requests = self._of(Tier.REQUEST)
        self._triggers = [one for one in tasks if one.piece.trigger]
        self._offers = {tier: self._of(tier) for tier in self._table}
        self._offers[Tier.TASK] = [one for one in tasks if not one.piece.trigger]

    def taken(self) -> list[Taken]:
        asking = self._asking(for_asking(self._table, self._wants(_OF_CODE), room=self._room))
        self._find_code(self._room - cost_of(asking))
        # What code there is, is known by now: where it wants less than its floor, more may be asked.
        asking = self._again(asking, for_asking(self._table, self._wants(), room=self._room))
        found = self._fitted(self._room - cost_of(asking))
        asking = self._again(asking, self._room - sum(map(cost_of, found.values())))
        self._spend(found, self._room - cost_of(asking))
        return [*asking, *(one for tier in sorted(found) for one in found[tier])]

    def _of(self, tier: Tier) -> list[Sized]:
        return sized([piece for piece in self._pieces if piece.tier is tier], self._enough)

    def _asking(self, limit: int) -> list[Taken]:
        """The request and the trigger in at most so many tokens: whole where they fit, the request before the rest."""
        for_triggers = min(wanted(self._triggers), max(0, limit - LEAST_ASKED) // 2)
        kept = max(0, self._room - limit)
        requests = [_request(one, self._task, self._budget - kept - for_triggers) for one in self._requests]
        triggers = fitted(self._triggers, max(0, limit - cost_of(requests)), self._asked)
        asking = [*requests, *triggers]
        return [replace(one, reason=f"{one.reason}{_FOR_OTHERS}") if kept and shortened(one) else one for one in asking]

    def _again(self, asking: list[Taken], limit: int) -> list[Taken]:
        """The request and the trigger once more, where they were cut and there is more room for them."""
        more = limit - cost_of(asking) >= WORTH and any(map(shortened, asking))
        return self._asking(limit) if more else asking

    def _find_code(self, room: int) -> None:
        """Asks for as much code as there may be room for."""
        given = self._allotted(room, elastic=_OF_CODE)
        found = self._code(max(0, given[Tier.CODE] + given[Tier.LINKED] - wanted(self._offers[Tier.LINKED])))
        for tier in _OF_CODE:
            self._offers[tier] += sized(self._code_of(found, tier), self._enough)

    def _fitted(self, room: int) -> dict[Tier, list[Taken]]:
        """Each tier by its allotment."""
        given = self._allotted(room)
        return {tier: fitted(self._offers[tier], given[tier], self._asked) for tier in sorted(self._offers)}

    def _spend(self, found: dict[Tier, list[Taken]], room: int) -> None:
        """What pieces that fit nowhere have left over goes to the tiers that were cut, in their fixed order."""
        spare = room - sum(map(cost_of, found.values()))
        for tier in RISE:
            if tier in STABLE or spare < WORTH or not any(one.text != one.piece.text for one in found.get(tier, ())):
                continue
            before = cost_of(found[tier])
            found[tier] = fitted(self._offers[tier], before + spare, self._asked)
            spare -= cost_of(found[tier]) - before

    def _wants(self, elastic: Sequence[Tier] = ()) -> dict[Tier, int]:
        """Tokens that the tiers want; those of which it is not known yet, all that there are."""
        return {tier: self._room if tier in elastic else wanted(found) for tier, found in self._offers.items()}

    def _allotted(self, room: int, elastic: Sequence[Tier] = ()) -> dict[Tier, int]:
        return allotted(self._table, self._wants(elastic), room=room, whole=max(0, self._room))

    def _code_of(self, found: Sequence[Piece], tier: Tier) -> list[Piece]:
        """The code of a tier, without the files that are given as instructions."""
        given = {piece.file for piece in self._pieces if piece.file}
        return [
            _without_text(piece, "given as instructions") if piece.source in given and piece.text else piece
            for piece in found
            if piece.tier is tier
        ]


def _request(one: Sized, task: Task, budget: int) -> Taken:
    """The request whole, or its start and end. Raises BudgetTooSmall."""
    taken = whole(one)
    room = budget - count.count(prompt([], task)) - overhead(one.piece)
    if count.count(prompt([taken], task)) <= budget:
        return taken
    while room >= LEAST_REQUEST // 2:
        taken = taken_as(one, _cut_request(one.piece.text, room))
        over = count.count(prompt([taken], task)) - budget
        if taken.text and over <= 0:
            return taken
        room -= max(1, over)
    needed = count.count(prompt([], task)) + overhead(one.piece) + min(LEAST_REQUEST, taken.tokens)
    raise BudgetTooSmall(wording.budget_too_small(budget, needed))


def _cut_request(text: str, room: int) -> Form:
    """Its ends with what tells most between, where there is room for more than the ends."""
    told = spans(text, room, frozenset()) if room >= LEAST_ASKED else ""
    return Form(told or ends(text, room, start_only=False), Way.SPANS, "cut to the budget")


def _once(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, of those with the same source and text only the first."""
    seen: set[tuple[str, str]] = set()
    found = []
    for piece in sorted(pieces, key=lambda piece: piece.tier):
        key = (piece.source, piece.text)
        found.append(_without_text(piece, "offered twice") if key in seen and piece.text.strip() else piece)
        seen.add(key)
    return found


def _without_text(piece: Piece, reason: str) -> Piece:
    return replace(piece, text="", line="", reason=reason, offered=count.about(piece.text))


def _within(taken: list[Taken], task: Task, budget: int) -> list[Taken]:
    """Counts do not add up over joined pieces, so the whole is counted, and the last piece goes until it fits."""
    while count.count(prompt(taken, task)) + beside(taken) > budget:
        last = [number for number, one in enumerate(taken) if one.text and one.piece.tier is not Tier.REQUEST]
        if not last:
            break
        number = last[-1]
        one = taken[number]
        taken = [*taken[:number], dropped(Sized(one.piece, one.offered)), *taken[number + 1 :]]
    return taken


def _shortened(taken: Sequence[Taken]) -> frozenset[str]:
    return frozenset(one.piece.digest for one in taken if one.piece.digest and lacks_summary(one))
