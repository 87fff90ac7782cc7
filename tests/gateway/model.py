"""A model's server for the gateway's stories: it says what a test tells it to, and remembers what it was asked.

A stream can be held open at any place (`Pause`), so that a test can look, hang up or crash in the middle. Paths that
the gateway has no business with are kept in `unexpected`.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.standins.served import served

Json = dict[str, Any]
KEY = "sk-ant-the-real-key-of-the-bot-0001"


@dataclass
class Pause:
    """The stream stands still here until the test lets it go; `reached` is set when it has come to it."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)


class Drop:
    """The server's connection breaks here."""


def usage(fresh: int = 100, output: int = 0, read: int = 0, written: int = 0, **more: Any) -> Json:
    cache = {"cache_read_input_tokens": read, "cache_creation_input_tokens": written}
    return {"input_tokens": fresh, "output_tokens": output, **cache, **more}


def start(**tokens: Any) -> Json:
    return {"type": "message_start", "message": {"id": "m1", "role": "assistant", "usage": usage(**tokens)}}


def text(words: str) -> Json:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": words}}


def end(output: int) -> Json:
    return {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": output}}


STOP: Json = {"type": "message_stop"}


def sse(event: Json) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


@dataclass
class Error:
    status: int
    type: str = "api_error"
    message: str = "no"
    headers: dict[str, str] = field(default_factory=dict)


type Step = Json | Pause | Drop | bytes
type Script = list[Step] | Error


def hello() -> Script:
    return [start(), text("Hello"), end(5), STOP]


@dataclass
class Model:
    """`script` is what the next calls answer; `hung_up` is set when the gateway has closed a stream."""

    script: Script = field(default_factory=hello)
    first: list[Script] = field(default_factory=list)
    """Scripts for the first calls, one for each."""
    counts: bool = True
    says: str = ""
    """What an answer in one piece says."""
    lists: object = field(default_factory=lambda: {"data": []})
    """Its list of models."""
    answers: dict[str, object] = field(default_factory=dict)
    """What it answers on further paths of its maker's: a document, or a function of what was asked; 404 on all others.
    """
    key: str = KEY
    requests: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def messages(self, request: web.Request) -> web.StreamResponse:
        await self._note(request)
        script = self.first.pop(0) if self.first else self.script
        if request.headers.get("x-api-key") != self.key:
            script = Error(401, "authentication_error", f"invalid x-api-key {request.headers.get('x-api-key')}")
        if isinstance(script, Error):
            body = {"type": "error", "error": {"type": script.type, "message": script.message}}
            return web.json_response(body, status=script.status, headers=script.headers)
        if not self.requests[-1].get("stream"):
            said = {"content": [{"type": "text", "text": self.says}]} if self.says else {}
            answer = {"type": "message", "usage": usage(100, 50, 1000, 10), **said}
            return web.json_response(answer, headers=EXTRA)
        return await self._stream(request, script)

    async def _stream(self, request: web.Request, script: list[Step]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8", **EXTRA})
        await response.prepare(request)
        try:
            for step in script:
                if isinstance(step, Pause):
                    step.reached.set()
                    await step.go.wait()
                elif isinstance(step, Drop):
                    assert request.transport is not None
                    request.transport.abort()
                else:
                    await response.write(step if isinstance(step, bytes) else sse(step))
        except (asyncio.CancelledError, ConnectionResetError):
            self.hung_up.set()
            raise
        return response

    async def count_tokens(self, request: web.Request) -> web.Response:
        await self._note(request)
        return web.json_response({"input_tokens": 42}) if self.counts else web.Response(status=404, text="not here")

    async def models(self, request: web.Request) -> web.Response:
        self.paths.append(request.path_qs)
        if self.key not in (request.headers.get("x-api-key"), request.headers.get("authorization", "")[7:]):
            return web.Response(status=401)
        return web.json_response(self.lists)

    async def further(self, request: web.Request) -> web.Response:
        """A path that only some makers' servers have."""
        self.paths.append(request.path_qs)
        if self.key not in (request.headers.get("x-api-key"), request.headers.get("authorization", "")[7:]):
            return web.Response(status=401)
        answer = self.answers.get(request.path)
        asked = await request.json() if request.can_read_body else None
        found = answer(asked) if callable(answer) else answer
        return web.Response(status=404) if found is None else web.json_response(found)

    async def refuse(self, request: web.Request) -> web.Response:
        self.unexpected.append(request.path_qs)
        return web.Response(status=500)

    async def _note(self, request: web.Request) -> None:
        self.paths.append(request.path_qs)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.requests.append(await request.json())


FURTHER = (("GET", "/props"), ("GET", "/api/ps"), ("POST", "/api/show"), ("POST", "/api/generate"))

EXTRA = {"request-id": "req_1", "set-cookie": "a=b", "anthropic-ratelimit-tokens-remaining": "7"}


@asynccontextmanager
async def serving_model(model: Model) -> AsyncIterator[str]:
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/v1/messages", model.messages)
    app.router.add_post("/v1/messages/count_tokens", model.count_tokens)
    app.router.add_get("/v1/models", model.models)
    for method, path in FURTHER:
        app.router.add_route(method, path, model.further)
    app.router.add_route("*", "/{rest:.*}", model.refuse)
    async with served(app, handler_cancellation=True, shutdown_timeout=0) as port:
        yield f"http://127.0.0.1:{port}"
