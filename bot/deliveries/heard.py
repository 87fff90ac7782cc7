"""What was heard in a delivery: the few things that somebody may have asked for by it, as frozen data.

Made by the rooms beside this one, one for each kind of payload; read by bot/worker.py and bot/facts.
"""

from dataclasses import dataclass

from bot.pushes import Pushed
from handlers.events import Message, Opening, Person, Thread


@dataclass(frozen=True)
class Ignored:
    """A delivery that asks for nothing; the reason is one constant word for the counter."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class InThread:
    """Something that somebody did in an issue or a pull request."""

    thread: Thread
    sender: Person


@dataclass(frozen=True, kw_only=True)
class Spoke(InThread):
    """Somebody wrote a text that may hold commands: a comment, a review, the body of something new."""

    message: Message
    body: str
    labels: tuple[str, ...] = ()
    """Labels that an issue was opened with."""


@dataclass(frozen=True, kw_only=True)
class Reviewed(Spoke):
    """Somebody submitted a review of a bot's pull request, with or without a command: it may ask for changes."""

    state: str
    """`commented` or `changes_requested`."""
    opened_by: Person
    """Who opened the pull request."""


@dataclass(frozen=True, kw_only=True)
class Edited(InThread):
    """Somebody changed such a text."""

    message: Message
    body: str
    before: str
    author: Person


@dataclass(frozen=True, kw_only=True)
class Deleted(InThread):
    """Somebody deleted a comment that may have held commands."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class Labelled(InThread):
    label: str
    opening: Opening


@dataclass(frozen=True, kw_only=True)
class Assigned(InThread):
    assignee: Person
    opening: Opening


@dataclass(frozen=True, kw_only=True)
class Closed(InThread):
    """An issue or pull request was closed, merged ones too."""

    merged: bool = False
    reverts: int = 0
    """Pull request of the same repository that a merged one takes back, by GitHub's own words for it; 0 for none."""


@dataclass(frozen=True, kw_only=True)
class Moved(InThread):
    """An issue was transferred: `to` is the issue that it is now."""

    to: Thread


@dataclass(frozen=True, kw_only=True)
class InstallationChanged:
    """The App was installed, removed, suspended …, or was given other repositories."""

    action: str
    installation: int
    account: str
    gone: tuple[int, ...] | None = None
    """Identifiers of the repositories that were taken away; None for all."""

    @property
    def takes_away(self) -> bool:
        """Whether sessions lose their ground by it."""
        return self.action in ("deleted", "suspend") or (self.action == "removed" and bool(self.gone))


Heard = Spoke | Reviewed | Edited | Deleted | Labelled | Assigned | Closed | Moved | Pushed | InstallationChanged
