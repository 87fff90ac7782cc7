"""Serves an ASGI app on a local address inside the running event loop; every web part of the bot uses it.

Signals are not touched: whoever owns the process decides when to leave the `async with` block. The listening socket is
bound before anything starts, so a taken port is an OSError and port 0 tells which port it became.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

FIRST_LOOK, LONGEST_LOOK = 0.001, 0.1
"""Seconds between looks at whether the last connections of a server that ends are gone; doubled each time."""

TURNS_TO_CONNECT = 4
"""Turns of the loop from the accepted socket to the connection: its task, its transport, its protocol."""

type ASGIApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str
    port: int
    scheme: str = "http"

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens, and fails with an exception instead of leaving the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.leaving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as refused:  # uvicorn's way to say that the app's lifespan failed
            raise RuntimeError("the app refused to start; its reason is in the log above") from refused
        self.listening.set()

    async def main_loop(self) -> None:
        # uvicorn looks ten times a second whether it should leave; we are told, and only the Date header needs a clock.
        while not self.leaving.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.leaving.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn sleeps a tenth of a second at least, and between its looks: what is done is seen here when it is done.
        await accept_no_more(sockets or [])
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._quiet()
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel(msg="the server ends, and its grace is over")
        await self.lifespan.shutdown()

    async def _quiet(self) -> None:
        """Returns when nothing is answered any more and everybody has hung up."""
        pause = FIRST_LOOK
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(pause)
            pause = min(LONGEST_LOOK, pause * 2)
        for server in self.servers:
            await server.wait_closed()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def accept_no_more(listeners: list[socket.socket]) -> None:
    """Whoever has been accepted in this very moment is seen as a connection before the server closes. asyncio would
    forget them (its server refuses to attach what comes after its close), and they would wait for an answer for ever.
    """
    loop = asyncio.get_running_loop()
    for listener in listeners:
        loop.remove_reader(listener)
    for _ in range(TURNS_TO_CONNECT):
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Tls:
    """PEM files of a server's certificate and its key."""

    certificate: Path
    key: Path


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    log_level: str = "warning",
    grace: int = 2,
    tls: Tls | None = None,
) -> AsyncIterator[Address]:
    """Serve `app` until the block ends; open responses (watches, streams) are cut `grace` seconds after that."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        log_config=None,
        log_level=log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=grace,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    server = _Server(config)
    with listener:
        running = asyncio.create_task(server.serve(sockets=[listener]), name=f"serving {host}")
        try:
            await _started(server, running)
            yield Address(host, listener.getsockname()[1], "https" if tls else "http")
        finally:
            server.leaving.set()
            await asyncio.wait({running})
        await running  # raises what went wrong while it served or ended


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # reuse_port stays off: two servers on one port would share the connections by chance.
    listener = socket.create_server((host, port), family=family, backlog=512)
    # Accepted connections inherit it. asyncio sets it only where it has made the socket itself; without it, head and
    # body of an answer are two segments, and the second waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def _started(server: _Server, running: asyncio.Task[None]) -> None:
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait({listening, running}, return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    if running.done():
        await running  # raises what stopped it
