"""What a GitHub endpoint refuses, and the record of calls that no correct client would make.

A refusal becomes GitHub's error answer. A violation (unknown path, parameter or field, wrong type) is also written
down, so that a test can assert that there was none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Violation:
    method: str
    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.reason}"


@dataclass
class Refusal(Exception):
    """An error answer. `violation` says what a correct client would not have done."""

    status: int
    message: str
    errors: list[Any] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    violation: str | None = None
    url: str | None = None
    documentation: str = DOCUMENTATION

    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = {"message": self.message}
        if self.url:
            found["url"] = self.url
        if self.errors:
            found["errors"] = self.errors
        return found | {"documentation_url": self.documentation, "status": str(self.status)}


NOT_FOUND = "Not Found"
NOT_ACCESSIBLE = "Resource not accessible by integration"


def not_found(violation: str | None = None) -> Refusal:
    return Refusal(404, NOT_FOUND, violation=violation)


def forbidden() -> Refusal:
    return Refusal(403, NOT_ACCESSIBLE)


def moved(url: str, *, method: str) -> Refusal:
    """What was here is there now: 301 for reading, 307 for all else, so that the body is sent again."""
    status = 301 if method in ("GET", "HEAD") else 307
    return Refusal(status, "Moved Permanently", headers={"Location": url}, url=url)


def invalid(resource: str, code: str, **more: str) -> Refusal:
    """GitHub's 422 with one error of its own shape."""
    return Refusal(422, "Validation Failed", [{"resource": resource, "code": code, **more}])


class Strict(BaseModel):
    """A query or a body: any field that is not named is refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Strict):
    """For endpoints that take no query, or no body."""


class Page(Strict):
    per_page: int = Field(default=30, ge=1, le=100)
    page: int = Field(default=1, ge=1)


def read[T: Strict](model: type[T], given: object, where: str) -> T:
    """The parsed query or body; a refusal that names every wrong field otherwise."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        found = [f"{'.'.join(map(str, one['loc'])) or where}: {one['msg']}" for one in wrong.errors()]
        reason = f"{where} refused: {'; '.join(found)}"
        raise Refusal(422, "Invalid request.\n\n" + "\n".join(found), violation=reason) from None
