"""What can be done to a repository's notes: the effects that bot/remembering.py carries out. Frozen data.

Each may come twice and has then happened once.
"""

from dataclasses import dataclass

from handlers.memory.note import Note
from handlers.places import Thread


@dataclass(frozen=True)
class KeepNotes:
    """Keep what a session proposes, and count the notes that its prompt has held."""

    repository_id: int
    session: str
    """Uid of the session."""
    notes: tuple[Note, ...]
    read: tuple[str, ...] = ()
    """Ids of the notes that were in the prompt."""
    thread: Thread | None = None
    """Where to look whether the pull request was closed meanwhile; None where there is none."""
    pull: int = 0
    """The pull request that the notes wait for."""


@dataclass(frozen=True)
class SettleNotes:
    """A pull request was closed: its notes are used from now on, or not."""

    repository_id: int
    pull: int
    merged: bool
    reverted: bool = False
    """Whether it had been merged before, and was taken back: then those in use go as well."""


@dataclass(frozen=True)
class TakeUpNotes:
    """Use these notes from now on, for somebody with write access says so."""

    repository_id: int
    ids: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class ForgetNotes:
    """Delete these notes."""

    repository_id: int
    ids: tuple[str, ...]
    by: str


MemoryEffect = KeepNotes | SettleNotes | TakeUpNotes | ForgetNotes
