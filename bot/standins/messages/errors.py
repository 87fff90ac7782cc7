"""The errors of the Messages API: status, kind, words and headers, as the real one sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ApiError(Exception):
    """`violation` is set when no correct client would have sent such a request."""

    status: int
    kind: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    violation: bool = False

    def document(self, request_id: str) -> dict[str, Any]:
        error = {"type": self.kind, "message": self.message}
        return {"type": "error", "error": error, "request_id": request_id}


def bad_request(message: str) -> ApiError:
    return ApiError(400, "invalid_request_error", message, violation=True)


def unauthorized() -> ApiError:
    return ApiError(401, "authentication_error", "invalid x-api-key")


def billing() -> ApiError:
    message = "Your credit balance is too low to access the Anthropic API."
    return ApiError(402, "billing_error", message)


def not_found(message: str) -> ApiError:
    return ApiError(404, "not_found_error", message, violation=True)


def rate_limited(retry_after: int = 1) -> ApiError:
    message = "This request would exceed your account's rate limit. Please try again later."
    return ApiError(429, "rate_limit_error", message, {"retry-after": str(retry_after)})


def overloaded() -> ApiError:
    return ApiError(529, "overloaded_error", "Overloaded")
