"""What each kind of context may take of a budget: floors, ceilings, and how what is left over flows. Pure arithmetic.

Called by `pack.py`. The shares are of what the fixed frame leaves of the budget. They are chosen, not fitted: there is
no public set of threads with known good answers. What speaks for each table is said beside it.

Before all tiers stand the request and the trigger. Both are whole as long as they leave the floors that the others
want; where those would ask for more than half of the room, half of it is theirs. So whatever somebody pastes into a
comment, each tier has at least half its floor, and a message goes in whole up to half of the room. One that alone asks
for more is cut (its start, its end and what tells most stay), and takes what the others leave over.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from crds.agentic_session import Task
from runner.context.pieces import STABLE, Tier


@dataclass(frozen=True)
class Bounds:
    floor: float
    """The share that is kept for a tier that wants it, whatever the others ask for."""
    ceiling: float
    """The share above which it takes only what nobody else wants."""
    most: int | None = None
    """Tokens above which the floor does not grow with the budget."""

    def kept(self, whole: int) -> int:
        """Tokens of its floor, of so many."""
        share = int(self.floor * whole)
        return share if self.most is None else min(share, self.most)


Table = Mapping[Tier, Bounds]

ASKED = 0.5
"""The share of the room that the request and the trigger may take together, whatever the others want."""
LEAST_ASKED = 400
"""Tokens up to which the request is served before all floors: without what is asked nothing else is worth its place."""

MAP = 1200
"""Tokens that the fifty likeliest files take with their best names, about: code is worth more than what follows."""

# Code decides whether a fix is right (all functions that it changes are in the prompt in .61 of cases at 8,000 tokens,
# in .78 at 32,000), so it may take whatever is left; but an issue without its decisions is fixed in the wrong way.
_FIX: dict[Tier, Bounds] = {
    Tier.TASK: Bounds(0.15, 0.50),
    Tier.PROJECT: Bounds(0.10, 0.10),
    Tier.INSTRUCTIONS: Bounds(0.10, 0.10),
    Tier.MEMORY: Bounds(0.05, 0.05),
    Tier.THREAD: Bounds(0.15, 0.35),
    Tier.REMARKS: Bounds(0.08, 0.30),
    Tier.RELATED: Bounds(0.04, 0.12),
    Tier.CODE: Bounds(0.21, 1.00),
    Tier.LINKED: Bounds(0.02, 0.20),
    Tier.MAP: Bounds(0.09, 0.15, MAP),
}
_TABLES: Mapping[Task, Table] = {
    Task.FIX: _FIX,
    Task.RUN: _FIX,
    # A review is about the changes and what was said to them: what was there before stands nowhere else, while the code
    # around them can be read on the way.
    Task.REVIEW: _FIX
    | {
        Tier.THREAD: Bounds(0.12, 0.35),
        Tier.REMARKS: Bounds(0.25, 0.75),
        Tier.CODE: Bounds(0.12, 1.00),
        Tier.MAP: Bounds(0.05, 0.10, MAP),
    },
    # A question is about the code; the thread mostly says why it is asked.
    Task.ASK: _FIX
    | {
        Tier.THREAD: Bounds(0.12, 0.30),
        Tier.REMARKS: Bounds(0.05, 0.20),
        Tier.CODE: Bounds(0.28, 1.00),
        Tier.MAP: Bounds(0.08, 0.20, 2 * MAP),
    },
    # A plan is about what was wanted and decided, here and in the threads beside it, and about where things are.
    Task.PLAN: _FIX
    | {
        Tier.THREAD: Bounds(0.18, 0.45),
        Tier.RELATED: Bounds(0.08, 0.20),
        Tier.CODE: Bounds(0.16, 1.00),
        Tier.MAP: Bounds(0.07, 0.20, 2 * MAP),
    },
}
RISE = (*(tier for tier in Tier if tier not in STABLE), *STABLE)
"""Who is served first by what is left beyond all ceilings. What is stable comes last, so that it stays the same."""


def table_for(task: Task) -> Table:
    """The floors and ceilings of a task."""
    return _TABLES[task]


def for_asking(table: Table, wants: Mapping[Tier, int], *, room: int) -> int:
    """Tokens that the request and the trigger may take together of so many."""
    floors = sum(min(wants.get(tier, 0), bounds.kept(max(0, room))) for tier, bounds in table.items())
    return max(int(ASKED * room), room - floors, min(room, LEAST_ASKED))


def allotted(table: Table, wants: Mapping[Tier, int], *, room: int, whole: int) -> dict[Tier, int]:
    """Tokens for each tier: at most what it wants, together at most `room`, and all of it if that is wanted.

    `whole`: tokens of which the shares are; what is served before the tiers makes `room` smaller, and only where it
    leaves less than the floors do they shrink, all alike.
    """
    floors = {tier: min(wants.get(tier, 0), bounds.kept(whole)) for tier, bounds in table.items()}
    ceilings = {tier: min(wants.get(tier, 0), int(bounds.ceiling * whole)) for tier, bounds in table.items()}
    given = _shrunk(floors, max(0, room))
    left = max(0, room) - sum(given.values())
    for order, most in ((tuple(Tier), ceilings), (RISE, wants)):
        for tier in order:
            if tier in table:
                more = max(0, min(left, most.get(tier, 0) - given[tier]))
                given[tier] += more
                left -= more
    return given


def _shrunk(floors: Mapping[Tier, int], room: int) -> dict[Tier, int]:
    total = sum(floors.values())
    return dict(floors) if total <= room else {tier: floor * room // total for tier, floor in floors.items()}
