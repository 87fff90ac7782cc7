"""`issue_comment`: comments on issues and pull requests, written, edited, deleted. Called by `read`."""

from bot.deliveries.heard import Deleted, Edited, Heard, Ignored, Spoke
from bot.deliveries.payload import Changes, Event, Json, Payload, User, text_at, validated
from handlers.command import Dialect, may_hold_command
from handlers.events import Message


class _Comment(Payload):
    id: int
    body: str
    html_url: str
    user: User | None = None
    created_at: str = ""
    updated_at: str = ""

    def message(self) -> Message:
        """The comment as a message."""
        return Message("comment", self.id, self.html_url, self.created_at, self.updated_at, text=self.body)


class _Commented(Event):
    comment: _Comment


class _CommentEdited(_Commented):
    changes: Changes


def comment(payload: Json, dialect: Dialect) -> Heard | Ignored:
    """What a comment's event says."""
    action = payload.get("action")
    if action not in ("created", "edited", "deleted"):
        return Ignored("unknown_action")
    if not may_hold_command(text_at(payload, "comment", "body"), dialect):
        return Ignored("no_command")
    return _edited(payload) if action == "edited" else _written(payload, deleted=action == "deleted")


def _written(payload: Json, *, deleted: bool) -> Heard | Ignored:
    event = validated(_Commented, payload)
    if isinstance(event, Ignored):
        return event
    message = event.comment.message()
    if deleted:
        return Deleted(thread=event.thread(), sender=event.sender.person(), message=message)
    return Spoke(thread=event.thread(), sender=event.sender.person(), message=message, body=event.comment.body)


def _edited(payload: Json) -> Heard | Ignored:
    event = validated(_CommentEdited, payload)
    if isinstance(event, Ignored):
        return event
    before, comment = event.changes.body_before, event.comment
    if before is None or comment.user is None:
        return Ignored("no_command")
    return Edited(
        thread=event.thread(),
        sender=event.sender.person(),
        message=comment.message(),
        body=comment.body,
        before=before,
        author=comment.user.person(),
    )
