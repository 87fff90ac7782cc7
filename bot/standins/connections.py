"""Drops a client's connection in the middle of a call, as a failing network does. Both stand-ins use it."""

from __future__ import annotations

from typing import Any

from starlette.types import Receive


async def drop_connection(receive: Receive) -> None:
    """Aborts the connection. ASGI has no word for it, so this takes the transport of uvicorn's request cycle."""
    cycle: Any = getattr(receive, "__self__", None)
    cycle.transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
