"""The records of a GitHub: people, repositories, threads, pull requests, installations. Nothing here does I/O.

The REST rooms, the webhooks, the page and the verbs all read and change this one state.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.standins.github.records import (
    PERMISSION_OF_ROLE,
    Anchor,
    Annotation,
    AnnotationLevel,
    CheckAction,
    CheckRun,
    Clock,
    Comment,
    Label,
    Reaction,
    ReactionContent,
    Review,
    ReviewComment,
    ReviewState,
    Role,
    Side,
    User,
    UserType,
)

__all__ = [
    "PERMISSION_OF_ROLE",
    "Anchor",
    "Annotation",
    "AnnotationLevel",
    "CheckAction",
    "CheckRun",
    "Clock",
    "Comment",
    "Installation",
    "Label",
    "PullRequest",
    "Reaction",
    "ReactionContent",
    "Repository",
    "Review",
    "ReviewComment",
    "ReviewState",
    "Role",
    "Side",
    "Thread",
    "User",
    "UserType",
    "World",
]


@dataclass(kw_only=True)
class PullRequest:
    """The half of a pull request that an issue does not have."""

    id: int
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    fork: Repository | None = None
    """Where the head lives, if not in the repository that the pull request is made to."""
    fork_gone: bool = False
    draft: bool = False
    maintainer_can_modify: bool = True
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_sha: str | None = None
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)


@dataclass(kw_only=True)
class Thread:
    """An issue, or a pull request when `pull` is set: the two share their numbers, comments and labels."""

    id: int
    number: int
    title: str
    body: str
    author: User
    created_at: datetime
    updated_at: datetime
    via_app: bool = False
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    pull: PullRequest | None = None


@dataclass(kw_only=True)
class Repository:
    id: int
    owner: User
    name: str
    private: bool
    default_branch: str
    created_at: datetime
    pushed_at: datetime
    description: str = ""
    archived: bool = False
    fork_of: Repository | None = None
    moved: dict[int, tuple[Repository, int] | None] = field(default_factory=dict)
    """Issues that were here: number → where it is now, or None for one that was deleted."""
    roles: dict[str, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    check_suites: dict[str, int] = field(default_factory=dict)
    """The App's check suite of each commit: id of the commit → id of the suite."""

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def next_number(self) -> int:
        return max([*self.threads, *self.moved], default=0) + 1

    def role_of(self, user: User) -> Role:
        """The owner is an administrator; anybody may read what is public."""
        if user.login == self.owner.login:
            return "admin"
        return self.roles.get(user.login.lower(), "none" if self.private else "read")

    def comment(self, comment_id: int) -> tuple[Thread, Comment] | None:
        pairs = ((thread, comment) for thread in self.threads.values() for comment in thread.comments)
        return next((pair for pair in pairs if pair[1].id == comment_id), None)

    def review_comment(self, comment_id: int) -> tuple[Thread, ReviewComment] | None:
        threads = (thread for thread in self.threads.values() if thread.pull)
        pairs = ((thread, one) for thread in threads if thread.pull for one in thread.pull.review_comments)
        return next((pair for pair in pairs if pair[1].id == comment_id), None)

    def open_pulls(self, head_ref: str) -> Iterator[tuple[Thread, PullRequest]]:
        """Those from a branch of this repository to this repository."""
        for thread in self.threads.values():
            mine = thread.pull and thread.pull.fork is None
            if thread.pull and mine and thread.state == "open" and thread.pull.head_ref == head_ref:
                yield thread, thread.pull


@dataclass(kw_only=True)
class Installation:
    id: int
    account: User
    created_at: datetime
    repository_ids: frozenset[int] | None = None
    suspended_at: datetime | None = None
    suspended_by: User | None = None

    def covers(self, repository: Repository) -> bool:
        """Whether the App was given this repository; `repository_ids` of None means all of the account's."""
        mine = repository.owner.id == self.account.id
        return mine and (self.repository_ids is None or repository.id in self.repository_ids)


class World:
    """Everything that this GitHub knows. Names are compared as GitHub compares them: without case."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids = itertools.count(1001)
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self._former_names: dict[str, int] = {}

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def exactly(self) -> datetime:
        """Now, with parts of seconds: for waits that are shorter than what GitHub writes down."""
        return self._clock()

    def new_id(self) -> int:
        return next(self._ids)

    def user(self, login: str) -> User | None:
        return self.users.get(login.lower())

    def add_user(self, login: str, kind: UserType = "User") -> User:
        """The user of that login, made when there is none yet."""
        known = self.user(login)
        if known:
            return known
        user = User(id=self.new_id(), login=login, type=kind, created_at=self.now())
        self.users[login.lower()] = user
        return user

    def repository(self, full_name: str) -> Repository | None:
        return self.repositories.get(full_name.lower())

    def formerly(self, full_name: str) -> Repository | None:
        """The repository that had this name, while no other has taken it."""
        return self.repository_by_id(self._former_names.get(full_name.lower(), 0))

    def repository_by_id(self, repository_id: int) -> Repository | None:
        return next((one for one in self.repositories.values() if one.id == repository_id), None)

    def rename(self, repository: Repository, *, owner: User, name: str) -> None:
        """The old name leads here from now on."""
        del self.repositories[repository.full_name.lower()]
        self._former_names[repository.full_name.lower()] = repository.id
        repository.owner, repository.name = owner, name
        self.repositories[repository.full_name.lower()] = repository

    def add_repository(self, full_name: str, *, private: bool, default_branch: str) -> Repository:
        owner, name = full_name.split("/")
        now = self.now()
        repository = Repository(
            id=self.new_id(),
            owner=self.user(owner) or self.add_user(owner, "Organization"),
            name=name,
            private=private,
            default_branch=default_branch,
            created_at=now,
            pushed_at=now,
        )
        self.repositories[full_name.lower()] = repository
        return repository

    def pulls_from(self, head: Repository, head_ref: str) -> list[tuple[Repository, Thread, PullRequest]]:
        """The open pull requests from a branch: to its own repository, and to the one that it is a fork of."""
        own = [(head, thread, pull) for thread, pull in head.open_pulls(head_ref)]
        for base in self.repositories.values():
            for thread in base.threads.values():
                pull = thread.pull
                if pull and pull.fork is head and thread.state == "open" and pull.head_ref == head_ref:
                    own.append((base, thread, pull))
        return own

    def fork_by(self, owner: str, base: Repository) -> Repository | None:
        """That owner's fork of the repository."""
        forks = (one for one in self.repositories.values() if one.fork_of is base)
        return next((one for one in forks if one.owner.login.lower() == owner.lower()), None)

    def installation_for(self, repository: Repository) -> Installation | None:
        return next((one for one in self.installations.values() if one.covers(repository)), None)

    def label(self, repository: Repository, name: str) -> Label:
        """The repository's label of that name, made on first use as GitHub does when one is put on an issue."""
        key = name.lower()
        if key not in repository.labels:
            repository.labels[key] = Label(id=self.new_id(), name=name)
        return repository.labels[key]
