"""A plain HTTP client of the Kubernetes API, and a uvicorn server of the embedded one on loopback.

The fixtures of this folder and of tests/embedded_api use both. Nothing here knows which server answers.
"""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp
import uvicorn

from bot.embedded.api.tls import TlsFiles

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

    async def next(self, seconds: float = 60.0) -> Document:
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

    async def rest(self) -> bytes:
        """All that comes until the watch ends."""
        return await asyncio.wait_for(self._response.content.read(), 60)

    def holds_little(self) -> None:
        """Keeps the system from taking in many megabytes for a client that does not read."""
        connection = self._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)

    async def take(self, count: int) -> list[Document]:
        return [await self.next() for _ in range(count)]


def _encoded(body: Any) -> bytes:
    """Text and bytes as they are, everything else as JSON."""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


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
        data = (
            body if isinstance(body, bytes | None) else (body if isinstance(body, str) else json.dumps(body)).encode()
        )
        sendable = None if data is None else io.BytesIO(data)
        parameters = {key: str(value) for key, value in query.items() if value is not None}
        sent = self.session.request(
            method,
            self.url + path,
            data=sendable,
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
        while not holds(answer := await self.get(path)):
            await asyncio.sleep(0.02)
        return answer

    async def gone(self, path: str) -> None:
        """Wait until the object is not there any more."""
        await self.until(path, lambda answer: answer.code == 404)


class _Server(uvicorn.Server):
    """A server that is told when to leave instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening, self.leaving = asyncio.Event(), asyncio.Event()

    async def main_loop(self) -> None:
        self.listening.set()
        await self.leaving.wait()


@asynccontextmanager
async def served(app: Any, *, tls: TlsFiles | None = None) -> AsyncIterator[str]:
    """`app` on a free port of loopback; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    # Without it each answer waits 40 ms: asyncio sets it only on sockets that it has made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    files = {} if tls is None else {"ssl_keyfile": tls.key, "ssl_certfile": tls.certificate}
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "timeout_graceful_shutdown": 1, **files}
    server = _Server(uvicorn.Config(app, lifespan="on", **options))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.listening.wait()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        app.end_watches()
        server.leaving.set()
        with suppress(asyncio.CancelledError):
            await serving
        listener.close()
