"""One request, taken apart: which object, which verb, which options. Pure; `app` builds it, all handlers read it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from bot.embedded.api.rbac import Attributes
from bot.embedded.api.status_errors import FieldError, bad_request
from bot.embedded.api.tokens import NOBODY, User

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
NAMESPACE_PARTS = frozenset(("status", "finalize"))


@dataclass(frozen=True, slots=True)
class Target:
    """The resource that a path names."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


@dataclass(slots=True)
class ApiRequest:
    """A request with its body read and its caller known."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[bytes, bytes]
    body: bytes = b""
    user: User = NOBODY
    target: Target | None = None
    warnings: list[str] = field(default_factory=list)

    def parameter(self, name: str) -> str:
        return self.query.get(name, [""])[-1]

    def flag(self, name: str) -> bool:
        return self.parameter(name).lower() in ("true", "1")

    def number(self, name: str) -> int | None:
        text = self.parameter(name)
        if not text:
            return None
        try:
            return int(text)
        except ValueError as error:
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def watches(self) -> bool:
        return self.flag("watch") or self.query.get("watch") == [""]

    @property
    def verb(self) -> str:
        """The verb that RBAC knows this request by."""
        if self.target is None:
            return self.method.lower()
        if self.method in ("GET", "HEAD"):
            if self.target.name:
                return "get"
            return "watch" if self.watches else "list"
        if self.method == "DELETE":
            return "delete" if self.target.name else "deletecollection"
        return VERBS.get(self.method, self.method.lower())

    def attributes(self) -> Attributes:
        target = self.target
        if target is None:
            return Attributes(self.verb, path=self.path)
        return Attributes(self.verb, target.group, target.plural, target.subresource, target.namespace, target.name)


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The query parameters of a write."""

    dry_run: bool = False
    manager: str = ""
    validation: str = "Warn"
    force: bool = False
    user: User = NOBODY


def write_options(request: ApiRequest) -> WriteOptions:
    dry_run = request.query.get("dryRun", [])
    if any(value not in ("All", "") for value in dry_run):
        detail = f'Unsupported value: "{dry_run[-1]}": supported values: "All"'
        raise _invalid_option(request, FieldError("dryRun", "FieldValueNotSupported", detail))
    validation = request.parameter("fieldValidation") or "Warn"
    if validation not in ("Ignore", "Strict", "Warn"):
        detail = f'Unsupported value: "{validation}": supported values: "", "Ignore", "Strict", "Warn"'
        raise _invalid_option(request, FieldError("fieldValidation", "FieldValueNotSupported", detail))
    manager = request.parameter("fieldManager")
    if len(manager) > 128:
        raise bad_request("fieldManager: Too long: may not be more than 128 bytes")
    default = request.header(b"user-agent").split("/")[0][:128] or "unknown"
    return WriteOptions("All" in dry_run, manager or default, validation, request.flag("force"), request.user)


def _invalid_option(request: ApiRequest, error: FieldError) -> Exception:
    from bot.embedded.api.status_errors import ApiError

    kind = {"POST": "CreateOptions", "PATCH": "PatchOptions", "DELETE": "DeleteOptions"}
    named = kind.get(request.method, "UpdateOptions")
    causes: list[dict[str, Any]] = [{"reason": error.reason, "message": error.detail, "field": error.path}]
    details = {"group": "meta.k8s.io", "kind": named, "causes": causes}
    return ApiError(422, "Invalid", f'{named}.meta.k8s.io "" is invalid: {error}', details=details)


def parse_target(path: str) -> Target | None:
    """The resource behind a path; None where the path is not a resource's."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) >= 3:
        return _resource("", parts[1], parts[2:])
    if parts[0] == "apis" and len(parts) >= 4:
        return _resource(parts[1], parts[2], parts[3:])
    return None


def _resource(group: str, version: str, rest: list[str]) -> Target | None:
    if not all(rest) or len(rest) > 5:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) >= 3 and not (len(rest) == 3 and rest[2] in NAMESPACE_PARTS):
        namespace, rest = rest[1], rest[2:]
    elif rest[0] == "namespaces" and len(rest) >= 2 and not group:
        namespace = rest[1]
    if len(rest) > 3:
        return None
    name, subresource = [*rest, "", ""][1:3]
    return Target(group, version, rest[0], namespace, name, subresource)


def parse_query(raw: bytes) -> dict[str, list[str]]:
    return parse_qs(raw.decode("latin-1"), keep_blank_values=True) if raw else {}
