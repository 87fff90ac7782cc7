"""Which notes a session is given, and which are shown to a person. Pure; called for the work order and by `context`."""

from collections import Counter
from collections.abc import Sequence

from crds.work_order import MemoryNote
from handlers.memory.aging import aged, strength
from handlers.memory.note import Note, NoteState, shown_in
from handlers.status_patch import moment

MOST = 50
"""Notes of one order: which of them fit the request and the budget is the runner's part."""
MOST_OF_A_KIND = {"tests": 6, "decision": 24, "place": 24, "failed": 16}


def for_order(notes: Sequence[Note], now: float, *, private: bool, days: int) -> tuple[MemoryNote, ...]:
    """The strongest notes in use, the strongest first. `private`: whether the repository is private now."""
    usable = [note for note in aged(notes, now, days=days) if _usable(note, private=private)]
    taken, kinds = list[Note](), Counter[str]()
    for note in sorted(usable, key=lambda note: (-strength(note, now, days=days), note.id)):
        if kinds[note.kind] < MOST_OF_A_KIND[note.kind] and len(taken) < MOST:
            kinds[note.kind] += 1
            taken.append(note)
    return tuple(
        MemoryNote(id=note.id, kind=note.kind, text=note.text, at=moment(note.at), trust=note.trust, source=note.source)
        for note in taken
    )


def _usable(note: Note, *, private: bool) -> bool:
    return note.state is NoteState.USED and shown_in(note, private=private)


def for_people(notes: Sequence[Note], now: float, *, private: bool, days: int) -> tuple[Note, ...]:
    """What a person is shown: notes in use, the strongest first, then those that wait, the newest first."""
    seen = [note for note in aged(notes, now, days=days) if shown_in(note, private=private)]
    used = sorted(
        (note for note in seen if note.state is NoteState.USED),
        key=lambda note: (-strength(note, now, days=days), note.id),
    )
    waiting = sorted((note for note in seen if note.state is NoteState.PROPOSED), key=lambda note: (-note.at, note.id))
    return (*used, *waiting)
