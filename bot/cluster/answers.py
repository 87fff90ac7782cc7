"""What an API server's answer means: a body, a refusal in its own words, or `Later`. Pure; the client calls it.

A refusal (4xx) will not change by waiting and names its reason; 429, 5xx and lost connections become `Later`.
"""

import contextlib
from collections.abc import Mapping

import orjson

from bot.cluster.resources import Json
from bot.errors import Later


class Refused(Exception):
    """The server refused: `code` is HTTP's, `reason` is Kubernetes' (NotFound, Invalid, …), `str()` is its message."""

    def __init__(self, status: Json) -> None:
        super().__init__(str(status.get("message") or status.get("reason") or "refused without a message"))
        self.status = status
        self.code = int(status.get("code") or 0)
        self.reason = str(status.get("reason") or "")


class Unauthorized(Refused):
    """401: the credential is unknown or expired."""


class Forbidden(Refused):
    """403: known, but not allowed; also what a namespace that is ending answers to a create."""


class NotFound(Refused):
    """404: no such object, or no such kind."""


class AlreadyExists(Refused):
    """409 to a create: the name is taken."""


class Conflict(Refused):
    """409 to anything else: the object has changed, or is another one than the precondition named."""


class Expired(Refused):
    """410: the resourceVersion or continue token is older than the server's memory; list again."""


class Invalid(Refused):
    """400, 405, 413, 415 or 422: the request or the object in it breaks a rule, which the message names."""


_BY_CODE: Mapping[int, type[Refused]] = {401: Unauthorized, 403: Forbidden, 404: NotFound, 410: Expired}


def refusal(status: Json) -> Refused:
    """The exception for a Kubernetes Status object that says Failure."""
    code = int(status.get("code") or 0)
    if code == 409:
        return AlreadyExists(status) if status.get("reason") == "AlreadyExists" else Conflict(status)
    return _BY_CODE.get(code, Invalid)(status)


def body_of(code: int, headers: Mapping[str, str], content: bytes) -> Json:
    """The JSON of a good answer; raises the `Refused` or `Later` that a bad one stands for."""
    if 200 <= code < 300:
        return _json(content)
    status = _status(code, content)
    if code == 429 or code >= 500:
        raise Later(f"the Kubernetes API answers {code}: {status['message']}", after=_retry_after(headers))
    raise refusal(status)


def _json(content: bytes) -> Json:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as garbled:
        raise Later("the Kubernetes API sent something that is not JSON") from garbled
    if not isinstance(body, dict):
        raise Later("the Kubernetes API sent something that is not an object")
    return body


def _status(code: int, content: bytes) -> Json:
    # A proxy in between answers in HTML, some paths in plain text; both still get a Status.
    text = content[:500].decode("utf-8", "replace").strip()
    status: Json = {"kind": "Status", "code": code, "reason": "", "message": text or f"HTTP {code} without a body"}
    with contextlib.suppress(orjson.JSONDecodeError):
        found = orjson.loads(content)
        if isinstance(found, dict) and found.get("kind") == "Status":
            status |= {**found, "code": code, "message": found.get("message") or status["message"]}
    return status


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds, from Retry-After; kept between one second and a minute so that no server can park us."""
    try:
        return min(60.0, max(1.0, float(headers.get("Retry-After", "1"))))
    except ValueError:
        return 1.0
