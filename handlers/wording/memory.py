"""What is said about notes of earlier sessions. One function a sentence; called by the verbs; pure.

A note was written by a model that strangers may have spoken to: it is shown as a quotation, never as the bot's words.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from handlers.memory.note import Note, NoteState
from handlers.places import Thread
from handlers.quoting import plain_line, quoted, quoted_line

MOST_SHOWN = 40
LONGEST_SHOWN = 400


def memory_of(notes: Sequence[Note], thread: Thread, *, prefix: str) -> str:
    """The notes of a repository, with their names, dates and sources; empty where there is none."""
    if not notes:
        return ""
    used = [note for note in notes if note.state is NoteState.USED]
    waiting = [note for note in notes if note.state is not NoteState.USED]
    counted = [f"{len(used):,} in use"] if used else []
    counted += [f"{len(waiting):,} proposed"] if waiting else []
    head = f"Notes of earlier sessions in {plain_line(thread.repository)}: {', '.join(counted)}"
    lines = [_line(note) for note in [*used, *waiting][:MOST_SHOWN]]
    if len(notes) > MOST_SHOWN:
        lines.append(f"- … and {len(notes) - MOST_SHOWN:,} more")
    foot = (
        f"`{prefix} context forget <id>` deletes a note, `{prefix} context keep <id>` lets a proposed one be used "
        "(write access)."
    )
    return "\n".join([f"<details><summary>{head}</summary>", "", *lines, "", foot, "</details>"])


def _line(note: Note) -> str:
    day = datetime.fromtimestamp(note.at, UTC).strftime("%Y-%m-%d")
    source = f", [source]({note.source})" if note.source.startswith(("https://", "http://")) else ""
    waits = "" if note.state is NoteState.USED else _waits(note)
    return f"- `{note.id}` {note.kind}, {day}{source}, trust: {note.trust.value}{waits} — {_shown(note.text)}"


def _shown(text: str) -> str:
    """The note's text, with the pieces of code in it still to be seen as such."""
    parts = quoted(text, LONGEST_SHOWN).split("`")
    if "``" in text or len(parts) % 2 == 0:  # who knows then what Markdown takes for code
        return quoted_line(text, LONGEST_SHOWN)
    return "`".join(part if number % 2 else _without_links(part) for number, part in enumerate(parts))


def _without_links(text: str) -> str:
    return text.replace("[", "\\[").replace("<", "&lt;")


def _waits(note: Note) -> str:
    if note.pull:
        return f", **proposed**: not used before pull request {note.pull} is merged"
    return ", **proposed**: not used, for its session opened no pull request"


def notes_to_be_named(login: str, verb: str, *, prefix: str) -> str:
    """Nothing is named that could be forgotten or kept."""
    return (
        f"@{login}, name the notes: `{prefix} context {verb} n1a2b3c4d`. "
        f"`{prefix} context` lists them with their names."
    )


def notes_forgotten(login: str, ids: Sequence[str], *, unknown: Sequence[str]) -> str:
    """Notes are deleted."""
    done = f"{_names(ids)} {'is' if len(ids) == 1 else 'are'} forgotten, and will not be noted again." if ids else ""
    return _answer(login, done, unknown)


def notes_kept(login: str, ids: Sequence[str], *, unknown: Sequence[str]) -> str:
    """Notes are used from now on."""
    done = f"later sessions are given {_names(ids)}." if ids else ""
    return _answer(login, done, unknown)


def _answer(login: str, done: str, unknown: Sequence[str]) -> str:
    missing = f"I have no note called {_names(unknown)} here." if unknown else ""
    nothing = "" if done or missing else "there is no note here."
    return f"@{login}, {' '.join(filter(None, [done, missing, nothing]))}"


def _names(ids: Sequence[str]) -> str:
    names = [f"`{plain_line(name, 40)}`" for name in ids[:20]]
    more = [f"{len(ids) - 20:,} more"] if len(ids) > 20 else []
    return ", ".join([*names, *more])
