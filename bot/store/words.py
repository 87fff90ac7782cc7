"""What goes into the store and comes out of it: frozen words without behaviour.

Times are UTC seconds since the epoch, as the store's clock gives them. Dollars are Decimal; the tables hold them as
whole nano-dollars, so that sums never drift.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from crds.agentic_session import Origin
from crds.result import Result
from crds.usage import Tokens
from handlers.events import AsItStood, DiffPlace
from handlers.spec_source import SpecSource

type Content = bytes | Path


class Conflict(Exception):
    """Something else is stored already, and it stays: the first one wins."""


class TooMuch(Exception):
    """The session has used up the room that it has in the store; the message says what of."""


class SchemaTooNew(Exception):
    """A newer version of the bot has made this database; the message names both versions."""


@dataclass(frozen=True)
class Delivery:
    """One thing that a service told us, as it arrived: `id` is the service's own, `payload` the untouched body."""

    id: str
    source: str
    event: str
    headers: Mapping[str, str]
    payload: bytes
    received_at: float


@dataclass(frozen=True)
class Leased:
    """A delivery that is ours until `until`; `attempt` counts from 1."""

    delivery: Delivery
    attempt: int
    until: float


@dataclass(frozen=True)
class FailedDelivery:
    """A delivery that nobody will try again, kept for people to look at."""

    delivery: Delivery
    attempts: int
    reason: str
    failed_at: float


@dataclass(frozen=True)
class SlackPlace:
    """Where somebody asked in Slack."""

    team: str
    channel: str
    ts: str
    """Timestamp of the thread's first message; empty where the bot's first words will begin the thread."""
    user: str
    hidden: bool = True
    """Whether it is a direct message or a private channel."""
    author: str = ""
    """Who wrote the words, where that is somebody else than who asked."""


@dataclass(frozen=True)
class Intent:
    """What somebody asked for, as it was at that moment; a session's origin counts only if this is in the store."""

    namespace: str
    name: str
    thread_key: str
    origin: Origin
    source_url: str
    request: str
    installation_id: int | None = None
    repository: str = ""
    visibility: Literal["public", "internal", "private", ""] = ""
    repository_id: int = 0
    title: str = ""
    """Title of the issue, as it was when the session was asked for."""
    thread_url: str = ""
    pull_request: bool = False
    """Whether the thread is a pull request's."""
    task: str = ""
    slack: SlackPlace | None = None
    """Where in Slack it was asked for; None where it was not."""
    spec: SpecSource | None = None
    """The pushed specification that is to be planned."""
    diff: DiffPlace | None = None
    """The line of a diff that it was asked for at."""
    parent: str | None = None
    """Name of the session that it goes on from."""
    stood: AsItStood = AsItStood()
    """What was said at the moment when it was asked for."""
    after: str = ""
    """Name of the session of its namespace that has to end before this one begins."""
    created_at: float = 0.0
    """Stamped by the store when it is recorded."""


@dataclass(frozen=True)
class SlackLink:
    """A thread in Slack and what it is about: an issue or pull request, or (number 0) a repository alone."""

    team: str
    channel: str
    ts: str
    """Timestamp of the thread's first message."""
    repository: str
    """`owner/name`."""
    repository_id: int
    number: int
    installation: int
    key: str = ""
    """Key of the sessions of the thread; that of the GitHub thread where it is empty."""
    title: str = ""
    url: str = ""
    private: bool = True
    """Whether the repository is private."""
    pull_request: bool = False
    user: str = ""
    """Who asked first in the thread, as Slack identifies people."""
    hidden: bool = True
    """Whether the thread stands in a direct message or a private channel."""
    linked_at: float = 0.0
    """Stamped by the store."""


@dataclass(frozen=True)
class Identity:
    """A person in Slack who has proven who they are on GitHub."""

    team: str
    user: str
    login: str
    github_id: int
    linked_at: float


@dataclass(frozen=True)
class Question:
    """Something that the bot waits for."""

    id: str
    kind: str
    document: dict[str, Any]
    """How it was asked, and what for."""
    due_at: float
    answer: dict[str, Any] | None = None
    closed: bool = False


@dataclass(frozen=True)
class StoredResult:
    """A result document and the names of its bundles."""

    result: Result
    final: bool
    bundles: frozenset[str]
    stored_at: float


@dataclass(frozen=True)
class Hold:
    """What one model call may cost at most; counted against the budget until the call is settled."""

    model: str
    usd: Decimal
    tokens: int


@dataclass(frozen=True)
class Used:
    """What a session has used: settled calls, and beside them what its calls in flight (or lost in a crash) hold."""

    tokens: Tokens = field(default_factory=Tokens)
    usd: Decimal = Decimal(0)
    held_tokens: int = 0
    held_usd: Decimal = Decimal(0)
    calls: int = 0


@dataclass(frozen=True)
class Purged:
    """How much a purge has removed."""

    deliveries: int
    sessions: int
