"""`pull_request_review` and `pull_request_review_comment`: what is said about changes, and at which line. For `read`.

A review with comments arrives as one event of each: they are texts of their own, with commands of their own. A single
comment on a line, and every reply to one, brings a review of its own along that says nothing itself.
"""

from dataclasses import replace

from bot.deliveries.heard import Deleted, Edited, Heard, Ignored, Reviewed, Spoke
from bot.deliveries.payload import Changes, Event, Json, Payload, User, as_issue, text_at, validated
from handlers.command import Dialect, may_hold_command
from handlers.events import DiffPlace, Message

LONGEST_HUNK = 8000
"""Characters of a hunk that are kept: its end, where the commented line stands."""
ASKING = ("commented", "changes_requested")
"""States of a review that may ask for changes."""


class _Review(Payload):
    id: int
    html_url: str
    body: str | None = None
    user: User | None = None
    submitted_at: str | None = None
    updated_at: str | None = None
    state: str = ""

    def message(self) -> Message:
        """The review as a message."""
        written = self.submitted_at or ""
        return Message("review", self.id, self.html_url, written, self.updated_at or written, text=self.body or "")


class _Reviewed(Event):
    review: _Review


class _ReviewEdited(_Reviewed):
    changes: Changes


class _Remark(Payload):
    id: int
    html_url: str
    body: str
    user: User | None = None
    created_at: str = ""
    updated_at: str = ""
    path: str = ""
    diff_hunk: str = ""
    commit_id: str = ""
    side: str | None = None
    line: int | None = None
    original_line: int | None = None

    def place(self) -> DiffPlace:
        """Where it stands in the changes; an outdated remark has the line that it was made at."""
        return DiffPlace(
            path=self.path,
            line=self.line or self.original_line,
            side="LEFT" if self.side == "LEFT" else "RIGHT",
            hunk=self.diff_hunk[-LONGEST_HUNK:],
            commit=self.commit_id,
        )

    def message(self) -> Message:
        """The remark as a message."""
        return Message("remark", self.id, self.html_url, self.created_at, self.updated_at, self.place(), self.body)


class _Remarked(Event):
    comment: _Remark


class _RemarkEdited(_Remarked):
    changes: Changes


def review(payload: Json, dialect: Dialect) -> Heard | Ignored:
    """What a review's event says."""
    action = payload.get("action")
    if action not in ("submitted", "edited", "dismissed"):
        return Ignored("unknown_action")
    if action == "dismissed":
        return _dismissed(as_issue(payload))
    if action == "submitted" and _may_be_followed_up(payload):
        return _reviewed(as_issue(payload))
    if not may_hold_command(text_at(payload, "review", "body"), dialect):
        return Ignored("no_command")
    return _review_edited(as_issue(payload)) if action == "edited" else _submitted(as_issue(payload))


def _dismissed(payload: Json) -> Heard | Ignored:
    """Taken back, by somebody who may: GitHub lets only those dismiss who may write, or merge here."""
    event = validated(_Reviewed, payload)
    if isinstance(event, Ignored):
        return event
    return Deleted(thread=event.thread(), sender=event.sender.person(), message=event.review.message())


def _may_be_followed_up(payload: Json) -> bool:
    """Whether a person reviews an open pull request of some bot's; whether of ours, the door does not ask."""
    return (
        text_at(payload, "review", "state").lower() in ASKING
        and text_at(payload, "pull_request", "user", "type") == "Bot"
        and text_at(payload, "pull_request", "state") == "open"
        and text_at(payload, "sender", "type") == "User"
    )


def _reviewed(payload: Json) -> Heard | Ignored:
    event = validated(_Reviewed, payload)
    if isinstance(event, Ignored) or event.issue.user is None:
        return event if isinstance(event, Ignored) else Ignored("incomplete_payload")
    return Reviewed(
        thread=event.thread(),
        sender=event.sender.person(),
        message=event.review.message(),
        body=event.review.body or "",
        state=event.review.state.lower(),
        opened_by=event.issue.user.person(),
    )


def _submitted(payload: Json) -> Heard | Ignored:
    event = validated(_Reviewed, payload)
    if isinstance(event, Ignored):
        return event
    message = event.review.message()
    return Spoke(thread=event.thread(), sender=event.sender.person(), message=message, body=event.review.body or "")


def _review_edited(payload: Json) -> Heard | Ignored:
    event = validated(_ReviewEdited, payload)
    if isinstance(event, Ignored):
        return event
    review, before = event.review, event.changes.body_before
    if before is None or review.user is None:
        return Ignored("no_command")
    return Edited(
        thread=event.thread(),
        sender=event.sender.person(),
        message=replace(review.message(), updated_at=review.updated_at or event.issue.updated_at),
        body=review.body or "",
        before=before,
        author=review.user.person(),
    )


def remark(payload: Json, dialect: Dialect) -> Heard | Ignored:
    """What the event of a comment on a line says."""
    action = payload.get("action")
    if action not in ("created", "edited", "deleted"):
        return Ignored("unknown_action")
    if not may_hold_command(text_at(payload, "comment", "body"), dialect):
        return Ignored("no_command")
    asked = as_issue(payload)
    return _remark_edited(asked) if action == "edited" else _remarked(asked, deleted=action == "deleted")


def _remarked(payload: Json, *, deleted: bool) -> Heard | Ignored:
    event = validated(_Remarked, payload)
    if isinstance(event, Ignored):
        return event
    thread, sender, message = event.thread(), event.sender.person(), event.comment.message()
    if deleted:
        return Deleted(thread=thread, sender=sender, message=message)
    return Spoke(thread=thread, sender=sender, message=message, body=event.comment.body)


def _remark_edited(payload: Json) -> Heard | Ignored:
    event = validated(_RemarkEdited, payload)
    if isinstance(event, Ignored):
        return event
    before, author = event.changes.body_before, event.comment.user
    if before is None or author is None:
        return Ignored("no_command")
    return Edited(
        thread=event.thread(),
        sender=event.sender.person(),
        message=event.comment.message(),
        body=event.comment.body,
        before=before,
        author=author.person(),
    )
