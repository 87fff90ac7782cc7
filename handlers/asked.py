"""The events in which somebody asks for something in a thread, with every fact that the answer needs. Frozen data.

Built by bot/facts, which reads the facts first; nothing here fetches anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crds.agentic_session import Phase, Task
from crds.forecast import Forecast
from crds.receipt import Receipt
from handlers.grammar.words import Dialect, Read, Target
from handlers.memory.note import Note
from handlers.personas import PersonaBrief
from handlers.places import Actor, Ground, Message, Opening, Person, Thread


@dataclass(frozen=True)
class SessionBrief:
    """A session of the same thread, as far as the verbs need it."""

    namespace: str
    name: str
    phase: str
    task: str
    message: str = ""
    uid: str = ""
    source: str = ""
    """Key of the message that asked for it, such as `comment-501`."""
    requester_id: int | None = None
    created_at: float = 0.0
    """Seconds since the epoch."""
    begun: bool = False
    """Whether its runner has fetched the order, so that the request stands."""
    spec: dict[str, Any] = field(default_factory=dict, hash=False, repr=False)
    """The resource's spec, where the session is still in the cluster."""
    usd: Decimal = Decimal(0)
    """What it has cost so far."""
    forecast: Forecast | None = None
    """What it was expected to use, once that was known."""
    receipt: Receipt | None = None
    """What its prompt was made of, once its runner has said so."""
    window: str = ""
    """How full its agent's window is, in words; empty where nobody has said it, or where it has ended."""
    after: str = ""
    """Name of the session of its namespace whose end it waits for."""
    untold: bool = False
    """Whether somebody is still to hear of its end."""

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return Phase(self.phase).ended

    @property
    def waiting(self) -> bool:
        """Whether its runner does not run yet."""
        return self.phase in (Phase.PENDING, Phase.CREATING)


@dataclass(frozen=True)
class Bounds:
    """What this installation grants a session at most, and what the namespace's owner has decided."""

    cost_usd: float = 20.0
    """Dollars that a person may ask for or raise a budget to."""
    usual_cost_usd: float = 5.0
    """Dollars of a session that names none."""
    turns: int = 100
    seconds: int = 1800
    models: tuple[str, ...] = ()
    """Models that may be named beside those of the price table: the installation's own, the owner's."""
    personas: tuple[PersonaBrief, ...] = ()
    """Whom a session of the namespace may work as."""


@dataclass(frozen=True)
class PullHead:
    """What `ok` needs to know of the pull request that it stands in."""

    commit: str
    """Where the pull request stands."""
    fork: bool
    """Whether it comes from another repository, or from one that is gone."""


@dataclass(frozen=True)
class Memory:
    """What is remembered of a repository: all notes, also those that nobody uses."""

    notes: tuple[Note, ...] = ()
    days: int = 0
    """Days after which an unused note goes; 0 where nothing is remembered here."""


@dataclass(frozen=True)
class Elsewhere:
    """The thread that a command names as its target, with what the person may do there."""

    thread: Thread
    actor: Actor
    ground: Ground
    sessions: tuple[SessionBrief, ...] = ()
    bounds: Bounds = Bounds()
    """Of that thread's namespace, which may be another one."""
    memory: Memory = Memory()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody did something in a thread that may ask for work."""

    thread: Thread
    actor: Actor
    ground: Ground
    sessions: tuple[SessionBrief, ...] = ()
    """Of this thread, oldest first."""
    bounds: Bounds = Bounds()
    now: float = 0.0
    """Seconds since the epoch."""
    dialect: Dialect = Dialect()
    """By which names the bot is called here."""
    memory: Memory = Memory()
    """Of the thread's repository, where something needs it."""


@dataclass(frozen=True, kw_only=True)
class CommandGiven(Asked):
    """Somebody wrote a text that holds at least one command."""

    message: Message
    commands: tuple[Read, ...]
    targets: Mapping[Target, Elsewhere | None] = field(default_factory=dict, hash=False)
    """The threads that the commands name; None for one that the person cannot be shown."""
    pull: PullHead | None = None
    """The pull request, where the thread is one and a command needs it."""
    label_task: Task | None = None
    """What a label that a new issue came with asks for."""
    edit: bool = False
    """Whether the commands were added to a text that was there before."""
    corrects: frozenset[int] = frozenset()
    """Those of an edit (by ordinal) that correct what was asked for some seconds before."""

    @property
    def stamp(self) -> str:
        """Tells this text from all others, and from what it said before: a redelivery has the same."""
        return f"{self.message.key}-{self.message.updated_at}" if self.edit else self.message.key

    @property
    def here(self) -> Elsewhere:
        """The thread itself, as a command's target is."""
        return Elsewhere(self.thread, self.actor, self.ground, self.sessions, self.bounds, self.memory)


@dataclass(frozen=True, kw_only=True)
class TextEdited(CommandGiven):
    """Somebody changed such a text; `commands` are those that it has now."""

    before: tuple[Read, ...]
    author: Person


@dataclass(frozen=True)
class Remark:
    """A comment on a line, as part of a review."""

    id: int
    text: str
    among_others: bool = False
    """Whether it answers a conversation in which other people have spoken."""


@dataclass(frozen=True, kw_only=True)
class ReviewFollowedUp(Asked):
    """Somebody submitted a review, without a command, of a pull request that this bot has opened."""

    message: Message
    state: str
    """`commented` or `changes_requested`."""
    remarks: tuple[Remark, ...] = ()
    commanded: bool = False
    """Whether a remark of it holds a command, which is heard by itself."""
    open: bool = True
    """Whether the pull request is still open, from a branch of this repository."""
    issues: tuple[SessionBrief, ...] = ()
    """Sessions of the issue that the pull request was made for, oldest first."""


@dataclass(frozen=True, kw_only=True)
class CommentDeleted(Asked):
    """Somebody deleted a comment with commands, or dismissed a review; `sessions` are those that it has asked for."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class IssueLabelled(Asked):
    """Somebody put a label on an issue or pull request."""

    label: str
    task: Task
    """What the label asks for, by the namespace's settings."""
    tasks: Mapping[str, Task] = field(hash=False)
    """What all labels ask for."""
    opening: Opening
    said: tuple[Read, ...] = ()
    """Commands in the issue's own text."""


@dataclass(frozen=True, kw_only=True)
class IssueAssigned(Asked):
    """Somebody gave an issue or pull request to the bot."""

    tasks: Mapping[str, Task] = field(hash=False)
    opening: Opening
    said: tuple[Read, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IssueClosed(Asked):
    """An issue or pull request was closed."""

    merged: bool = False
    remembers: bool = False
    """Whether notes of sessions wait for it."""
    reverts: int = 0
    """Pull request that it takes back, where it was merged; 0 for none."""


@dataclass(frozen=True, kw_only=True)
class IssueMoved(Asked):
    """An issue was transferred to another repository, where the App may be or not."""

    to: Thread | None
    """The issue that it is now; None where the App is not."""


@dataclass(frozen=True)
class InstallationLost:
    """The App was removed or suspended somewhere; these sessions run there."""

    reason: str
    """Who or what stops them, for `Stopped by …`."""
    sessions: tuple[SessionBrief, ...]


@dataclass(frozen=True)
class InstallationWoken:
    """The App was suspended somewhere, and is not any more."""

    installation: int
    moment: str
    """When that was heard: tells this time from another one."""
    sessions: tuple[SessionBrief, ...]
    """Those that were asked for there, of late."""
