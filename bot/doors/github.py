"""The webhook door: signature, size, one durable write, answer. Mounted by bot/wiring.py.

It reads no more of a delivery than it takes to tell whether anything is asked for, and calls nobody: milliseconds,
whatever GitHub, the model or the cluster do.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.routing import Route

from bot import deliveries
from bot.errors import Later
from bot.metrics import Metrics
from bot.store import Delivery, Store
from handlers.command import Dialect

LARGEST = 25_000_000
"""Bytes of a webhook's body: GitHub sends no larger one."""
_DELIVERY = re.compile(r"^[A-Za-z0-9-]{8,64}$")
_SAFE_EVENT = re.compile(r"^[a-z][a-z0-9_]{0,59}$")


@dataclass(frozen=True)
class WebhookDoor:
    store: Store
    metrics: Metrics
    secret: str = field(repr=False)
    clock: Callable[[], float] = field(repr=False)
    dialect: Dialect = Dialect()

    async def answer(self, request: Request) -> Response:
        """What a webhook gets: 202 once it is kept or known to ask for nothing, else the reason."""
        body = await _body(request)
        if body is None:
            return self._refuse(413, "too_large", f"a webhook has at most {LARGEST:,} bytes")
        if not signed(self.secret, body, request.headers.get("x-hub-signature-256", "")):
            return self._refuse(401, "bad_signature", "the signature is missing or wrong: check the webhook secret")
        event, delivery = request.headers.get("x-github-event", ""), request.headers.get("x-github-delivery", "")
        if not _SAFE_EVENT.match(event) or not _DELIVERY.match(delivery):
            return self._refuse(400, "bad_headers", "X-GitHub-Event and X-GitHub-Delivery are needed")
        return await self._keep(event, delivery, body)

    async def _keep(self, event: str, delivery: str, body: bytes) -> Response:
        try:
            heard = deliveries.read(event, body, self.dialect)
        except deliveries.NotJson as error:
            return self._refuse(400, "not_json", f"the body is not JSON: {error}")
        if isinstance(heard, deliveries.Ignored):
            self.metrics.deliveries.labels("ignored", heard.reason).inc()
            return JSONResponse({"ignored": heard.reason}, 202)
        try:
            new = await self.store.inbox.add(Delivery(delivery, "github", event, {}, body, self.clock()))
        except Later as later:
            return JSONResponse({"detail": "the store is busy"}, 503, {"Retry-After": str(int(later.after) + 1)})
        self.metrics.deliveries.labels("kept" if new else "known", event).inc()
        return JSONResponse({"kept": new}, 202)

    def _refuse(self, status: int, reason: str, words: str) -> Response:
        self.metrics.deliveries.labels("refused", reason).inc()
        return JSONResponse({"detail": words}, status)


def signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether the signature is that of the body: HMAC-SHA256, compared in constant time."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("latin-1", "replace"))


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is too large: told by its header, or counted where the header is silent or lies."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > LARGEST:
        return None
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def webhook_route(door: WebhookDoor) -> Route:
    """The door as a route. Starlette's own: FastAPI's would cost more than all that the door does."""
    return Route("/webhooks/github", door.answer, methods=["POST"])
