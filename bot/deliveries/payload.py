"""The parts that GitHub's payloads share: small models that ignore the rest, and their way into the decisions' words.

A payload of another shape is a reason to ignore it, never an exception.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.deliveries.heard import Ignored
from handlers.events import Opening, Person, Thread

Json = dict[str, Any]


class Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class User(Payload):
    login: str
    id: int
    type: str = "User"

    def person(self) -> Person:
        """The user in the decisions' words."""
        return Person(self.login, self.id, self.type)


class Repository(Payload):
    id: int
    full_name: str
    private: bool


class Installation(Payload):
    id: int


class Label(Payload):
    name: str


class Issue(Payload):
    number: int
    title: str
    html_url: str
    created_at: str
    updated_at: str
    user: User | None = None
    body: str | None = None
    labels: tuple[Label, ...] = ()
    pull_request: Json | None = None

    def opening(self) -> Opening:
        """How the issue was opened."""
        return Opening(
            author=self.user.person() if self.user else None,
            body=self.body or "",
            labels=tuple(label.name for label in self.labels),
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


class From(Payload):
    from_: str | None = None

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=lambda name: name.rstrip("_"))


class Changes(Payload):
    body: From | None = None

    @property
    def body_before(self) -> str | None:
        """What a text said before it was edited; None where it was not the text that changed."""
        return None if self.body is None else self.body.from_ or ""


class Event(Payload):
    """What every payload about a thread has; a pull request's is brought into the shape of an issue's."""

    sender: User
    repository: Repository
    installation: Installation
    issue: Issue

    def thread(self) -> Thread:
        """The thread that it happened in."""
        return Thread(
            repository=self.repository.full_name,
            repository_id=self.repository.id,
            number=self.issue.number,
            installation=self.installation.id,
            title=self.issue.title,
            url=self.issue.html_url,
            private=self.repository.private,
            pull_request=self.issue.pull_request is not None,
            body=self.issue.body or "",
        )


def as_issue(payload: Json) -> Json:
    """The payload with its pull request where an issue would stand."""
    pull = payload.get("pull_request")
    return payload | {"issue": {**pull, "pull_request": {}}} if isinstance(pull, dict) else payload


def text_at(payload: Json, *path: str) -> str:
    """The text at this place of the payload, or nothing: the cheap look before a model is made."""
    found: Any = payload
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def validated[E: Payload](model: type[E], payload: Json) -> E | Ignored:
    """The payload as this model."""
    try:
        return model.model_validate(payload)
    except ValidationError:
        # An App's webhook without an installation (a repository's own webhook, say) ends here too.
        return Ignored("incomplete_payload")
