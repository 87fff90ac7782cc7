"""Asks the agent's program how full its window is, once a turn, and tells it: never two questions at once.

Used by `agent.py`. The program counts through the model's server; an answer that is slow or never comes keeps nobody
waiting, and a turn that passes meanwhile is not asked about.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from runner.progress import News, Progress

SECONDS = 10.0
"""How long an answer is waited for."""

Ask = Callable[[], Awaitable[Mapping[str, Any]]]


class Window:
    """The window of one run. `ask` gives what `get_context_usage` of the SDK answers."""

    def __init__(self, ask: Ask, progress: Progress) -> None:
        self._ask, self._progress = ask, progress
        self._asking: asyncio.Task[None] | None = None

    def turn(self, number: int) -> None:
        """The model has answered for the so-manieth time."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._told(number))
            self._asking.add_done_callback(self._answered)

    def close(self) -> None:
        """Waits for nothing."""
        if self._asking is not None:
            self._asking.cancel()

    def _answered(self, asked: asyncio.Task[None]) -> None:
        """What went wrong in it is nobody's trouble: the SDK raises anything here, and the agent goes on."""
        self._asking = None
        if not asked.cancelled():
            asked.exception()

    async def _told(self, number: int) -> None:
        async with asyncio.timeout(SECONDS):
            found = await self._ask()
        tokens, window = found.get("totalTokens"), found.get("maxTokens")
        if isinstance(tokens, int) and isinstance(window, int) and window > 0 <= tokens:
            self._progress.tell(News("context", turn=number, context_tokens=tokens, context_window=window))
