"""`context forget <id>` and `context keep <id>`: what people decide about notes of earlier sessions. Called by the verb
`context`; pure. Reading them is for whoever may read the repository, deciding for those who may write to it."""

from handlers import wording
from handlers.answering import login, reply
from handlers.asked import CommandGiven, Elsewhere
from handlers.effects import Effect
from handlers.grammar.words import Command
from handlers.memory.choosing import for_people
from handlers.memory.effects import ForgetNotes, TakeUpNotes
from handlers.memory.note import Note, NoteState
from handlers.places import Permission

ABOUT_NOTES = ("forget", "keep")
"""What may stand behind `context`."""
ALL = "all"


def is_about_notes(command: Command) -> bool:
    """Whether the command decides about notes, where it does not only show."""
    return command.text.partition(" ")[0].strip().lower() in ABOUT_NOTES


def remembered(event: CommandGiven, place: Elsewhere) -> str:
    """What is remembered of the repository, in words; empty where nothing is."""
    memory, private = place.memory, place.thread.private
    notes = for_people(memory.notes, event.now, private=private, days=memory.days)
    return wording.memory_of(notes, place.thread, prefix=event.dialect.prefix)


def about_notes(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """Deletes notes, or has them used from now on."""
    verb, *named = command.text.lower().split()
    ids = tuple(dict.fromkeys(filter(None, (name.strip("`,.;") for name in named))))
    needed = Permission.MAINTAIN if ALL in ids else Permission.WRITE
    kind = f"{verb}-{command.ordinal}"
    if place.actor.permission < needed:
        words = wording.may_not_start(login(event), place.thread.repository, needed=needed, has=place.actor.permission)
        return [reply(event, kind, words)]
    if not ids or (verb == "keep" and ALL in ids):
        return [reply(event, kind, wording.notes_to_be_named(login(event), verb, prefix=event.dialect.prefix))]
    return _forgotten(event, kind, place, ids) if verb == "forget" else _kept(event, kind, place, ids)


def _forgotten(event: CommandGiven, kind: str, place: Elsewhere, ids: tuple[str, ...]) -> list[Effect]:
    notes = [note for note in place.memory.notes if note.id in ids or ALL in ids]
    gone = tuple(note.id for note in notes if note.state is not NoteState.FORGOTTEN)
    forget: list[Effect] = [ForgetNotes(place.thread.repository_id, gone, login(event))] if gone else []
    words = wording.notes_forgotten(login(event), _named(notes, ids), unknown=_unknown(notes, ids))
    return [*forget, reply(event, kind, words)]


def _kept(event: CommandGiven, kind: str, place: Elsewhere, ids: tuple[str, ...]) -> list[Effect]:
    notes = [note for note in place.memory.notes if note.id in ids and note.state is not NoteState.FORGOTTEN]
    waiting = tuple(note.id for note in notes if note.state is not NoteState.USED)
    take: list[Effect] = [TakeUpNotes(place.thread.repository_id, waiting, login(event))] if waiting else []
    words = wording.notes_kept(login(event), _named(notes, ids), unknown=_unknown(notes, ids))
    return [*take, reply(event, kind, words)]


def _named(notes: list[Note], ids: tuple[str, ...]) -> tuple[str, ...]:
    """The notes by their names; where all are meant, those that have a text still."""
    return tuple(note.id for note in notes if note.id in ids or note.state is not NoteState.FORGOTTEN)


def _unknown(notes: list[Note], ids: tuple[str, ...]) -> tuple[str, ...]:
    known = {note.id for note in notes}
    return tuple(name for name in ids if name not in known and name != ALL)
