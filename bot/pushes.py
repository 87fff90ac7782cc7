"""`push`: commits that came to a branch. Called by bot/deliveries.py for the door and for the worker.

Kept is only what adds or changes a specification, or may do so without saying so: GitHub cuts long lists.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers.events import Person, Thread
from handlers.spec.paths import is_spec

BRANCHES = "refs/heads/"
OUR_BRANCHES = "refs/heads/vteam/"
MOST_COMMITS = 2048
"""Commits that GitHub puts into one payload."""
MOST_FILES = 3000
"""Changed files that GitHub names for one commit."""


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
    html_url: str
    default_branch: str


class _Installation(_Payload):
    id: int


class _Push(_Payload):
    ref: str
    before: str
    after: str
    sender: _User
    repository: _Repository
    installation: _Installation


@dataclass(frozen=True)
class Pushed:
    """A push that changes specifications, or may."""

    thread: Thread
    """Of the repository; it has no number."""
    sender: Person
    branch: str
    before: str
    """What the branch stood at; all zeros where it is new."""
    after: str
    web_url: str
    default_branch: str
    paths: tuple[str, ...]
    """Specifications that its commits add or change."""
    cut: bool
    """Whether the payload may not name them all."""


def push(payload: dict[str, Any]) -> Pushed | str:
    """The push, or the one word for why it asks for nothing."""
    ref, commits = payload.get("ref"), _commits(payload)
    if not isinstance(ref, str) or not ref.startswith(BRANCHES) or payload.get("deleted") or not commits:
        return "no_spec"
    if _is_our_own(payload):
        return "our_own_push"
    paths = tuple(sorted({path for commit in commits for path in _changed(commit) if is_spec(path)}))
    cut = len(commits) >= MOST_COMMITS or any(len(_touched(commit)) >= MOST_FILES for commit in commits)
    if not paths and not cut:
        return "no_spec"
    try:
        event = _Push.model_validate(payload)
    except ValidationError:
        return "incomplete_payload"
    return _pushed(event, paths, cut=cut)


def _pushed(event: _Push, paths: tuple[str, ...], *, cut: bool) -> Pushed:
    repository = event.repository
    return Pushed(
        thread=Thread(
            repository=repository.full_name,
            repository_id=repository.id,
            number=0,
            installation=event.installation.id,
            private=repository.private,
        ),
        sender=Person(event.sender.login, event.sender.id, event.sender.type),
        branch=event.ref.removeprefix(BRANCHES),
        before=event.before,
        after=event.after,
        web_url=repository.html_url,
        default_branch=repository.default_branch,
        paths=paths,
        cut=cut,
    )


def _is_our_own(payload: dict[str, Any]) -> bool:
    """Whether it is one of the bot's: it pushes to no other branches, and no person needs to be told from it there."""
    sender = payload.get("sender")
    return isinstance(sender, dict) and sender.get("type") == "Bot" and payload["ref"].startswith(OUR_BRANCHES)


def _commits(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [commit for commit in _named(payload, "commits") if isinstance(commit, dict)]


def _changed(commit: dict[str, Any]) -> list[str]:
    return [path for path in _named(commit, "added") + _named(commit, "modified") if isinstance(path, str)]


def _touched(commit: dict[str, Any]) -> list[Any]:
    return _named(commit, "added") + _named(commit, "modified") + _named(commit, "removed")


def _named(thing: dict[str, Any], name: str) -> list[Any]:
    named = thing.get(name)
    return named if isinstance(named, list) else []
