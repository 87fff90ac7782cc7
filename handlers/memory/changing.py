"""What becomes of a repository's notes when something happens: all of them in, all of them out. Pure.

Called by bot/perform.py within one transaction of the store, so that two things at once come one after the other.
Everything may come twice and has then happened once.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from handlers.memory.aging import aged, bounded, taken_up
from handlers.memory.note import Note, NoteState


def with_proposed(notes: Sequence[Note], new: Sequence[Note], now: float, *, days: int) -> list[Note]:
    """With what a session proposes, but for what somebody has forgotten on purpose."""
    known = {note.id for note in notes}
    forgotten = {note.key for note in notes if note.state is NoteState.FORGOTTEN}
    added = [note for note in new if note.id not in known and note.key not in forgotten]
    return bounded(aged([*notes, *added], now, days=days), now, days=days)


def with_use(notes: Sequence[Note], read: Collection[str], session: str) -> list[Note]:
    """With one more use of those that this session's prompt has held."""
    return [
        replace(note, uses=note.uses + 1, last_use=session) if note.id in read and note.last_use != session else note
        for note in notes
    ]


def settled(notes: Sequence[Note], pull: int, now: float, *, merged: bool, days: int) -> list[Note]:
    """After a pull request was closed: merged, its notes are used from now on; else nobody has agreed to them.

    A way that failed is no exception: whoever closed the pull request may have done so because the note is wrong.
    """
    mine = [note for note in notes if note.pull == pull and note.state in (NoteState.PROPOSED, NoteState.DECLINED)]
    if not merged:
        return [replace(note, state=NoteState.DECLINED) if note in mine else note for note in notes]
    found = list(notes)
    for note in mine:
        found = taken_up(note, found, now)
    return bounded(found, now, days=days)


def taken_back(notes: Sequence[Note], pull: int) -> list[Note]:
    """After a merged pull request was reverted: what was noted for it is not so any more.

    Also what somebody has kept meanwhile: they kept it for work that is undone now, and `keep` brings it back.
    """
    gone = (NoteState.PROPOSED, NoteState.USED)
    return [
        replace(note, state=NoteState.DECLINED) if note.pull == pull and note.state in gone else note for note in notes
    ]


def with_kept(notes: Sequence[Note], ids: Collection[str], now: float, *, days: int) -> list[Note]:
    """With these in use because somebody with write access says so."""
    found = list(notes)
    for note in notes:
        if note.id in ids and note.state in (NoteState.PROPOSED, NoteState.DECLINED):
            found = taken_up(note, found, now)
    return bounded(found, now, days=days)


def without(notes: Sequence[Note], ids: Collection[str], now: float) -> list[Note]:
    """Without these: their text goes, their key stays."""
    return [
        replace(note, state=NoteState.FORGOTTEN, text="", source="", session="", confirmed_at=now)
        if note.id in ids and note.state is not NoteState.FORGOTTEN
        else note
        for note in notes
    ]
