"""Slack's door over HTTP: signature, age, size, and then the bolt app, whose last middleware keeps what is asked for.

Mounted by bot/wiring.py where Slack is configured; events, commands and interactions come to the one address. The bolt
app is the same for Socket Mode. Neither calls anybody.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.routing import Route

from bot.metrics import Metrics
from bot.slack.keeping import Keeping

log = structlog.get_logger()

Json = dict[str, Any]

LARGEST = 5_000_000
"""Bytes of a request's body: far above what Slack sends."""
_SILENT = logging.getLogger("bot.slack.bolt")
"""bolt's own lines hold what people wrote: none of them is logged."""


_LOOKED_INTO = (
    *("team", "user", "channel", "enterprise", "view", "message", "previous_message", "item", "assistant_thread"),
    *("event", "user_team", "response_url", "function_data"),
)
"""Fields that bolt takes for objects or texts."""


def bolt_app(web: AsyncWebClient, keeping: Keeping) -> AsyncApp:
    """The app behind both ways in. It trusts what it gets: the door checks signatures, and a socket has its token."""
    _SILENT.setLevel(logging.CRITICAL)
    app = AsyncApp(
        name="vteam",  # bolt would look for one through the sources of all that has called us
        client=web,
        authorize=_authorized,
        logger=_SILENT,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.use(keeping)
    app.error(partial(_failed, keeping.metrics))
    return app


async def _failed(metrics: Metrics, error: Exception) -> BoltResponse:
    """The last line: whatever it was, somebody hears of it, and Slack sends it again."""
    metrics.faults.labels("slack_door").inc()
    log.error("slack_door_failed", fault=type(error).__name__, exc_info=error)
    return BoltResponse(status=500, body={"detail": "something went wrong on our side"})


async def _authorized(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
    """bolt would ask Slack who we are before each answer; nobody behind this door speaks to Slack."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


@dataclass(frozen=True)
class SlackDoor:
    app: AsyncApp
    metrics: Metrics
    secret: str = field(repr=False)
    clock: Callable[[], float] = field(repr=False)

    async def answer(self, request: Request) -> Response:
        """What a request of Slack's gets: the app's answer, or the reason why it is not looked at."""
        body = await _body(request)
        if body is None:
            return self._refuse(413, "too_large", f"a request has at most {LARGEST:,} bytes")
        stamp = request.headers.get("x-slack-request-timestamp", "")
        if not self._signed(body, stamp, request.headers.get("x-slack-signature", "")):
            return self._refuse(
                401,
                "bad_signature",
                "the signature is missing, wrong, or older than five minutes: check the signing secret and the clock",
            )
        payload = _payload(body, request.headers.get("content-type", ""))
        if payload is None:
            return self._refuse(400, "not_json", "the body is neither a JSON object nor a form with one")
        return await self._dispatched(payload)

    async def _dispatched(self, payload: Json) -> Response:
        if not _of_slacks_shape(payload):  # bolt would stumble over it
            return self._refuse(400, "not_slacks", "the body is of no shape that Slack sends")
        # To bolt this is what a socket brings: it is verified, and read better than bolt reads forms (a command that
        # has the word "payload" in its text would be lost).
        answer = await self.app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
        return Response(answer.body, answer.status, headers=answer.first_headers_without_set_cookie())

    def _signed(self, body: bytes, stamp: str, signature: str) -> bool:
        """Whether Slack has signed this body within the last five minutes."""
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16 and signature.isascii()):
            return False
        try:
            return SignatureVerifier(self.secret, _Now(self.clock)).is_valid(body, stamp, signature)
        except UnicodeDecodeError:
            return False

    def _refuse(self, status: int, reason: str, words: str) -> Response:
        self.metrics.slack_deliveries.labels("refused", reason).inc()
        return JSONResponse({"detail": words}, status)


class _Now(Clock):
    """The bot's clock in the form that slack_sdk takes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock()


def _payload(body: bytes, content_type: str) -> Json | None:
    """The JSON object that an event is, that an interaction's form holds, or that a command's form is."""
    text = body.decode("utf-8", "replace")
    try:
        if content_type.startswith("application/x-www-form-urlencoded"):
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
            found = json.loads(fields["payload"]) if "payload" in fields else fields
        else:
            found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found else None


def _of_slacks_shape(payload: Json) -> bool:
    """Whether what bolt looks into can be looked into."""
    event, known = payload.get("event", {}), payload.get("authorizations") or []
    return (
        isinstance(event, dict)
        and isinstance(known, list)
        and all(isinstance(one, dict) for one in known)
        and all(isinstance(place.get(name), dict | str | None) for place in (payload, event) for name in _LOOKED_INTO)
    )


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is too large: told by its header, or counted where the header is silent or lies."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > LARGEST:
        return None
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > LARGEST:
            return None
    return bytes(read)


def slack_route(door: SlackDoor) -> Route:
    """The door as a route."""
    return Route("/webhooks/slack", door.answer, methods=["POST"])
