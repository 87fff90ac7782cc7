"""A scripted Messages API on loopback for the runner's stories. Started by the fixtures; it must never answer a
request that the script does not foresee with anything but an error."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.standins.served import served

Json = dict[str, Any]


def says(text: str) -> Json:
    """A block of text."""
    return {"type": "text", "text": text}


def uses(tool: str, **inputs: Any) -> Json:
    """A call of a tool."""
    return {"type": "tool_use", "name": tool, "input": inputs}


@dataclass(frozen=True)
class Fails:
    """An answer that is an API error."""

    status: int
    message: str
    kind: str = "api_error"


Turn = list[Json] | Fails


@dataclass
class ScriptedModel:
    """Says the turns of its script one after the other; after the last it goes on saying `Done.`"""

    turns: list[Turn] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    url: str = ""
    model_name: str = ""
    tokens: int = 100
    """Input tokens of each request, as it reports them."""
    counts: bool = False
    """Whether it reports a quarter of each request's characters instead."""
    holds: int | None = None
    """Tokens of the longest request that it takes; of a longer one it says that in the words of `too_long`."""
    too_long: str = ""
    window: int | None = None
    """Tokens that the server says it holds."""
    source: str = ""
    """How the gateway has learned them."""
    loading: asyncio.Event | None = None
    """Set when it has loaded the model, for which its list waits; None where that takes no time."""
    asked_for_list: asyncio.Event = field(default_factory=asyncio.Event)

    def _next(self) -> Turn:
        return self.turns.pop(0) if self.turns else [says("Done.")]

    async def messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        turn = self._next() if self._has_room(body) else Fails(400, self.too_long, "invalid_request_error")
        if isinstance(turn, Fails):
            error = {"type": "error", "error": {"type": turn.kind, "message": turn.message}}
            return web.json_response(error, status=turn.status)
        message = _message(turn, body["model"], len(self.requests)) | {"usage": _usage(self._counted(body))}
        if not body.get("stream"):
            return web.json_response(message)
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for event in _events(message):
            await response.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        return response

    def _has_room(self, body: Json) -> bool:
        return self.holds is None or self._counted(body) <= self.holds

    def _counted(self, body: Json) -> int:
        return len(json.dumps(body)) // 4 if self.counts else self.tokens

    async def count_tokens(self, request: web.Request) -> web.Response:
        body = await request.read()
        return web.json_response({"input_tokens": len(body) // 4})

    async def models(self, request: web.Request) -> web.Response:
        self.asked_for_list.set()
        if self.loading is not None:
            await self.loading.wait()
        row: Json = {"id": self.model_name} | ({"max_model_len": self.window} if self.window else {})
        return web.json_response({"data": [row | ({"window_source": self.source} if self.source else {})]})

    async def refuse(self, request: web.Request) -> web.Response:
        self.unexpected.append(f"{request.method} {request.path_qs}")
        return web.json_response({"error": "not in the script"}, status=404)


def _message(turn: list[Json], model: str, number: int) -> Json:
    content = [
        block | ({"id": f"toolu_{number:04}_{index}"} if block["type"] == "tool_use" else {})
        for index, block in enumerate(turn)
    ]
    tools = any(block["type"] == "tool_use" for block in content)
    return {
        "id": f"msg_{number:04}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": "tool_use" if tools else "end_turn",
        "stop_sequence": None,
    }


def _usage(tokens: int) -> Json:
    return {
        "input_tokens": tokens,
        "output_tokens": 20,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }


def _events(message: Json) -> list[Json]:
    start = message | {"content": [], "stop_reason": None}
    events: list[Json] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        events += _block_events(index, block)
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 20}})
    return [*events, {"type": "message_stop"}]


def _block_events(index: int, block: Json) -> list[Json]:
    if block["type"] == "tool_use":
        empty = block | {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        empty = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    return [
        {"type": "content_block_start", "index": index, "content_block": empty},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]


@asynccontextmanager
async def model_serving(*turns: Turn, prefix: str = "/model/ns/one") -> AsyncIterator[ScriptedModel]:
    """Serves a script below `prefix`; `url` is what the CLI gets as its base URL."""
    model = ScriptedModel(list(turns))
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post(f"{prefix}/v1/messages", model.messages)
    app.router.add_post(f"{prefix}/v1/messages/count_tokens", model.count_tokens)
    app.router.add_get(f"{prefix}/v1/models", model.models)
    app.router.add_route("*", "/{rest:.*}", model.refuse)
    async with served(app) as port:
        model.url = f"http://127.0.0.1:{port}{prefix}"
        yield model
