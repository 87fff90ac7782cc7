"""The errors of the API, written as Kubernetes writes them: code, `reason`, message and details.

Every module here raises `ApiError` for what the caller did wrong; `app` turns it into a Status body.
Wording is copied from apimachinery's `errors` and `field` packages, because clients match on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Named(Protocol):
    """What an error message needs to know of a resource."""

    @property
    def group(self) -> str: ...
    @property
    def plural(self) -> str: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FieldError:
    """One cause of an Invalid answer; `detail` is the whole text after the field's path."""

    path: str
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


class ApiError(Exception):
    """A refusal with its HTTP code and Kubernetes' one-word reason."""

    def __init__(self, code: int, reason: str, message: str, *, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = dict(details or {})

    def status(self) -> dict[str, Any]:
        """The Status object that goes over the wire."""
        body: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        body["message"] = self.message
        if self.reason:
            body["reason"] = self.reason
        if self.details:
            body["details"] = self.details
        body["code"] = self.code
        return body


def qualified(group: str, name: str) -> str:
    """`jobs` of group `batch` reads `jobs.batch`; the core group adds nothing."""
    return f"{name}.{group}" if group else name


def _details(resource: Named, name: str) -> dict[str, Any]:
    parts = {"name": name, "group": resource.group, "kind": resource.plural}
    return {key: value for key, value in parts.items() if value}


def not_found(resource: Named, name: str) -> ApiError:
    what = qualified(resource.group, resource.plural)
    return ApiError(404, "NotFound", f'{what} "{name}" not found', details=_details(resource, name))


def no_such_resource() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource", details={})


def already_exists(resource: Named, name: str) -> ApiError:
    what = qualified(resource.group, resource.plural)
    return ApiError(409, "AlreadyExists", f'{what} "{name}" already exists', details=_details(resource, name))


def conflict(resource: Named, name: str, why: str) -> ApiError:
    what = qualified(resource.group, resource.plural)
    message = f'Operation cannot be fulfilled on {what} "{name}": {why}'
    return ApiError(409, "Conflict", message, details=_details(resource, name))


def modified(resource: Named, name: str) -> ApiError:
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(resource, name, why)


def apply_conflict(causes: Sequence[tuple[str, str]]) -> ApiError:
    """Server-side apply met fields of other managers: (manager, field path) pairs."""
    managers = sorted({manager for manager, _ in causes})
    by_manager = {m: sorted(path for who, path in causes if who == m) for m in managers}
    if len(causes) == 1:
        text = f"conflict with {managers[0]}: {causes[0][1]}"
    else:
        lines = [f"conflicts with {m}:\n" + "\n".join(f"- {p}" for p in paths) for m, paths in by_manager.items()]
        text = "\n".join(lines)
    plural = "conflict" if len(causes) == 1 else "conflicts"
    details = [{"reason": "FieldManagerConflict", "message": f"conflict with {m}", "field": p} for m, p in causes]
    message = f"Apply failed with {len(causes)} {plural}: {text}"
    return ApiError(409, "Conflict", message, details={"causes": details})


def invalid(resource: Named, name: str, errors: Iterable[FieldError]) -> ApiError:
    listed = sorted(set(errors), key=lambda error: error.path)
    what = qualified(resource.group, resource.kind)
    text = str(listed[0]) if len(listed) == 1 else "[" + ", ".join(str(error) for error in listed) + "]"
    details: dict[str, Any] = {"name": name, "group": resource.group, "kind": resource.kind}
    details["causes"] = [{"reason": e.reason, "message": e.detail, "field": e.path} for e in listed]
    details = {key: value for key, value in details.items() if value}
    return ApiError(422, "Invalid", f'{what} "{name}" is invalid: {text}', details=details)


def forbidden(resource: Named, name: str, why: str) -> ApiError:
    what = qualified(resource.group, resource.plural)
    subject = f'{what} "{name}"' if name else what
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {why}", details=_details(resource, name))


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def method_not_allowed(resource: Named | None = None) -> ApiError:
    details = {} if resource is None else {k: v for k, v in _details(resource, "").items() if v}
    message = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", message, details=details)


def unsupported_media_type(accepted: Iterable[str]) -> ApiError:
    known = ", ".join(accepted)
    message = f"the body of the request was in an unknown format - accepted media types include: {known}"
    return ApiError(415, "UnsupportedMediaType", message)


def unsupported(message: str) -> ApiError:
    """415 for what this server refuses to approximate; the message says what that was."""
    return ApiError(415, "UnsupportedMediaType", message)


def not_acceptable(accepted: Iterable[str]) -> ApiError:
    known = ", ".join(accepted)
    return ApiError(406, "NotAcceptable", f"only the following media types are accepted: {known}")


def too_large(limit: int) -> ApiError:
    return ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def future_version(asked: int, current: int) -> ApiError:
    details = {"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]}
    details["retryAfterSeconds"] = 1  # type: ignore[assignment]
    return ApiError(504, "Timeout", f"Too large resource version: {asked}, current: {current}", details=details)


def internal(message: str) -> ApiError:
    details = {"causes": [{"message": message}]}
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", details=details)


def required(path: str, detail: str = "") -> FieldError:
    return FieldError(path, "FieldValueRequired", f"Required value: {detail}" if detail else "Required value")


def invalid_value(path: str, value: Any, detail: str) -> FieldError:
    return FieldError(path, "FieldValueInvalid", f"Invalid value: {shown(value)}: {detail}")


def field_forbidden(path: str, detail: str) -> FieldError:
    return FieldError(path, "FieldValueForbidden", f"Forbidden: {detail}")


def not_supported(path: str, value: Any, supported: Iterable[Any]) -> FieldError:
    known = ", ".join(shown(item) for item in supported)
    detail = f"Unsupported value: {shown(value)}: supported values: {known}"
    return FieldError(path, "FieldValueNotSupported", detail)


def shown(value: Any) -> str:
    """A value as Go's `field` errors print it: strings quoted, the rest as JSON."""
    import orjson

    return orjson.dumps(value).decode()
