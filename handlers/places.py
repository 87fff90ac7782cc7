"""Who and where: people, what they may do, threads, messages. Frozen data that events and effects are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Permission(IntEnum):
    """What a person may do in a repository; each level holds the ones below it."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True)
class Person:
    login: str
    id: int
    kind: str = "User"
    """`User`, `Bot` or `Organization`, as GitHub says: never guessed from the login."""


@dataclass(frozen=True)
class Thread:
    """An issue or pull request: where a person spoke, and where the answer goes."""

    repository: str
    """`owner/name`."""
    repository_id: int
    number: int
    """Of the issue or pull request; 0 where there is none: a question about a repository, asked in Slack."""
    installation: int
    title: str = ""
    url: str = ""
    private: bool = True
    pull_request: bool = False
    body: str | None = field(default=None, compare=False, repr=False)
    """What the issue or pull request itself says, where that was heard or read with it."""

    @property
    def name(self) -> str:
        """`owner/name#n`."""
        return f"{self.repository}#{self.number}"


@dataclass(frozen=True)
class SlackThread:
    """A thread in Slack: where a person spoke, or where what happens on GitHub is shown as well."""

    team: str
    channel: str
    ts: str
    """Timestamp of the thread's first message: its identifier."""
    user: str = ""
    """Who asked, as Slack identifies people: the closing words mention them."""
    private: bool = True
    """Whether it is a direct message or a private channel."""


@dataclass(frozen=True)
class Actor:
    person: Person
    permission: Permission
    listed: bool = False
    """Whether it is a bot that the administrator or the namespace's owner lets speak, by its id."""


@dataclass(frozen=True)
class Ground:
    """What the installation decides for the repository of a thread."""

    namespace: str | None
    """Namespace that serves the repository by the administrator's map; None where none does."""
    clone_url: str
    """Where the runner clones the repository from."""


@dataclass(frozen=True)
class DiffPlace:
    """A line of a pull request's changes: where a remark was made."""

    path: str
    line: int | None
    """Of the file; None where the remark is about the whole file."""
    side: str
    """`RIGHT` for the new text, `LEFT` for the old."""
    hunk: str
    """The piece of the diff around it, as GitHub shows it."""
    commit: str


@dataclass(frozen=True)
class Message:
    """A text of somebody's that may hold commands: where it stands, and when it was written."""

    kind: str
    """`comment`, `review`, `remark` (on a line of a diff), or `body` (of an issue or pull request)."""
    id: int
    """The service's own; of a body the thread's number."""
    url: str
    created_at: str = ""
    updated_at: str = ""
    """When it was edited, as the payload says; a redelivery says the same."""
    place: DiffPlace | None = None
    text: str | None = field(default=None, compare=False, repr=False)
    """What it says, as the payload has it."""

    @property
    def key(self) -> str:
        """Kind and identifier: `comment-501`."""
        return f"{self.kind}-{self.id}"


@dataclass(frozen=True)
class AsItStood:
    """What was said in a thread when work was asked for in it: what is changed afterwards is not used."""

    at: str = ""
    """The moment, ISO 8601; empty where only the store knows it."""
    text: str | None = None
    """Of the message that asked; None where it was no message, or one that is not in the thread."""
    body: str | None = None
    """Of the issue or pull request itself; None where that is not known."""
    reviews: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Identifier → digest of each review's text: GitHub does not say when a review was changed."""


@dataclass(frozen=True)
class Opening:
    """How an issue or a pull request was opened: what may ask for the same thing as a label that comes with it."""

    author: Person | None
    body: str
    labels: tuple[str, ...]
    created_at: str
    updated_at: str
