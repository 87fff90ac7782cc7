"""Asks the agent's program how full its window is, once a turn, and tells it: never two questions at once.

Used by `agent.py`. The program counts through the model's server; an answer that is slow or never comes keeps nobody
waiting while the agent works. A turn that passes meanwhile is asked about next, and the last turn is always told: at
the run's end its answer is waited for a moment, and where there is none, what its request counted is told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from runner.progress import News, Progress

SECONDS = 10.0
"""How long an answer is waited for while the agent works."""
LAST_SECONDS = 3.0
"""How long the end of a run waits for the last turn's answers."""

Ask = Callable[[], Awaitable[Mapping[str, Any]]]


class Window:
    """The window of one run. `ask` gives what `get_context_usage` of the SDK answers; `size`: tokens, as ordered."""

    def __init__(self, ask: Ask, progress: Progress, *, size: int) -> None:
        self._ask, self._progress, self._size = ask, progress, size
        self._asking: asyncio.Task[None] | None = None
        self._last = self._about = self._told = 0

    def turn(self, number: int) -> None:
        """The model has answered for the so-manieth time."""
        self._last = number
        if self._asking is None:
            self._about = number
            self._asking = asyncio.create_task(self._asked(number))
            self._asking.add_done_callback(self._answered)

    async def settle(self, seconds: float = LAST_SECONDS) -> None:
        """Waits for what is known of the last turn; at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._asking is not None:
                    await asyncio.wait({self._asking})

    def close(self, counted: int) -> None:
        """Waits for nothing. Where the last turn was not told, what its request `counted` is."""
        if self._asking is not None:
            self._asking.cancel()
        if self._told < self._last and counted > 0:
            self._tell(self._last, counted, self._size)

    def _answered(self, asked: asyncio.Task[None]) -> None:
        """What went wrong in it is nobody's trouble: the SDK raises anything here, and the agent goes on."""
        self._asking = None
        if asked.cancelled():
            return
        asked.exception()
        if self._about < self._last:
            self.turn(self._last)

    async def _asked(self, number: int) -> None:
        async with asyncio.timeout(SECONDS):
            found = await self._ask()
        tokens, window = found.get("totalTokens"), found.get("maxTokens")
        if isinstance(tokens, int) and isinstance(window, int) and window > 0 <= tokens:
            self._tell(number, tokens, window)

    def _tell(self, number: int, tokens: int, window: int) -> None:
        self._told = number
        self._progress.tell(News("context", turn=number, context_tokens=tokens, context_window=window))
