"""A note as the decisions see it, and when two of them say the same. Frozen data and arithmetic.

Used by all rooms here, by the store that keeps notes and by the events that show them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from crds.receipt import Trust
from handlers.naming import digest

type Kind = Literal["decision", "place", "failed", "tests"]

ALIKE = 0.8
"""Share of the words that two notes must have in common (Jaccard) to say the same."""
_WORD = re.compile(r"\w+")
_LEVELS = tuple(Trust)
"""From the highest trust to the lowest."""


class NoteState(StrEnum):
    PROPOSED = "proposed"
    """Its pull request is open, or it has none: shown on request, used by nobody."""
    USED = "used"
    """Its pull request was merged, or somebody with write access has kept it."""
    DECLINED = "declined"
    """Its pull request was closed unmerged. It counts again if that one is reopened and merged."""
    FORGOTTEN = "forgotten"
    """Somebody has deleted it. Its text is gone; its key stays for a while, so that it is not proposed again."""


@dataclass(frozen=True)
class Note:
    id: str
    """`n` and eight hexadecimal digits."""
    kind: Kind
    text: str
    """One line, redacted, without control characters."""
    at: float
    """When it was written, seconds since the epoch."""
    trust: Trust
    """The lowest trust of what its session had read."""
    private: bool
    """Whether something that its session had read was not public."""
    state: NoteState
    session: str
    """`namespace/name` of the session that proposed it."""
    pull: int = 0
    """Pull request that it waits for; 0 where the session opened none."""
    source: str = ""
    """Page of the pull request, or of what asked for the session."""
    confirmed_at: float = 0.0
    """When a merged pull request, or a person, said so last; seconds since the epoch, 0 for never."""
    uses: int = 0
    """Sessions whose prompt has held it."""
    last_use: str = ""
    """The last of these sessions, by its uid: one that is heard of twice has used it once."""
    key: str = ""
    """Known again by it after its text is gone."""

    @property
    def since(self) -> float:
        """The moment that its age counts from."""
        return max(self.at, self.confirmed_at)


def key_of(kind: Kind, text: str) -> str:
    """What a note says, whatever its case and punctuation."""
    return digest(f"{kind} {' '.join(_WORD.findall(text.casefold()))}")


def alike(one: Note, other: Note) -> bool:
    """Whether two notes say the same."""
    if one.kind != other.kind:
        return False
    mine, theirs = _words(one.text), _words(other.text)
    return one.text == other.text or len(mine & theirs) >= ALIKE * max(1, len(mine | theirs))


@lru_cache(maxsize=2048)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def lowest(*levels: Trust) -> Trust:
    """The lowest of these trusts."""
    return max(levels, key=_LEVELS.index)


def shown_in(note: Note, *, private: bool) -> bool:
    """Whether a repository of this visibility may be told it: what was private once does not become public with it."""
    return private or not note.private
