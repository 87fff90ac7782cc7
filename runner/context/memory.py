"""Notes of earlier sessions as lines of context: what the task shares words with first, then the new and the trusted.

Pure; called by `collect.py`. A note is data of the trust that its session had read, never an instruction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crds.receipt import Trust
from crds.work_order import MemoryNote
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import one_line
from runner.context.talk.said import moment_of
from runner.context.words import Weights, term_set

HALF_LIFE = 60 * 86_400.0
"""Seconds in which a note's newness halves, counted from the newest one: there is no clock here."""
MOST_LINE = 2000
_TRUST = {Trust.BOT: 0.2, Trust.PROJECT: 0.2, Trust.REPOSITORY: 0.15, Trust.REQUESTER: 0.1, Trust.OUTSIDE: 0.0}
_KIND = {"tests": 0.2, "decision": 0.15, "failed": 0.15, "place": 0.1}
"""How tests are run serves every session; where something is serves those that go there."""
_TOLD = {"tests": "how tests are run", "decision": "decided", "failed": "tried, and failed", "place": "where it is"}


@dataclass(frozen=True)
class _Scored:
    note: MemoryNote
    text: str
    score: float


def memory(notes: Sequence[MemoryNote], asked: str) -> list[Piece]:
    """The notes as pieces, the worthiest first. `asked`: what the task is about, sanitised."""
    lines = [one_line(note.text, MOST_LINE) for note in notes]
    found = [term_set(line) for line in lines]
    weights, wanted = Weights(found), term_set(asked)
    newest = max((moment_of(note.at) for note in notes), default=0.0)
    scored = [
        _Scored(note, line, _score(note, newest) + weights.overlap(own, wanted))
        for note, line, own in zip(notes, lines, found, strict=True)
    ]
    return [_piece(one) for one in sorted(scored, key=lambda one: (-one.score, one.note.at, one.note.id))]


def _score(note: MemoryNote, newest: float) -> float:
    age = newest - moment_of(note.at)
    return float(0.3 * 0.5 ** (age / HALF_LIFE) + _TRUST[note.trust] + _KIND[note.kind])


def _piece(one: _Scored) -> Piece:
    """Read oldest first, so that a new note changes nothing of what stands before it."""
    note, at = one.note, one_line(one.note.at, 10)
    return Piece(
        Tier.MEMORY,
        note.row,
        "memory",
        "",
        note.trust,
        f"{_TOLD[note.kind]} ({at}): {one.text}" if one.text else "",
        at=note.at,
        score=round(one.score, 3),
        place=f"{moment_of(note.at):017.3f}|{note.id}",
        inline=True,
    )
