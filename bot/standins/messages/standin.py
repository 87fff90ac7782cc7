"""A scripted Anthropic Messages API on loopback, for the real Claude Code CLI and the bot's model gateway.

It checks what it is sent as the real one does, plays a script by the conversation's own position, and reports usage.
Nothing in it thinks: whoever shows its work to a person must say that it is scripted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bot.serving import serving
from bot.standins.connections import drop_connection
from bot.standins.messages import answers, errors
from bot.standins.messages.errors import ApiError
from bot.standins.messages.requests import check_request
from bot.standins.messages.script import Conversation, Script
from bot.standins.messages.types import check_types
from bot.standins.messages.usage import Count, PromptCache, four_bytes_a_token

Json = dict[str, Any]
Scripts = Script | Callable[[Conversation], Script]
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5")
EVENT_STREAM = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


@dataclass
class _Trouble:
    """What `fail` asked for: an error, or a stream cut after some events, `times` times, at one turn or at any."""

    error: ApiError | None
    cut_after: int
    turn: int | None
    times: int


class MessagesStandIn:
    """`script` is one for all, or chosen by the conversation. `pace` is the pause between streamed events in seconds.

    `typed` also checks every request against the anthropic package's types, which costs its import.
    """

    def __init__(
        self, script: Scripts, *, api_key: str = "scripted", count: Count = four_bytes_a_token, typed: bool = True
    ) -> None:
        self._script = script
        self._cache = PromptCache(count)
        self._typed = typed
        self._troubles: list[_Trouble] = []
        self._served = 0
        self.api_key = api_key
        self.pace = 0.0
        self.url = ""
        self.requests: list[Json] = []
        self.side_requests: list[Json] = []
        self.calls: list[str] = []
        self.violations: list[str] = []
        self.errors: list[str] = []

    @asynccontextmanager
    async def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serves it until the block ends; gives its address."""
        async with serving(self, host=host, port=port) as address:
            self.url = address.url
            yield address.url

    def fail(self, error: ApiError, *, turn: int | None = None, times: int = 1) -> None:
        """The next `times` requests (of that turn of the conversation, if given) get this error."""
        self._troubles.append(_Trouble(error, 0, turn, times))

    def cut_stream(self, *, after_events: int, turn: int | None = None, times: int = 1) -> None:
        """The next streams lose their connection after that many events."""
        self._troubles.append(_Trouble(None, after_events, turn, times))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """It is an ASGI app itself."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        self.calls.append(f"{request.method} {request.url.path}")
        self._served += 1
        try:
            await self._answer(request, send)
        except ApiError as error:
            if error.violation:
                self.violations.append(f"{request.method} {request.url.path}: {error.message}")
            self.errors.append(f"{error.status} {error.kind}: {error.message}")
            document = error.document(self._request_id)
            answer = JSONResponse(document, error.status, {**self._headers(), **error.headers})
            await answer(scope, receive, send)

    @property
    def _request_id(self) -> str:
        return f"req_{self._served:020d}"

    def _headers(self) -> dict[str, str]:
        return {"request-id": self._request_id, "anthropic-organization-id": "scripted"}

    async def _answer(self, request: Request, send: Send) -> None:
        match request.method, request.url.path:
            case "GET" | "HEAD", "/" | "/api/hello":
                await self._send(request, send, {"message": "hello"})
            case "GET", "/v1/models":
                self._admit(request)
                page = {"has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}
                await self._send(request, send, {"data": [_model(name) for name in MODELS], **page})
            case "POST", "/v1/messages":
                self._admit(request)
                await self._converse(request, send)
            case "POST", "/v1/messages/count_tokens":
                self._admit(request)
                document = check_request(await _json(request), counting=True)
                await self._send(request, send, {"input_tokens": self._cache.count_input(document)})
            case "GET", "/api/ps" | "/props":  # asked of every server, to learn whether it is Ollama or llama.cpp
                raise ApiError(404, "not_found_error", "Not found")
            case _:
                raise errors.not_found("Not found")

    def _admit(self, request: Request) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.api_key not in (request.headers.get("x-api-key"), bearer):
            raise errors.unauthorized()
        if request.method == "POST" and not request.headers.get("anthropic-version"):
            raise errors.bad_request("anthropic-version: header is required")

    async def _send(self, request: Request, send: Send, document: Json) -> None:
        body = b"" if request.method == "HEAD" else json.dumps(document).encode()
        await Response(body, 200, self._headers(), "application/json")(request.scope, request.receive, send)

    async def _converse(self, request: Request, send: Send) -> None:
        document = check_request(await _json(request))
        if self._typed:
            await asyncio.to_thread(check_types, document)
        conversation = Conversation(document)
        script = self._script(conversation) if callable(self._script) else self._script
        beside = script.tools_expected and not document.get("tools")
        (self.side_requests if beside else self.requests).append(document)
        trouble = None if beside else self._trouble(conversation)
        if trouble and trouble.error:
            raise trouble.error
        blocks = answers.side_answer(document) if beside else script.blocks(conversation)
        whole = self._message(document, answers.content_of(blocks, conversation))
        if document.get("stream"):
            await self._stream(request, send, whole, cut_after=trouble.cut_after if trouble else None)
        else:
            await self._send(request, send, whole)

    def _message(self, document: Json, content: list[Json]) -> Json:
        usage, output = self._cache.measure(document), self._cache.count_output(content)
        return answers.message(document, content, usage=usage, output_tokens=output)

    def _trouble(self, conversation: Conversation) -> _Trouble | None:
        for trouble in self._troubles:
            if trouble.turn in (None, conversation.turn):
                trouble.times -= 1
                if trouble.times <= 0:
                    self._troubles.remove(trouble)
                return trouble
        return None

    async def _stream(self, request: Request, send: Send, whole: Json, *, cut_after: int | None) -> None:
        headers = [*EVENT_STREAM, *((name.encode(), value.encode()) for name, value in self._headers().items())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, event in enumerate(answers.events(whole)):
            if number == cut_after:
                await drop_connection(request.receive)
                return
            await send({"type": "http.response.body", "body": answers.encode(event), "more_body": True})
            if self.pace:
                await asyncio.sleep(self.pace)
        await send({"type": "http.response.body", "body": b""})


async def _json(request: Request) -> object:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise errors.bad_request("The request body is not valid JSON") from None


def _model(name: str) -> Json:
    return {"type": "model", "id": name, "display_name": name, "created_at": "2025-09-29T00:00:00Z"}
