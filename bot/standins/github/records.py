"""What a GitHub keeps about people, comments, reviews and check runs. Nothing here does I/O or knows a repository.

`world` puts these records into threads and repositories; everything else imports them from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["admin", "maintain", "write", "triage", "read", "none"]
UserType = Literal["User", "Bot", "Organization"]
ReactionContent = Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]
AnnotationLevel = Literal["notice", "warning", "failure"]
ReviewState = Literal["commented", "changes_requested", "approved", "dismissed", "pending"]
Side = Literal["LEFT", "RIGHT"]
Clock = Callable[[], datetime]

PERMISSION_OF_ROLE: dict[Role, str] = {
    "admin": "admin",
    "maintain": "write",
    "write": "write",
    "triage": "read",
    "read": "read",
    "none": "none",
}


@dataclass(kw_only=True)
class User:
    id: int
    login: str
    type: UserType
    created_at: datetime


@dataclass(kw_only=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass(kw_only=True)
class Reaction:
    id: int
    user: User
    content: ReactionContent
    created_at: datetime


@dataclass(kw_only=True)
class Comment:
    id: int
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    via_app: bool = False
    reactions: list[Reaction] = field(default_factory=list)
    minimized: str = ""
    """Why somebody has hidden it, as GitHub names it; empty where nobody has."""

    @property
    def edited(self) -> bool:
        return self.edits > 0

    edits: int = 0


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One remark of a check run about lines of a file."""

    path: str
    start_line: int
    end_line: int
    annotation_level: AnnotationLevel
    message: str
    start_column: int | None = None
    end_column: int | None = None
    title: str | None = None
    raw_details: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckAction:
    """A button of a check run."""

    label: str
    description: str
    identifier: str


@dataclass(kw_only=True)
class CheckRun:
    id: int
    suite_id: int
    name: str
    head_sha: str
    started_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    actions: list[CheckAction] = field(default_factory=list)


@dataclass(kw_only=True)
class Review:
    id: int
    author: User
    body: str
    state: ReviewState
    commit_id: str
    submitted_at: datetime
    updated_at: datetime
    via_app: bool = False
    edits: int = 0
    minimized: str = ""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """The line of a diff that a remark is at. `position` counts lines below the file's first hunk header."""

    path: str
    line: int
    side: Side
    start_line: int | None
    diff_hunk: str
    position: int
    commit_id: str


@dataclass(kw_only=True)
class ReviewComment:
    """A remark on a line of a pull request's diff, or the reply to one (`in_reply_to`)."""

    id: int
    review: Review
    author: User
    body: str
    anchor: Anchor
    commit_id: str
    created_at: datetime
    updated_at: datetime
    outdated: bool = False
    """The line is no longer in the diff as it was."""
    in_reply_to: ReviewComment | None = None
    via_app: bool = False
    edits: int = 0
    minimized: str = ""
    resolved: bool = False
    """Of the first one of a conversation: whether somebody has resolved it."""
    reactions: list[Reaction] = field(default_factory=list)
