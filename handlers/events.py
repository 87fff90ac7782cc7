"""What can happen: the events that `decide` takes, as frozen data with every fact the decision needs.

Built by bot/facts and bot/reconcile.py, which read the facts first; nothing here fetches anything. Who and where stands
in places.py, what people ask for in asked.py; both are to be had here too.
"""

from dataclasses import dataclass
from decimal import Decimal

from crds.result import Result
from crds.usage import Tokens
from crds.work_order import WorkOrder
from handlers.asked import (
    Asked,
    Bounds,
    CommandGiven,
    CommentDeleted,
    Elsewhere,
    InstallationLost,
    InstallationWoken,
    IssueAssigned,
    IssueClosed,
    IssueLabelled,
    IssueMoved,
    PullHead,
    Remark,
    ReviewFollowedUp,
    SessionBrief,
    TextEdited,
)
from handlers.grammar.words import Dialect
from handlers.job import RunnerRules
from handlers.personas import PersonaBrief
from handlers.places import (
    Actor,
    AsItStood,
    DiffPlace,
    Ground,
    Message,
    Opening,
    Permission,
    Person,
    SlackThread,
    Thread,
)
from handlers.plan import Plan
from handlers.session import Session
from handlers.spec_source import SpecSource

__all__ = [
    "Actor",
    "AsItStood",
    "Asked",
    "Bounds",
    "CommandGiven",
    "CommentDeleted",
    "DiffPlace",
    "Elsewhere",
    "Event",
    "Ground",
    "InstallationLost",
    "InstallationWoken",
    "IssueAssigned",
    "IssueClosed",
    "IssueLabelled",
    "IssueMoved",
    "JobFacts",
    "Message",
    "Opening",
    "Permission",
    "Person",
    "PlanBrief",
    "PodFacts",
    "PullHead",
    "PushedSpec",
    "Remark",
    "Report",
    "ReviewFollowedUp",
    "SessionBrief",
    "SessionObserved",
    "SlackThread",
    "SpecPushed",
    "Standing",
    "TextEdited",
    "Thread",
    "Used",
]


@dataclass(frozen=True)
class PlanBrief:
    """The plan of a specification's content, as far as it has come."""

    session: str
    """`namespace/name`."""
    phase: str
    pull_request: str = ""
    """Page of the pull request that holds it."""


@dataclass(frozen=True)
class PushedSpec:
    """A specification as it stands at the pushed commit."""

    path: str
    blob: str
    """Name of its content in git."""
    text: str | None
    """None where it cannot be read."""
    trouble: str = ""
    """Why not: `large`, `long`, `binary`, `link` or `listed`."""
    plan: PlanBrief | None = None
    """The plan of this very content, where there is one."""
    replanned: bool = False
    """Whether an earlier text of it was given to a plan session."""


@dataclass(frozen=True)
class SpecPushed:
    """Somebody pushed specifications to a branch; `thread` has no number."""

    thread: Thread
    branch: str
    commit: str
    web_url: str
    """Page of the repository."""
    actor: Actor
    ground: Ground
    specs: tuple[PushedSpec, ...]
    more: int = 0
    """Specifications of the push that were not read any more."""


@dataclass(frozen=True)
class JobFacts:
    name: str
    active: int = 0
    succeeded: int = 0
    failed: int = 0
    suspended: bool = False
    complete: bool = False
    failure: str | None = None
    """Reason of the Job's Failed condition."""
    failure_message: str = ""
    deleting: bool = False

    @property
    def finished(self) -> bool:
        """Whether the Job will start nothing any more."""
        return self.complete or self.failure is not None


@dataclass(frozen=True)
class PodFacts:
    """The newest pod of the Job."""

    name: str
    phase: str
    waiting: str = ""
    """Reason why its container waits, such as ImagePullBackOff."""
    waiting_message: str = ""
    unschedulable: str = ""
    """The scheduler's message, where no node takes the pod."""
    exit_code: int | None = None
    reason: str = ""
    """OOMKilled, Evicted, DeadlineExceeded … in the cluster's word."""
    created_at: float = 0.0
    disrupted: bool = False


@dataclass(frozen=True)
class Report:
    """What the runner handed in."""

    final: bool
    result: Result


@dataclass(frozen=True)
class Used:
    """The gateway's ledger of the session."""

    tokens: Tokens = Tokens()
    usd: Decimal = Decimal(0)
    calls: int = 0


@dataclass(frozen=True)
class Standing:
    """What the bot's own store knows of the session."""

    thread: Thread | None
    """Where to answer on GitHub; None where the store has no such intent, whatever the resource claims."""
    slack: SlackThread | None = None
    """Where to answer in Slack; None where nobody there has asked or follows."""
    requester: str = ""
    spec: SpecSource | None = None
    """The pushed specification that it plans; None where it does something else."""
    source_url: str = ""
    """Page of what asked for it."""
    order: WorkOrder | None = None
    """What its runner was told; None until it has asked."""
    refused: str = ""
    """Why its runner was told nothing, where it was refused its order."""
    checked: tuple[str, ...] = ()
    """Commands by which the agent checked its work, as its runner tells them."""
    report: Report | None = None
    used: Used = Used()
    held: str = ""
    """Why the session may not begin, in words: a fork that nobody has let in, an archived repository."""
    foreign: tuple[str, ...] = ()
    """Repositories of the session that its namespace does not serve."""
    personas: tuple[PersonaBrief, ...] = ()
    """Whom it may work as; read before it begins, where it names somebody."""
    plan: Plan | None = None
    """What it is to be given, and whether that can do; read before it begins."""
    behind: str = ""
    """Name of the session that works on the same branch, and has to end before this one begins."""

    @property
    def issue(self) -> Thread | None:
        """The issue or pull request that is told; None where there is none, or nobody on GitHub has asked."""
        anonymous = self.slack is not None and not self.requester
        return None if self.thread is None or not self.thread.number or anonymous else self.thread


@dataclass(frozen=True)
class SessionObserved:
    """The state of the world around one session, read whole."""

    session: Session
    standing: Standing
    job: JobFacts | None
    pod: PodFacts | None
    now: float
    """Seconds since the epoch."""
    rules: RunnerRules
    pace: float = 10.0
    """Seconds between two edits of the progress comment."""
    place: int | None = None
    """Place among the sessions that wait for the same, 1 for the next one; None where it does not wait."""
    usual_usd: float | None = None
    """Dollars that a session may cost which names no budget."""
    scripted: bool = False
    """Whether the model is a script, so that nobody takes its words for a model's."""
    dialect: Dialect = Dialect()
    """By which names the bot is called here."""


Event = (
    CommandGiven
    | ReviewFollowedUp
    | CommentDeleted
    | IssueLabelled
    | IssueAssigned
    | IssueClosed
    | IssueMoved
    | InstallationLost
    | InstallationWoken
    | SpecPushed
    | SessionObserved
)
