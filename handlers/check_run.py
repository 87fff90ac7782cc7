"""A Check Run as the bot wants it to be: frozen words, made by the handlers and written by bot/github/checks.py.

It hangs on a commit, and is found again by its external id; there is one of each id on a commit.
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["notice", "warning", "failure"]
Status = Literal["queued", "in_progress", "completed"]
Conclusion = Literal["success", "failure", "neutral", "cancelled", "timed_out", "action_required", "skipped"]


@dataclass(frozen=True)
class Annotation:
    """A sentence at a line of a file of the commit."""

    path: str
    line: int
    """From 1."""
    level: Level
    message: str
    title: str = ""
    end_line: int | None = None
    """The last line it speaks of; the first where None."""


@dataclass(frozen=True)
class CheckRun:
    name: str
    head_sha: str
    external_id: str
    status: Status
    conclusion: Conclusion | None
    """How it came out; of a completed one only."""
    title: str
    summary: str
    """Markdown."""
    annotations: tuple[Annotation, ...] = ()
    """All of them, in an order that stays: GitHub adds to those that are there, and never takes one away."""
