"""Writes a conversation as entries of a transcript that the CLI resumes, under a name and in a folder of our choice.

Pure; the same in, the same out. Only what the CLI needs to find its way: a chain of parents, roles, blocks. The old
workspace's path is replaced by the new one's, for the pod that goes on may have another.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from runner.conversation.messages import Said

Entry = dict[str, Any]

MOMENT = "2000-01-01T00:00:00.000Z"
"""Entries carry a time; nobody reads it, and a fixed one keeps the same conversation the same."""


@dataclass(frozen=True)
class Home:
    """Where the conversation is gone on with."""

    session_id: str
    """The SDK's name of the conversation, a UUID."""
    folder: str
    """The agent's working directory."""
    model: str


def entries(messages: Sequence[Said], home: Home) -> list[Entry]:
    """One entry a message, each the child of the one before."""
    made: list[Entry] = []
    parent: str | None = None
    for number, said in enumerate(messages):
        name = str(uuid5(UUID(home.session_id), f"{number} {_digestible(said)}"))
        made.append(_entry(said, home, (name, parent)))
        parent = name
    return made


def _entry(said: Said, home: Home, names: tuple[str, str | None]) -> Entry:
    name, parent = names
    message: Entry = {"role": said.role, "content": list(said.blocks)}
    if said.role == "assistant":
        message |= {"id": f"msg_{name}", "type": "message", "model": home.model}
    return {
        "parentUuid": parent,
        "isSidechain": False,
        "type": said.role,
        "message": message,
        "uuid": name,
        "timestamp": MOMENT,
        "userType": "external",
        "cwd": home.folder,
        "sessionId": home.session_id,
    }


def _digestible(said: Said) -> str:
    return json.dumps([said.role, said.blocks], sort_keys=True)


def moved(messages: Sequence[Said], *, old: str, new: str) -> tuple[Said, ...]:
    """The conversation with the old workspace's path replaced by the new one's, wherever it stands."""
    if old == new or old.count("/") < 2 or len(old) < 6:
        return tuple(messages)
    return tuple(Said(said.role, tuple(_replaced(block, old, new) for block in said.blocks)) for said in messages)


def _replaced(value: Any, old: str, new: str) -> Any:
    match value:
        case str():
            return value.replace(old, new)
        case dict():
            return {key: _replaced(one, old, new) for key, one in value.items()}
        case list():
            return [_replaced(one, old, new) for one in value]
    return value


def folder_of(raw: Sequence[object]) -> str:
    """The working directory that the transcript was made in, as it claims; empty where it says none."""
    found = (entry.get("cwd") for entry in raw if isinstance(entry, dict))
    return next((cwd for cwd in found if isinstance(cwd, str) and cwd.startswith("/") and len(cwd) < 1000), "")
