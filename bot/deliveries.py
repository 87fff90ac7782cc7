"""GitHub's payloads → what was heard in them. Called by the door (is it worth keeping?) and by the worker.

Reads the few fields that are needed into small models that ignore the rest: a payload of another shape is a reason to
ignore it, never an exception.
"""

from dataclasses import dataclass
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.pushes import Pushed, push
from handlers.command import may_hold_command
from handlers.events import Person, Thread
from handlers.issue_labelled import LABELS


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _User(_Payload):
    login: str
    id: int
    type: str = "User"


class _Repository(_Payload):
    id: int
    full_name: str
    private: bool


class _Installation(_Payload):
    id: int


class _Issue(_Payload):
    number: int
    title: str
    html_url: str
    updated_at: str
    body: str | None = None
    pull_request: dict[str, Any] | None = None


class _Comment(_Payload):
    id: int
    body: str
    html_url: str


class _Label(_Payload):
    name: str


class _Event(_Payload):
    sender: _User
    repository: _Repository
    installation: _Installation


class CommentCreated(_Event):
    """`issue_comment` with action `created`."""

    action: Literal["created"]
    issue: _Issue
    comment: _Comment


class Labelled(_Event):
    """`issues` or `pull_request` with action `labeled`."""

    action: Literal["labeled"]
    issue: _Issue
    label: _Label


Heard = CommentCreated | Labelled | Pushed


@dataclass(frozen=True)
class Ignored:
    """A delivery that asks for nothing; the reason is one constant word for the counter."""

    reason: str


class NotJson(ValueError):
    """The body is not a JSON object."""


def read(event: str, body: bytes) -> Heard | Ignored:
    """What a delivery says. Raises NotJson."""
    payload = _json(body)
    match event:
        case "ping":
            return Ignored("ping")
        case "issue_comment":
            return _comment(payload)
        case "issues" | "pull_request":
            return _labelled(payload)
        case "push":
            pushed = push(payload)
            return Ignored(pushed) if isinstance(pushed, str) else pushed
        case _:
            return Ignored("unknown_event")


def _json(body: bytes) -> dict[str, Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(str(error)) from None
    if not isinstance(payload, dict):
        raise NotJson("not a JSON object")
    return payload


def _comment(payload: dict[str, Any]) -> Heard | Ignored:
    if payload.get("action") != "created":
        return Ignored("unknown_action")
    comment = payload.get("comment")
    text = comment.get("body") if isinstance(comment, dict) else None
    if not isinstance(text, str) or not may_hold_command(text):
        return Ignored("no_command")
    return _validated(CommentCreated, payload)


def _labelled(payload: dict[str, Any]) -> Heard | Ignored:
    if payload.get("action") != "labeled":
        return Ignored("unknown_action")
    label = payload.get("label")
    if not isinstance(label, dict) or label.get("name") not in LABELS:
        return Ignored("other_label")
    pull = payload.get("pull_request")
    subject = {**pull, "pull_request": {}} if isinstance(pull, dict) else payload.get("issue")
    return _validated(Labelled, payload | {"issue": subject})


def _validated(model: type[CommentCreated] | type[Labelled], payload: dict[str, Any]) -> Heard | Ignored:
    try:
        return model.model_validate(payload)
    except ValidationError:
        # An App's webhook without an installation (a repository's own webhook, say) ends here too.
        return Ignored("incomplete_payload")


def thread(heard: Heard) -> Thread:
    """The thread that was spoken in; that of a push has no number."""
    if isinstance(heard, Pushed):
        return heard.thread
    return Thread(
        repository=heard.repository.full_name,
        repository_id=heard.repository.id,
        number=heard.issue.number,
        installation=heard.installation.id,
        title=heard.issue.title,
        url=heard.issue.html_url,
        private=heard.repository.private,
        pull_request=heard.issue.pull_request is not None,
    )


def sender(heard: Heard) -> Person:
    """Who acted."""
    if isinstance(heard, Pushed):
        return heard.sender
    return Person(heard.sender.login, heard.sender.id, heard.sender.type)
