"""Serves an aiohttp application on loopback as long as a block runs; the stand-ins and the tests use it.

Whoever connects in the moment in which it ends is hung up on, and leaves no socket behind (`bot/serving.py` says how
one would be).
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.serving import accept_no_more


@asynccontextmanager
async def served(app: web.Application, **options: Any) -> AsyncIterator[int]:
    """Gives the port. `options`: those of aiohttp's AppRunner."""
    runner = web.AppRunner(app, **options)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        try:
            await web.SockSite(runner, listener).start()
            yield int(listener.getsockname()[1])
        finally:
            await accept_no_more([listener])
            await runner.cleanup()
