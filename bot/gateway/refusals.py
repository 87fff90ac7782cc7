"""How the gateway says no, in the shape and with the status codes of the Messages API, so that its clients understand.

The Claude Code CLI stops at 402 and 403, and tries again at 429, 529 and 5xx: which of them is chosen decides whether
a session waits or ends. Nothing here ever holds a key.
"""

from dataclasses import dataclass, field

import orjson
from fastapi import Response


@dataclass(eq=False)
class Refusal(Exception):
    """One error answer; `reason` is the metric's label, `message` a sentence for whoever reads the transcript."""

    status: int
    type: str
    message: str
    reason: str
    headers: dict[str, str] = field(default_factory=dict)

    def document(self) -> bytes:
        return orjson.dumps({"type": "error", "error": {"type": self.type, "message": self.message}})

    def response(self) -> Response:
        return Response(self.document(), self.status, self.headers, "application/json")

    def event(self) -> bytes:
        """The same as the last event of a stream that has begun already."""
        return b"event: error\ndata: " + self.document() + b"\n\n"


def invalid(message: str, *, reason: str = "invalid") -> Refusal:
    return Refusal(400, "invalid_request_error", message, reason)


def not_allowed(message: str) -> Refusal:
    return Refusal(400, "invalid_request_error", message, "not_allowed")


def too_large(limit: int) -> Refusal:
    return Refusal(413, "request_too_large", f"the request is larger than {limit:,} bytes", "too_large")


def unauthenticated(message: str) -> Refusal:
    return Refusal(401, "authentication_error", message, "unauthenticated")


def foreign(message: str) -> Refusal:
    return Refusal(403, "permission_error", message, "foreign")


def overloaded(message: str, after: float = 1.0) -> Refusal:
    return Refusal(529, "overloaded_error", message, "overloaded", {"Retry-After": f"{after:.0f}"})


def busy(message: str) -> Refusal:
    return Refusal(429, "rate_limit_error", message, "busy", {"Retry-After": "2"})


def spent(message: str) -> Refusal:
    return Refusal(402, "billing_error", message, "budget")


def key_refused() -> Refusal:
    # No key mends itself, and the CLI would ask again for minutes: also at 403, for it has a helper to ask for keys.
    words = "the bot's model key was refused; tell the administrator"
    return Refusal(502, "api_error", words, "key_refused", {"x-should-retry": "false"})


def nothing_here(path: str) -> Refusal:
    return Refusal(404, "not_found_error", f"the gateway has no {path[:200]}", "not_found")
