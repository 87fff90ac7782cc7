"""Runs a command that somebody watches: Ctrl-C, SIGTERM and a closed terminal end it in order. Called by the CLI.

The work is cancelled once and then left to clear up; the exit status is the shell's, 128 and the signal's number.
"""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, int]) -> int:
    """The work's exit status, or that of the signal that ended it."""
    return asyncio.run(_ended_in_order(work))


async def _ended_in_order(work: Coroutine[Any, Any, int]) -> int:
    task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
    came: list[int] = []

    def end(number: int) -> None:
        came.append(number)
        if len(came) == 1:  # a second one must not break off the clearing up
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not came:
            raise
        return 128 + came[0]
