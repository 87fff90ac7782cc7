"""Socket Mode: real websockets over which the app hears everything, and acknowledges it by envelope id.

aiohttp serves them on a port of their own, since bot.serving speaks HTTP alone. `Sender` delivers through here;
`apps.connections.open` gives out the links.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from bot.standins.served import served
from bot.standins.slack.app import SlackApp
from bot.standins.slack.strict import Violation
from bot.standins.slack.world import Json

MOST_CONNECTIONS = 10


class NotConnected(Exception):
    """No socket is open, or it went away before it had acknowledged."""


@dataclass
class Waiting:
    """An envelope that is out: who will hear of its acknowledgement, and whether that may carry an answer."""

    answer: asyncio.Future[Json | None]
    takes_answer: bool
    socket: web.WebSocketResponse


class Sockets:
    def __init__(self, app: SlackApp, violations: list[Violation]) -> None:
        self._app = app
        self._violations = violations
        self._stack = AsyncExitStack()
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._turn = itertools.count()
        self._waiting: dict[str, Waiting] = {}
        self._connected = asyncio.Event()
        self.url = ""

    async def start(self) -> None:
        application = web.Application()
        application.router.add_get("/link/", self._serve)
        port = await self._stack.enter_async_context(
            served(application, handle_signals=False, access_log=None, shutdown_timeout=1.0)
        )
        self.url = f"ws://127.0.0.1:{port}/link/"

    async def stop(self) -> None:
        for socket in list(self._open):
            await socket.close()
        await self._stack.aclose()

    def link(self) -> str:
        """An address for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return f"{self.url}?ticket={ticket}&app_id={self._app.app_id}"

    @property
    def connections(self) -> int:
        return len(self._open)

    async def connected(self) -> None:
        """Returns when the app has a socket open."""
        await self._connected.wait()

    async def deliver(self, kind: str, payload: Json, retry: tuple[int, str], *, patience: float) -> Json | None:
        """Sends one envelope through one of the sockets and returns what the acknowledgement carries."""
        if not self._open:
            raise NotConnected
        socket = self._open[next(self._turn) % len(self._open)]
        envelope_id, takes_answer = str(uuid.uuid4()), kind != "events_api"
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = takes_answer
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0], "retry_reason": retry[1].replace("http_", "")}
        waiting = Waiting(asyncio.get_running_loop().create_future(), takes_answer, socket)
        self._waiting[envelope_id] = waiting
        try:
            await socket.send_json(envelope)
            async with asyncio.timeout(patience):
                return await waiting.answer
        except ConnectionError:
            raise NotConnected from None
        finally:
            del self._waiting[envelope_id]

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Slack wants its sockets back, as it does every few hours: the app has to ask for new ones."""
        leaving, self._open = self._open, []
        self._connected.clear()
        for socket in leaving:
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})
            await socket.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            self._violations.append(Violation("Socket Mode", "a link that was never given out, or used twice"))
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        if len(self._open) >= MOST_CONNECTIONS:
            raise web.HTTPTooManyRequests
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._open.append(socket)
        await socket.send_json(self._hello())
        self._connected.set()
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._closed(socket)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app.app_id},
        }

    def _acknowledged(self, text: str) -> None:
        try:
            given = json.loads(text)
            waiting = self._waiting.get(given["envelope_id"])
        except (ValueError, KeyError, TypeError):
            self._violations.append(Violation("Socket Mode", f"not an acknowledgement: {text[:80]}"))
            return
        if waiting is None or waiting.answer.done():
            self._violations.append(Violation("Socket Mode", "an acknowledgement that nobody waits for"))
            return
        payload = given.get("payload")
        if payload and not waiting.takes_answer:
            self._violations.append(Violation("Socket Mode", "an answer in the acknowledgement of an event"))
        waiting.answer.set_result(payload or None)

    def _closed(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        if not self._open:
            self._connected.clear()
        for waiting in self._waiting.values():
            if waiting.socket is socket and not waiting.answer.done():
                waiting.answer.set_exception(NotConnected())
