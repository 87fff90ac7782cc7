"""Words: a piece of context as it is offered, and as it is taken. Made by `collect.py`, worked on by `pack.py`."""

from dataclasses import dataclass
from enum import IntEnum

from crds.receipt import Trust, Way

PERSONA = "persona"
"""Kind of the pieces that say whom the session works as."""


class Tier(IntEnum):
    """Kinds of context, the first served first. What each may take stands in `tiers.py`."""

    REQUEST = 0
    TASK = 1
    PROJECT = 2
    INSTRUCTIONS = 3
    MEMORY = 4
    THREAD = 5
    REMARKS = 6
    RELATED = 7
    CODE = 8
    LINKED = 9
    MAP = 10


STABLE = (Tier.PROJECT, Tier.INSTRUCTIONS, Tier.MEMORY)
"""What is the same for later turns and sessions of a repository: it stands first, for the prompt cache."""


@dataclass(frozen=True)
class Piece:
    """Something that may go into the prompt. Its text is sanitised; within its tier the first is served first.

    Where there is no room for the text it is taken as a summary or as spans of it, then as its outline, then as its
    line, and else left out. A piece without a text is only a row of the receipt, with its reason.
    """

    tier: Tier
    source: str
    kind: str
    author: str
    trust: Trust
    text: str
    at: str = ""
    least: int = 80
    """Tokens below which a part of it is worth nothing, so that it is told in less rather than cut."""
    start_only: bool = False
    """Whether its start is worth more than its end, so that a cut takes the end."""
    reason: str = ""
    """Why it is offered, where that is not plain."""
    way: Way = Way.WHOLE
    """In what form the text already is: an excerpt of a file is `spans`."""
    score: float | None = None
    """What it is worth among its like, for the receipt; the order of the pieces is what counts."""
    offered: int | None = None
    """Tokens of what it stands for, where the text is less than that."""
    place: str = ""
    """Sorts its tier's pieces as they are read; those with the same place stand as they come."""
    standing: str = ""
    """What its author is to the repository."""
    summary: str = ""
    """A known summary of it, made by a model."""
    outline: str = ""
    """Its headings, or what else tells what is in it."""
    line: str = ""
    """It in one line, for which there is room when there is none for it."""
    inline: bool = False
    """Whether its text is a line itself, that stands in one frame with others of its trust."""
    trigger: bool = False
    """Whether it asked for the session: it is served before all but the request."""
    file: str = ""
    """The file of which it is all that need be told, as the code's pieces are called: it is not given as code again."""
    digest: str = ""
    """The hash by which a summary of it is kept."""
    image: int = 0
    """The number of the image that goes in beside its text: whole, or neither goes in. 0 where there is none."""
    beside: int = 0
    """Tokens of that image."""


@dataclass(frozen=True)
class Taken:
    """A piece and what of it goes in; an empty text where it is left out."""

    piece: Piece
    text: str
    way: Way
    reason: str
    offered: int
    tokens: int
    """Of the text, and of the image beside it."""
    inline: bool = False
    """Whether it stands as a line in a frame that it shares."""

    @property
    def beside(self) -> int:
        """Tokens of the image that goes in with it; where its line is told instead, there is none."""
        return self.piece.beside if self.text and not self.inline else 0


def left_out(tier: Tier, source: str, *, kind: str, reason: str) -> Piece:
    """What is not given, by rule: only a row of the receipt. `dataclasses.replace` adds what more is known of it."""
    return Piece(tier, source, kind, "", Trust.REPOSITORY, "", reason=reason, way=Way.DROPPED)
