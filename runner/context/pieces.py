"""Words: a piece of context as it is offered, and as it is taken. Made by `collect.py`, worked on by `pack.py`."""

from dataclasses import dataclass
from enum import IntEnum

from crds.receipt import Trust, Way

PERSONA = "persona"
"""Kind of the pieces that say whom the session works as."""


class Tier(IntEnum):
    """Which pieces come first. What a tier leaves over flows down to the next."""

    REQUEST = 0
    TASK = 1
    PROJECT = 2
    THREAD = 3
    INSTRUCTIONS = 4
    CODE = 5
    MAP = 6


@dataclass(frozen=True)
class Piece:
    """Something that may go into the prompt. Its text is sanitised; within its tier the first comes first."""

    tier: Tier
    source: str
    kind: str
    author: str
    trust: Trust
    text: str
    at: str = ""
    least: int = 80
    """Tokens below which a part of it is worth nothing, so that it is left out rather than cut."""
    start_only: bool = False
    """Whether its start is worth more than its end, so that a cut takes the end."""
    reason: str = ""
    """Why it is offered, where that is not plain."""
    way: Way = Way.WHOLE
    """In what form the text already is: an excerpt of a file is `spans`."""


@dataclass(frozen=True)
class Taken:
    """A piece and what of it goes in; an empty text where it is left out."""

    piece: Piece
    text: str
    way: Way
    reason: str
    offered: int
    tokens: int
