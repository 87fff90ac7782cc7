"""`issues` and `pull_request`: opened, edited, labelled, assigned, closed, moved. Called by `read`.

What a new issue says is a text that may hold commands like any comment.
"""

from bot.deliveries.heard import Assigned, Closed, Edited, Heard, Ignored, Labelled, Moved, Spoke
from bot.deliveries.payload import (
    Changes,
    Event,
    Issue,
    Json,
    Label,
    Payload,
    Repository,
    User,
    as_issue,
    text_at,
    validated,
)
from handlers.command import Dialect, may_hold_command
from handlers.events import Message, Thread
from handlers.references import reverted


class _Edited(Event):
    changes: Changes


class _Labelled(Event):
    label: Label


class _Assigned(Event):
    assignee: User


class _Destination(Payload):
    new_issue: Issue
    new_repository: Repository


class _Moved(Event):
    changes: _Destination


def issue(payload: Json, dialect: Dialect) -> Heard | Ignored:
    """What an event of an issue or a pull request says."""
    asked = as_issue(payload)
    match payload.get("action"):
        case "opened":
            return _opened(asked, dialect)
        case "edited":
            return _edited(asked, dialect)
        case "labeled":
            return _labelled(asked)
        case "assigned":
            return _assigned(asked)
        case "closed":
            return _closed(asked)
        case "transferred":
            return _moved(asked)
        case _:
            return Ignored("unknown_action")


def _opened(payload: Json, dialect: Dialect) -> Heard | Ignored:
    if not may_hold_command(text_at(payload, "issue", "body"), dialect):
        return Ignored("no_command")
    event = validated(Event, payload)
    if isinstance(event, Ignored):
        return event
    return Spoke(
        thread=event.thread(),
        sender=event.sender.person(),
        message=_body_of(event.issue),
        body=event.issue.body or "",
        labels=event.issue.opening().labels,
    )


def _body_of(issue: Issue) -> Message:
    return Message("body", issue.number, issue.html_url, issue.created_at, issue.updated_at, text=issue.body or "")


def _edited(payload: Json, dialect: Dialect) -> Heard | Ignored:
    if not may_hold_command(text_at(payload, "issue", "body"), dialect):
        return Ignored("no_command")
    event = validated(_Edited, payload)
    if isinstance(event, Ignored):
        return event
    before, author = event.changes.body_before, event.issue.user
    if before is None or author is None:
        return Ignored("no_command")
    return Edited(
        thread=event.thread(),
        sender=event.sender.person(),
        message=_body_of(event.issue),
        body=event.issue.body or "",
        before=before,
        author=author.person(),
    )


def _labelled(payload: Json) -> Heard | Ignored:
    # Which labels ask for something stands in ProjectSettings, where the door does not look.
    event = validated(_Labelled, payload)
    if isinstance(event, Ignored):
        return event
    return Labelled(
        thread=event.thread(), sender=event.sender.person(), label=event.label.name, opening=event.issue.opening()
    )


def _assigned(payload: Json) -> Heard | Ignored:
    if text_at(payload, "assignee", "type") != "Bot":
        return Ignored("other_assignee")
    event = validated(_Assigned, payload)
    if isinstance(event, Ignored):
        return event
    return Assigned(
        thread=event.thread(),
        sender=event.sender.person(),
        assignee=event.assignee.person(),
        opening=event.issue.opening(),
    )


def _closed(payload: Json) -> Heard | Ignored:
    event = validated(Event, payload)
    if isinstance(event, Ignored):
        return event
    pull, thread = payload.get("pull_request"), event.thread()
    merged = isinstance(pull, dict) and bool(pull.get("merged"))
    return Closed(
        thread=thread,
        sender=event.sender.person(),
        merged=merged,
        reverts=reverted(event.issue.body or "", thread.repository) if merged else 0,
    )


def _moved(payload: Json) -> Heard | Ignored:
    event = validated(_Moved, payload)
    if isinstance(event, Ignored):
        return event
    issue, repository = event.changes.new_issue, event.changes.new_repository
    # The installation of the new place is not told; it is looked up where it is needed.
    there = Thread(repository.full_name, repository.id, issue.number, 0, issue.title, issue.html_url)
    return Moved(thread=event.thread(), sender=event.sender.person(), to=there)
