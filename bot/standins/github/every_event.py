"""Every event with every action that GitHub can send, as payloads to GitHub's own schema.

Tests throw these at the bot's door. The shapes are taken from githubkit's webhook models, which are generated from
GitHub's description; who, where and for which installation are the stand-in's real ones, about the issue of `number`.
"""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union

from pydantic import AnyUrl, BaseModel
from pydantic.fields import FieldInfo

from bot.standins.github.schema import people, repositories
from bot.standins.github.site import Site, timestamp
from bot.standins.github.world import Installation, Repository, User

Json = dict[str, Any]
DEEPEST = 6
"""Below this many levels only what the schema requires is filled in: optional parts may hold themselves."""
TEXTS = {"body", "title", "description", "message", "comment", "text", "content", "note", "summary"}
LOGIN = "grace"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where everything happens. `text` stands wherever people write; `full` fills in what the schema lets out."""

    site: Site
    repository: Repository
    installation: Installation
    sender: User
    number: int = 1
    text: str = "Some words."
    full: bool = False


@dataclass(frozen=True)
class Event:
    name: str
    action: str | None
    payload: Json

    def __str__(self) -> str:
        return f"{self.name}.{self.action}" if self.action else self.name


def every_event(scene: Scene) -> Iterator[Event]:
    """All of them, by name and action. An action that comes in several shapes is there once for each."""
    # Imported here: making a thousand models takes some seconds, and whoever only knows of events needs none of them.
    from githubkit_schemas.latest.webhooks import webhook_action_types

    for name, known in sorted(webhook_action_types.items()):
        by_action: Mapping[str | None, Any] = known if isinstance(known, dict) else {None: known}
        for action, kind in by_action.items():
            for shape in _shapes(kind):
                payload = _Filling(scene).model(shape, 0)
                yield Event(name, payload.get("action", action), {**payload, **_facts(scene, name, shape)})


def _shapes(kind: Any) -> list[type[BaseModel]]:
    """The models of a type: itself, or the members of a union."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [shape for member in typing.get_args(kind) for shape in _shapes(member)]


def _facts(scene: Scene, name: str, shape: type[BaseModel]) -> Json:
    """The real parts, where the event has them at all. Only the events about installations carry them whole."""
    owner, installation = scene.repository.owner, people.installation(scene.site, scene.installation)
    if name not in ("installation", "installation_repositories"):
        installation = {"id": scene.installation.id, "node_id": f"MDIzO{scene.installation.id}"}
    facts: Json = {
        "repository": repositories.full_repository(scene.site, scene.repository),
        "sender": people.user(scene.site, scene.sender),
        "installation": installation,
    }
    if owner.type == "Organization":
        facts["organization"] = people.organization(scene.site, owner)
    names = {field.alias or name for name, field in shape.model_fields.items()}
    return {name: value for name, value in facts.items() if name in names}


class _Filling:
    """One payload being filled in: a value for each field, by what its type allows and its name suggests."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def model(self, kind: type[BaseModel], depth: int) -> Json:
        found = {}
        for name, field in kind.model_fields.items():
            if field.is_required() or (self._scene.full and depth < DEEPEST):
                found[field.alias or name] = self._field(field.alias or name, field, depth)
        return found

    def _field(self, name: str, field: FieldInfo, depth: int) -> Any:
        return self._value(name, field.annotation, depth)

    def _value(self, name: str, kind: Any, depth: int) -> Any:
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            return self._value(name, typing.get_args(kind)[0], depth)
        if origin is Literal:
            return next(one for one in typing.get_args(kind) if isinstance(one, str | int | bool | None))
        if origin in (Union, types.UnionType):
            return self._value(name, self._member(kind), depth)
        if origin is list:
            return [self._value(name, typing.get_args(kind)[0], depth + 1)]
        if origin is dict:
            return {}
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self.model(kind, depth + 1)
        return self._plain(name, kind)

    def _member(self, kind: Any) -> Any:
        """The first member that is a value at all; null only where there is nothing else."""
        members = [one for one in typing.get_args(kind) if "UNSET" not in repr(one) and one is not type(None)]
        return members[0] if members else type(None)

    def _plain(self, name: str, kind: Any) -> Any:
        scene = self._scene
        if kind is type(None):
            return None
        if kind is bool:
            return False
        if kind is int:
            return scene.number if name == "number" else 1
        if kind is float:
            return 1.0
        if kind is datetime.datetime:
            return timestamp(scene.site.world.now())
        if kind is datetime.date:
            return scene.site.world.now().date().isoformat()
        if kind is AnyUrl or name == "url" or name.endswith("_url"):
            return f"{scene.site.url}/{scene.repository.full_name}/{name}"
        if kind is str:
            return self._string(name)
        return {}

    def _string(self, name: str) -> str:
        if name in TEXTS:
            return self._scene.text
        if name == "login":
            return LOGIN
        if "sha" in name or name.endswith("_oid") or name in ("before", "after", "head_id"):
            return "0" * 40
        if name.endswith("_at") or name in ("date", "timestamp"):
            return timestamp(self._scene.site.world.now())
        return {"ref": "refs/heads/topic", "full_name": self._scene.repository.full_name}.get(name, name)
