"""What a Slack method refuses, and the record of calls that no correct client would make.

A refusal becomes `{"ok": false, "error": …}` at HTTP 200, as Slack does it. A violation (unknown method or argument,
broken blocks, calling on in spite of a rate limit, a late acknowledgement) is also written down for the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


@dataclass(frozen=True)
class Violation:
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass
class Refusal(Exception):
    """An error answer. `violation` says what a correct client would not have done."""

    error: str
    more: Mapping[str, Any] = field(default_factory=dict)
    violation: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {"ok": False, "error": self.error, **self.more}


class Strict(BaseModel):
    """Arguments of a method, or an object of Block Kit: any field that is not named is refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Strict):
    """For methods without arguments."""


def read[T: Strict](model: type[T], given: object) -> T:
    """The parsed arguments; a refusal that names every wrong one otherwise."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        found = [f"[ERROR] {one['msg']} [json-pointer:{pointer(one['loc'])}]" for one in wrong.errors()]
        missing = [str(one["loc"][0]) for one in wrong.errors() if one["type"] == "missing"]
        error = "channel_not_found" if missing == ["channel"] else "invalid_arguments"
        raise Refusal(error, {"response_metadata": {"messages": found}}, violation="; ".join(found)) from None


def pointer(location: tuple[int | str, ...]) -> str:
    return "".join(f"/{part}" for part in location)
