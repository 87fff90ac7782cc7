"""How much a note still counts, and which notes go: the old, the doubled, the too many. Pure.

Strength = 0.5^(2·age/days) · (1 + ln(1 + uses)/4), halved for notes of what strangers had a say in. A note that nobody
uses falls to a quarter when it is `days` old, and goes then; one that sessions take stays longer.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from crds.receipt import Trust
from handlers.memory.note import Note, NoteState, alike, lowest

DAY = 86400.0
LEAST = 0.25
MOST_USED = 200
"""Notes of one repository that are kept for use."""
MOST_WAITING = 100
"""Notes of one repository that wait for their pull request, beside those that were declined."""
MOST_FORGOTTEN = 300


def strength(note: Note, now: float, *, days: int) -> float:
    """How much a note counts among those of its repository; 1 for a new one."""
    doubt = 0.5 if note.trust is Trust.OUTSIDE else 1.0
    return doubt * _freshness(note, now, days=days)


def _freshness(note: Note, now: float, *, days: int) -> float:
    age = max(0.0, now - note.since) / DAY
    return float(0.5 ** (2 * age / max(1, days)) * (1 + math.log(1 + note.uses) / 4))


def aged(notes: Sequence[Note], now: float, *, days: int) -> list[Note]:
    """The notes that are not too old. What nobody has taken up goes when it is `days` old; with no days at all
    everything does."""
    return [note for note in notes if days and _lives(note, now, days=days)]


def _lives(note: Note, now: float, *, days: int) -> bool:
    if note.state is NoteState.USED:
        return _freshness(note, now, days=days) >= LEAST
    return now - note.since < days * DAY


def bounded(notes: Sequence[Note], now: float, *, days: int) -> list[Note]:
    """As many of each state as a repository may have: the strongest of those in use, the newest of the others."""
    used = sorted(_in(notes, NoteState.USED), key=lambda note: (-strength(note, now, days=days), note.id))
    waiting = _newest(_in(notes, NoteState.PROPOSED, NoteState.DECLINED))
    forgotten = _newest(_in(notes, NoteState.FORGOTTEN))
    return [*used[:MOST_USED], *waiting[:MOST_WAITING], *forgotten[:MOST_FORGOTTEN]]


def _in(notes: Sequence[Note], *states: NoteState) -> list[Note]:
    return [note for note in notes if note.state in states]


def _newest(notes: Sequence[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: (-note.since, note.id))


def taken_up(note: Note, notes: Sequence[Note], now: float) -> list[Note]:
    """All notes, with this one in use from now on: what says the same already is one with it.

    The better trusted of two stands, else the newer: a stranger's echo takes no trust away, and lends none.
    """
    others = [one for one in notes if one.id != note.id]
    same = [one for one in others if one.state is NoteState.USED and one.private is note.private and alike(one, note)]
    stands = replace(note, state=NoteState.USED, confirmed_at=now)
    for old in same:
        better = old if old.trust is not stands.trust and lowest(old.trust, stands.trust) is stands.trust else stands
        stands = replace(better, confirmed_at=now, uses=max(old.uses, stands.uses))
    return [*(one for one in others if one not in same), stands]
