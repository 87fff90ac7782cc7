"""SIGTERM and SIGINT as an event of the loop, and work that ends with it. Used by the rooms that wait."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


class Stopped(Exception):
    """The pod is to end before the work was done."""


def on_signals() -> asyncio.Event:
    """An event that is set when the kubelet wants the pod to end."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def unless_stopped[T](work: Coroutine[Any, Any, T], stopping: asyncio.Event) -> T:
    """What the work gives. Raises Stopped, with the work cancelled, as soon as the event is set."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Stopped
        return task.result()
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
