"""A plain HTTP client of the Kubernetes API, and a uvicorn server of the embedded one on loopback.

The fixtures of this folder and of tests/embedded_api use both. Nothing here knows which server answers.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp
import uvicorn

type Document = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    code: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return str(self.body.get("reason", ""))

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))


class Watch:
    """An open watch; `next` gives one event."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self, seconds: float = 10.0) -> Document:
        line = await asyncio.wait_for(self._response.content.readline(), seconds)
        if not line:
            raise EOFError("the watch ended")
        event: Document = json.loads(line)
        return event

    async def until(self, kind: str) -> Document:
        """The first event of this type; the others before it are dropped."""
        while True:
            event = await self.next()
            if event["type"] == kind:
                return event

    async def is_quiet(self, seconds: float = 0.3) -> bool:
        try:
            await self.next(seconds)
        except TimeoutError:
            return True
        return False

    async def take(self, count: int) -> list[Document]:
        return [await self.next() for _ in range(count)]


@dataclass(frozen=True)
class Api:
    """One user's view of one API server."""

    session: aiohttp.ClientSession
    url: str
    token: str = ""
    ssl: Any = True

    def as_user(self, token: str) -> Self:
        return replace(self, token=token)

    def _headers(self, headers: dict[str, str] | None) -> dict[str, str]:
        return ({"Authorization": f"Bearer {self.token}"} if self.token else {}) | (headers or {})

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> Answer:
        kind = {"Content-Type": "application/json"} if body is not None else {}
        data = body if isinstance(body, bytes | str | None) else json.dumps(body)
        parameters = {key: str(value) for key, value in query.items() if value is not None}
        sent = self.session.request(
            method,
            self.url + path,
            data=data,
            params=parameters,
            headers=self._headers(kind | (headers or {})),
            ssl=self.ssl,
        )
        async with sent as response:
            text = await response.text()
            known = dict(response.headers)
            parsed = json.loads(text) if "json" in known.get("Content-Type", "") and text else text
            return Answer(response.status, parsed, known)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", path, **query)

    async def create(self, path: str, body: Any, **query: Any) -> Answer:
        return await self.call("POST", path, body, **query)

    async def replace(self, path: str, body: Any, **query: Any) -> Answer:
        return await self.call("PUT", path, body, **query)

    async def delete(self, path: str, body: Any = None, **query: Any) -> Answer:
        return await self.call("DELETE", path, body, **query)

    async def patch(self, path: str, body: Any, kind: str = "merge-patch+json", **query: Any) -> Answer:
        return await self.call("PATCH", path, body, headers={"Content-Type": f"application/{kind}"}, **query)

    @asynccontextmanager
    async def watch(self, path: str, *, accept: str = "application/json", **query: Any) -> AsyncIterator[Watch]:
        parameters = {"watch": "true"} | {key: str(value) for key, value in query.items()}
        sent = self.session.get(
            self.url + path, params=parameters, headers=self._headers({"Accept": accept}), ssl=self.ssl
        )
        async with sent as response:
            assert response.status == 200, await response.text()
            yield Watch(response)

    async def until(self, path: str, holds: Callable[[Answer], bool]) -> Answer:
        """Ask again until the answer is as it shall be."""
        while not holds(answer := await self.get(path)):  # noqa: ASYNC110 - there is only asking
            await asyncio.sleep(0.02)
        return answer

    async def gone(self, path: str) -> None:
        """Wait until the object is not there any more."""
        await self.until(path, lambda answer: answer.code == 404)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """`app` on a free port of loopback; its address."""
    # The protocol must be named: asyncio sets TCP_NODELAY only then, and without it each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="on", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        app.end_watches()
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
        listener.close()
