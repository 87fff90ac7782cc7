"""The ASGI application: authenticate, authorize, route, answer. The last line of defence against what handlers miss.

`api_app` is what the embedded control plane and the tests serve with uvicorn. Raw ASGI, because a framework's own cost
per request would be half of ours.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import orjson

from bot.embedded.api.admission import Place
from bot.embedded.api.bootstrap import bootstrap
from bot.embedded.api.discovery import discover
from bot.embedded.api.garbage import Collector
from bot.embedded.api.impersonation import impersonated
from bot.embedded.api.plane import Plane
from bot.embedded.api.rbac import Authorizer, refusal
from bot.embedded.api.reading import read
from bot.embedded.api.registry import Registry
from bot.embedded.api.request import ApiRequest, parse_query, parse_target
from bot.embedded.api.response import Response, Stream
from bot.embedded.api.status_errors import (
    ApiError,
    bad_request,
    forbidden,
    internal,
    method_not_allowed,
    no_such_resource,
    too_large,
    unauthorized,
)
from bot.embedded.api.store import ApiStore
from bot.embedded.api.tokens import NOBODY, Tokens
from bot.embedded.api.writes import write

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

BODY_LIMIT = 3 * 1024 * 1024
PUBLIC = ("/healthz", "/livez", "/readyz", "/version")
READS = ("GET", "HEAD")

log = logging.getLogger(__name__)


class ApiApp:
    """One API server over one store. Its lifespan starts and stops the garbage collector."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self._collector = Collector(plane)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            self._collector.start()
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.plane.closing = False
        self._collector.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def stop(self) -> None:
        """End watches and the collector. The store stays open: it belongs to whoever opened it."""
        self.end_watches()
        await self._collector.stop()

    def end_watches(self) -> None:
        """Let every open watch end now, so that a server that waits for its connections can close."""
        self.plane.closing = True
        self.plane.store.wake_all()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = ApiRequest(
            scope["method"], scope["path"], parse_query(scope.get("query_string", b"")), dict(scope["headers"])
        )
        try:
            answer = await self._answer(request, receive)
        except ApiError as error:
            answer = Response(error.code, orjson.dumps(error.status()))
        except RecursionError:
            answer = Response(400, orjson.dumps(bad_request("the body is nested too deeply").status()))
        except Exception:  # the door: a bug in a handler must not take the connection down without an answer
            log.exception("request failed: %s %s", request.method, request.path)
            answer = Response(500, orjson.dumps(internal("the server met an unexpected condition").status()))
        if isinstance(answer, Stream):
            await _send_stream(answer, receive, send)
        else:
            await _send_response(answer, send, head=request.method == "HEAD")

    async def _answer(self, request: ApiRequest, receive: Receive) -> Response | Stream:
        if request.method not in READS:
            request.body = await _read_body(receive)
        request.target = parse_target(request.path)
        request.user = self._authenticate(request)
        self._authorize(request)
        if request.target is None:
            if request.method not in READS:
                raise method_not_allowed()
            return discover(self.plane, request)
        place = self._place(request)
        if request.method in READS:
            return await read(self.plane, request, place)
        return await write(self.plane, request, place)

    def _authenticate(self, request: ApiRequest) -> Any:
        scheme, _, token = request.header(b"authorization").partition(" ")
        if not scheme:
            if request.path.split("/")[1] in [path[1:] for path in PUBLIC]:
                return NOBODY
            raise unauthorized()
        user = self.plane.tokens.authenticate(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise unauthorized()
        return impersonated(self.plane, request, user)

    def _authorize(self, request: ApiRequest) -> None:
        attributes = request.attributes()
        if attributes.path and request.user is NOBODY:
            return
        if self.plane.authorizer.allows(request.user, attributes) is not None:
            return
        why = refusal(request.user, attributes)
        target = request.target
        if target is None:
            raise ApiError(403, "Forbidden", f"forbidden: {why}")
        raise forbidden(_Asked(target.group, target.plural), target.name, why)

    def _place(self, request: ApiRequest) -> Place:
        target = request.target
        assert target is not None
        served = self.plane.registry.find(target.group, target.version, target.plural)
        if served is None:
            raise no_such_resource()
        if target.subresource and target.subresource not in served.type.subresources:
            raise no_such_resource()
        if not served.type.namespaced:
            if target.namespace and served.key != "namespaces":
                raise no_such_resource()
            return Place(served, "", target.name, target.subresource)
        if not target.namespace and (target.name or request.method == "POST"):
            if request.method == "POST" and not target.name:
                raise bad_request("an empty namespace may not be set during creation")
            raise no_such_resource()
        return Place(served, target.namespace, target.name, target.subresource)


class _Asked:
    """A resource as it was asked for, which need not exist."""

    def __init__(self, group: str, plural: str) -> None:
        self.group, self.plural, self.kind = group, plural, plural


async def _read_body(receive: Receive) -> bytes:
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise bad_request("the client went away before its body was read")
        piece = message.get("body", b"")
        size += len(piece)
        if size > BODY_LIMIT:
            raise too_large(BODY_LIMIT)
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)


def _headers(content_type: str, warnings: list[str], length: int | None) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-cache, private")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    for text in warnings:
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        headers.append((b"warning", f'299 - "{quoted}"'.encode("latin-1", "replace")))
    return headers


async def _send_response(answer: Response, send: Send, *, head: bool) -> None:
    headers = _headers(answer.content_type, answer.warnings, len(answer.body))
    await send({"type": "http.response.start", "status": answer.code, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})


async def _send_stream(answer: Stream, receive: Receive, send: Send) -> None:
    """Send pieces until they end or the client goes away, whichever is first."""
    headers = _headers(answer.content_type, [], None)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    sending = asyncio.create_task(_send_pieces(answer, send))
    leaving = asyncio.create_task(_until_disconnect(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, leaving):
            if not task.done():
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _send_pieces(answer: Stream, send: Send) -> None:
    async with contextlib.aclosing(answer.pieces) as pieces:  # type: ignore[type-var]
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def api_app(
    store: ApiStore, *, admin_token: str, log_directory: Path | None = None, bookmark_seconds: float = 60.0
) -> ApiApp:
    """The API server over `store`. `admin_token` may do everything: keep it in a file of mode 0600."""
    bootstrap(store)
    plane = Plane(
        store,
        Registry(store),
        Authorizer(store),
        Tokens(store, admin_token=admin_token),
        log_directory,
        bookmark_seconds,
    )
    return ApiApp(plane)
