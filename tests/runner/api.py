"""A strict stand-in of the runner API on loopback. Used by `house.py` and by the stories that need no pod.

It holds to the contract of the API (bearer token, idempotent calls, statuses) and answers anything else with 404 and a
note in `unexpected`.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.standins.served import served
from crds.result import ProgressBatch, ProgressEvent, Result, SharedCodeBatch, SummaryBatch
from crds.work_order import WorkOrder

TOKEN = "pod-token-1"
PREFIX = "/sessions/team/one"


@dataclass
class Handed:
    """One result as the bot received it."""

    document: Result
    bundles: dict[str, bytes]
    final: bool


def token_of(secret: str, **more: Any) -> dict[str, Any]:
    """A read token as the bot gives it out."""
    return {"username": "x-access-token", "password": secret, "expires_at": "2030-01-01T00:00:00Z", **more}


@dataclass
class StandInApi:
    """The bot's side of the runner API."""

    order: WorkOrder
    token: str = TOKEN
    events: list[ProgressEvent] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    transcripts: dict[str | None, list[dict[str, Any]]] = field(default_factory=dict)
    summaries: list[SummaryBatch] = field(default_factory=list)
    images: dict[str, bytes] = field(default_factory=dict)
    code: dict[str, bytes] = field(default_factory=dict)
    """Files of parsed code that are kept, by repository."""
    code_calls: list[dict[str, bytes]] = field(default_factory=list)
    """What was handed in of them, call by call; only the first one is taken."""
    held_back: asyncio.Event | None = None
    """What an answer with such a file waits for."""
    too_large: bool = False
    """Whether such a file is too large for this bot."""
    read_token: dict[str, Any] = field(default_factory=lambda: token_of("read-only-secret"))
    """What a call for a read token gets; that of an older bot names no addresses."""
    tokens_given: int = 0
    refused: int = 0
    asked: int = 0
    unexpected: list[str] = field(default_factory=list)
    answers: dict[str, list[web.Response]] = field(default_factory=dict)
    """Answers that a call gets before its real one, by the last part of its path."""
    url: str = ""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def final(self) -> Result:
        """The document of the one final result."""
        finals = [handed.document for handed in self.handed if handed.final]
        assert len(finals) == 1, f"{len(finals)} final results"
        return finals[0]

    @property
    def phases(self) -> list[str]:
        return [event.text for event in self.events if event.kind == "phase"]

    @web.middleware
    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            self.refused += 1
            return web.json_response({"detail": "who is this?"}, status=401)
        self.asked += 1
        async with self.news:
            self.news.notify_all()
        waiting = self.answers.get(request.path.rpartition("/")[2], [])
        if waiting:
            return waiting.pop(0)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def get_order(self, request: web.Request) -> web.Response:
        return web.Response(text=self.order.model_dump_json(), content_type="application/json")

    async def get_image(self, request: web.Request) -> web.Response:
        data = self.images.get(request.match_info["digest"])
        if data is None:
            return web.json_response({"detail": "the session has no such image"}, status=404)
        return web.Response(body=data, content_type="application/octet-stream")

    async def post_token(self, request: web.Request) -> web.Response:
        self.tokens_given += 1
        return web.json_response(self.read_token)

    async def post_progress(self, request: web.Request) -> web.Response:
        batch = ProgressBatch.model_validate_json(await request.read())
        known = {event.seq for event in self.events}
        self.events += [event for event in batch.events if event.seq not in known]
        async with self.news:
            self.news.notify_all()
        assert all(event.seq <= 20_000 for event in batch.events)
        return web.json_response({"last": max((event.seq for event in self.events), default=0)})

    async def post_transcript(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.transcripts.setdefault(body["subpath"], []).extend(body["entries"])
        return web.Response(status=204)

    async def get_transcript(self, request: web.Request) -> web.Response:
        entries = self.transcripts.get(request.query.get("subpath"))
        return web.json_response({"entries": entries} if entries is not None else {}, status=200 if entries else 404)

    async def get_subpaths(self, request: web.Request) -> web.Response:
        return web.json_response({"subpaths": [name for name in self.transcripts if name]})

    async def put_summaries(self, request: web.Request) -> web.Response:
        self.summaries.append(SummaryBatch.model_validate_json(await request.read()))
        return web.json_response({"taken": len(self.summaries) == 1})

    async def get_code(self, request: web.Request) -> web.Response:
        if self.held_back is not None:
            await self.held_back.wait()
        kept = self.code.get(request.match_info["repository"])
        if kept is None or not request.query["form"]:
            return web.json_response({"detail": "nothing is kept"}, status=404)
        return web.Response(body=kept, headers={"ETag": f'"{hashlib.sha256(kept).hexdigest()}"'})

    async def put_code(self, request: web.Request) -> web.Response:
        form = await request.post()
        parts = {name: value.file.read() for name, value in form.items() if isinstance(value, web.FileField)}
        batch = SharedCodeBatch.model_validate_json(parts.pop("document"))
        assert {f"code:{each.repository}" for each in batch.code} == set(parts)
        if parts and self.too_large:
            return web.json_response({"detail": "too large"}, status=413)
        self.code_calls.append({name.removeprefix("code:"): data for name, data in parts.items()})
        if len(self.code_calls) == 1:
            self.code |= self.code_calls[0]
        return web.json_response({"taken": len(self.code_calls) == 1})

    async def put_result(self, request: web.Request) -> web.Response:
        form = await request.post()
        document: Result | None = None
        bundles = {}
        for name, value in form.items():
            data = value.file.read() if isinstance(value, web.FileField) else str(value).encode()
            if name == "document":
                document = Result.model_validate_json(data)
            else:
                bundles[name.removeprefix("bundle:")] = data
        assert document is not None
        self.handed.append(Handed(document, bundles, request.query["final"] == "true"))
        return web.Response(status=204)

    async def refuse(self, request: web.Request) -> web.Response:
        self.unexpected.append(f"{request.method} {request.path_qs}")
        return web.json_response({"detail": "no such call"}, status=404)


@asynccontextmanager
async def api_serving(order: WorkOrder) -> AsyncIterator[StandInApi]:
    """Serves the runner API for one order."""
    api = StandInApi(order)
    app = web.Application(middlewares=[api.guard], client_max_size=256 * 1024 * 1024)
    app.router.add_get(f"{PREFIX}/order", api.get_order)
    app.router.add_get(f"{PREFIX}/images/{{digest}}", api.get_image)
    app.router.add_post(f"{PREFIX}/token", api.post_token)
    app.router.add_post(f"{PREFIX}/progress", api.post_progress)
    app.router.add_post(f"{PREFIX}/transcript", api.post_transcript)
    app.router.add_get(f"{PREFIX}/transcript", api.get_transcript)
    app.router.add_get(f"{PREFIX}/transcript/subpaths", api.get_subpaths)
    app.router.add_put(f"{PREFIX}/summaries", api.put_summaries)
    app.router.add_get(PREFIX + "/code/{repository}", api.get_code)
    app.router.add_put(f"{PREFIX}/code", api.put_code)
    app.router.add_put(f"{PREFIX}/result", api.put_result)
    app.router.add_route("*", "/{rest:.*}", api.refuse)
    async with served(app, shutdown_timeout=1) as port:
        api.url = f"http://127.0.0.1:{port}{PREFIX}"
        yield api
