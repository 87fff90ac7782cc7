"""What can be done: the effects that `decide` returns and bot/perform.py carries out. Frozen data, nothing else.

Every effect may be carried out twice (a crash between two of them is normal) and must then have happened once.
"""

from dataclasses import dataclass, field
from typing import Any

from handlers.bundle_policy import Scope
from handlers.check_run import CheckRun
from handlers.events import AsItStood, DiffPlace, SlackThread, Thread
from handlers.memory.effects import MemoryEffect
from handlers.plan import FinishedRun
from handlers.slack_effects import SayInSlack, SlackEffect
from handlers.spec_source import SpecSource


@dataclass(frozen=True)
class Intent:
    """Why a session exists: what the store remembers, and what its `origin` is checked against."""

    namespace: str
    name: str
    thread: Thread
    requester: str
    requester_id: int
    source_url: str
    request: str
    task: str
    slack: SlackThread | None = None
    """Where it was asked for in Slack; None where it was not."""
    author: str = ""
    """Who wrote the words, as Slack identifies people, where that is somebody else than who asked."""
    spec: SpecSource | None = None
    """The pushed specification that is to be planned; None where something else was asked for."""
    source: str = ""
    """Key of what asked for it: `comment-501`, `label-vteam:fix`; the session's `origin.message`."""
    diff: DiffPlace | None = None
    """The line of a diff that it was asked for at."""
    parent: str | None = None
    """Name of the session that it goes on from."""
    stood: AsItStood = AsItStood()
    """What was said at the moment when it was asked for."""
    after: str = ""
    """Name of the session of its namespace that has to end before this one begins."""


@dataclass(frozen=True)
class CreateSession:
    """Remember the intent, then make the resource; that it exists already is success."""

    intent: Intent
    spec: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class StopSession:
    namespace: str
    name: str
    by: str


@dataclass(frozen=True)
class WakeSession:
    """Have a session looked at once more, wherever its reconciler runs."""

    namespace: str
    name: str
    moment: str
    """Tells this time from another one."""


@dataclass(frozen=True)
class TakeUp:
    """Work off what was put aside because the App was suspended on this installation."""

    installation: int


@dataclass(frozen=True)
class CorrectSession:
    """Change what a session that waits is asked for; where its runner was faster, say so."""

    namespace: str
    name: str
    uid: str
    patch: dict[str, Any] = field(hash=False)
    """Merge patch of the spec."""
    too_late: "Reply | SayInSlack"


@dataclass(frozen=True)
class RaiseBudget:
    """Let a session use more than it was granted at first; the gateway obeys it at once."""

    namespace: str
    name: str
    uid: str
    by: str
    cost_usd: float | None = None
    turns: int | None = None


@dataclass(frozen=True)
class ReleaseFork:
    """Let sessions write for a fork's pull request, at this commit and no later one."""

    thread: Thread
    sha: str
    by: str


@dataclass(frozen=True)
class React:
    thread: Thread
    comment_id: int | None
    """The comment, or None for the issue itself."""
    content: str
    remark: bool = False
    """Whether the comment is one on a line of a diff: GitHub keeps those elsewhere."""


@dataclass(frozen=True)
class Reply:
    """One new comment, found again by its marker."""

    thread: Thread
    marker: str
    body: str


@dataclass(frozen=True)
class Check:
    """Make or edit one Check Run on a commit of the repository, found by its external id."""

    repository: str
    """`owner/name`."""
    installation: int
    run: CheckRun


@dataclass(frozen=True)
class StartJob:
    """Make the session's ServiceAccount and Job; that they exist already is success."""

    session: str
    service_account: dict[str, Any] = field(hash=False)
    job: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class DeleteJob:
    namespace: str
    name: str


@dataclass(frozen=True)
class Tell:
    """Make or edit the one progress comment, and note it in the status."""

    namespace: str
    name: str
    thread: Thread
    body: str
    known: str | None
    """Identifier of the comment, where the status has it."""


@dataclass(frozen=True)
class Publish:
    """Check the handed-in bundles, push the branches, open the pull requests, note the outcome in the status."""

    namespace: str
    name: str
    uid: str
    thread: Thread | None
    final: bool
    """Whether a pull request may be opened; a checkpoint is only pushed to a branch."""
    plans: tuple["PushPlan", ...]
    summary: str


@dataclass(frozen=True)
class PushPlan:
    repository: str
    """Name of the repository in the work order."""
    url: str
    branch: str
    base: str
    head: str
    base_branch: str | None
    pull_request_title: str
    pull_request_body: str
    draft: bool = False
    scope: Scope | None = None
    """Where alone the work may change anything; None for everywhere."""
    follows: int | None = None
    """Our open pull request that the work is to be added to."""
    home: int = 0
    """Repository (by id) of the thread that the pull request is made for."""
    section: str = ""
    """What such a pull request says of this session, beside what it says already."""


@dataclass(frozen=True)
class Close:
    """The closing words: one new comment by its marker, noted in the status."""

    namespace: str
    name: str
    thread: Thread
    marker: str
    body: str


@dataclass(frozen=True)
class SetStatus:
    """A merge patch of the session's status."""

    namespace: str
    name: str
    patch: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class RecordRun:
    """Remember what the session used, so that later forecasts learn from it; the first word stands."""

    uid: str
    made: FinishedRun


@dataclass(frozen=True)
class AddFinalizer:
    namespace: str
    name: str


@dataclass(frozen=True)
class RemoveFinalizer:
    namespace: str
    name: str


@dataclass(frozen=True)
class LookAgain:
    """Observe the session once more after so many seconds, though nothing may have happened."""

    after: float


Effect = (
    CreateSession
    | CorrectSession
    | StopSession
    | WakeSession
    | TakeUp
    | RaiseBudget
    | ReleaseFork
    | React
    | Reply
    | Check
    | StartJob
    | DeleteJob
    | Tell
    | Publish
    | Close
    | SetStatus
    | RecordRun
    | AddFinalizer
    | RemoveFinalizer
    | LookAgain
    | MemoryEffect
    | SlackEffect
)
