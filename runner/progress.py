"""Tells the bot what happens, in numbered batches: at most one request a second, and never in the agent's way.

Used by `session.py`. Events wait in a bounded queue; when it is full, the oldest are lost, because what the agent does
now is worth more than what it did. Numbers are given when a batch is made, and begin above the last one that the bot
has (it answers an empty batch with it), so that a pod that was started anew is heard, and a batch that is sent twice is
counted once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from crds.redaction import redact
from crds.result import ProgressBatch, ProgressEvent
from runner.bot_api import BotApi
from runner.endings import PrerequisiteFailed

Kind = Literal["phase", "turn", "tool", "text", "context"]

MOST_WAITING = 2000
MOST_A_BATCH = 500
MOST_EVENTS = 20_000
"""Numbers that the bot takes from one session."""
PAUSE = 1.0
LAST_SECONDS = 3.0
"""How long the end of a run waits for its last events to be sent."""


@dataclass(frozen=True)
class News:
    """An event that has no number yet."""

    kind: Kind
    text: str = ""
    detail: str = ""
    turn: int = 0
    context_tokens: int | None = None
    context_window: int | None = None

    def numbered(self, seq: int) -> ProgressEvent:
        """The event as it is sent: texts redacted and cut."""
        return ProgressEvent(
            seq=seq,
            kind=self.kind,
            text=_fit(self.text),
            detail=_fit(self.detail),
            turn=self.turn,
            context_tokens=self.context_tokens,
            context_window=self.context_window,
        )


class Progress:
    """The queue of what is to be told."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._last: int | None = None
        self._batch: tuple[ProgressEvent, ...] = ()
        self._waiting: deque[News] = deque(maxlen=MOST_WAITING)
        self._news = asyncio.Event()

    def tell(self, news: News) -> None:
        """Queues one event."""
        self._waiting.append(news)
        self._news.set()

    async def run(self) -> None:
        """Sends for ever; ends by cancellation, or when the bot refuses for good."""
        with suppress(PrerequisiteFailed):
            while True:
                await self._news.wait()
                await self.flush()
                await asyncio.sleep(PAUSE)

    async def flush(self) -> None:
        """Sends what waits. A batch that could not be sent keeps its numbers, and is sent again as it was."""
        if self._last is None:
            self._last = await self._api.progress(ProgressBatch(events=()))
        while self._batch or self._waiting:
            self._batch = self._batch or self._next_batch(self._last)
            if not self._batch:
                break
            await self._api.progress(ProgressBatch(events=self._batch))
            self._last, self._batch = self._batch[-1].seq, ()
        self._news.clear()

    def _next_batch(self, last: int) -> tuple[ProgressEvent, ...]:
        """The next events with their numbers; what is beyond the last number the bot takes is not told."""
        number = min(MOST_A_BATCH, len(self._waiting))
        events = (self._waiting.popleft().numbered(last + 1 + place) for place in range(number))
        return tuple(event for event in events if event.seq <= MOST_EVENTS)


def _fit(text: str) -> str:
    """Redacted before it is cut, or half a secret would not be known as one."""
    return redact(text.encode("utf-8", "replace").decode("utf-8"))[:2000]


@asynccontextmanager
async def telling(api: BotApi) -> AsyncIterator[Progress]:
    """Progress that is sent as long as the block runs, and once more at its end, within a few seconds."""
    progress = Progress(api)
    sender = asyncio.create_task(progress.run())
    try:
        yield progress
    finally:
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender
        with suppress(PrerequisiteFailed, TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await progress.flush()
