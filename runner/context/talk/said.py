"""Words: one thing that somebody said, with its sanitised text and what was made of it. Used all over this folder."""

from dataclasses import dataclass
from datetime import datetime

from crds.work_order import Talk

BODIES = ("issue", "pull_request")
"""Kinds of talk that are the text of the thread itself."""
TASKS = (*BODIES, "spec")
"""Kinds of talk that say what is to be done."""


@dataclass(frozen=True)
class Said:
    talk: Talk
    clean: str
    """Its text, sanitised."""
    text: str
    """What of it is offered: without quotes, with long logs cut and images named."""
    notes: tuple[str, ...] = ()
    """What was done to the text, in words."""
    cut: bool = False
    """Whether the text is less than what was said."""
    folded: str = ""
    """Why it is not offered by itself, in words."""
    images: frozenset[int] = frozenset()
    """Numbers of the images that the text names."""
    score: float = 0.0
    moment: float = 0.0
    """Seconds since the epoch; 0 where nobody knows."""

    @property
    def is_task(self) -> bool:
        return self.talk.trigger or (self.talk.kind in TASKS and not self.talk.thread)


def moment_of(at: str) -> float:
    """Seconds of an ISO 8601 moment; what is no moment is the oldest."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
