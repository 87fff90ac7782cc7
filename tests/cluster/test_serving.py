"""Serving an app in the running loop: ports, a refused start, and streams that outlive the server."""

import asyncio
import socket
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from bot.serving import serving


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    endless = scope["path"] == "/endless"
    await send({"type": "http.response.body", "body": b"hello", "more_body": endless})
    if endless:
        await asyncio.Event().wait()


async def test_port_zero_tells_which_port_it_became() -> None:
    async with serving(hello) as address, aiohttp.ClientSession() as client, client.get(address.url) as answer:
        assert await answer.read() == b"hello"


async def test_a_taken_port_is_an_error_here_and_now() -> None:
    async with serving(hello) as address:
        with pytest.raises(OSError, match="in use"):
            async with serving(hello, port=address.port):
                pass


async def test_an_app_that_refuses_to_start_does_not_end_the_process() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no store"})

    with pytest.raises(RuntimeError, match="refused to start"):
        async with serving(broken, log_level="critical"):
            pass


async def test_an_endless_answer_does_not_hold_the_server_up() -> None:
    async with aiohttp.ClientSession() as client:
        async with serving(hello, grace=0, log_level="critical") as address:
            answer = await client.get(f"{address.url}/endless")
            assert await answer.content.read(5) == b"hello"
        answer.close()


@pytest.mark.parametrize("turns", range(6))
async def test_who_has_connected_when_the_server_ends_is_hung_up_on(turns: int) -> None:
    """At whatever turn of the loop their connection stands: nobody waits for an answer that never comes."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setblocking(False)
        async with serving(hello) as address:
            with suppress(BlockingIOError):
                client.connect((address.host, address.port))
            for _ in range(turns):
                await asyncio.sleep(0)
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
                while await loop.sock_recv(client, 100):
                    pass
