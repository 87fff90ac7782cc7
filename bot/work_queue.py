"""A queue of keys for a reconcile loop: a key waits once however often it is added, and one worker holds it at a time.

Used by bot/reconcile.py. It holds names only: what is to be done follows from the state of the world, so that losing
the queue loses nothing. The semantics are those of client-go's rate-limited work queue.
"""

import asyncio
import random
from collections import deque

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 120.0


class WorkQueue:
    """Keys to look at. For one event loop."""

    def __init__(self) -> None:
        self._ready: deque[str] = deque()
        self._waiting: set[str] = set()
        self._held: set[str] = set()
        self._failures: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._news = asyncio.Event()

    def add(self, key: str) -> None:
        """The key is to be looked at; if somebody holds it now, once more after that."""
        if key in self._waiting:
            return
        self._waiting.add(key)
        if key not in self._held:
            self._ready.append(key)
            self._news.set()

    def add_after(self, key: str, seconds: float) -> None:
        """The key is to be looked at in so many seconds; the earliest of several times counts."""
        loop = asyncio.get_running_loop()
        due = loop.time() + max(0.0, seconds)
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= due:
                return
            timer.cancel()
        self._timers[key] = loop.call_at(due, self._ring, key)

    def _ring(self, key: str) -> None:
        self._timers.pop(key, None)
        self.add(key)

    async def get(self) -> str:
        """The next key, held by the caller until `done`."""
        while not self._ready:
            self._news.clear()
            await self._news.wait()
        key = self._ready.popleft()
        self._waiting.discard(key)
        self._held.add(key)
        return key

    def done(self, key: str) -> None:
        """The caller holds the key no longer."""
        self._held.discard(key)
        if key in self._waiting:
            self._ready.append(key)
            self._news.set()

    def succeeded(self, key: str) -> None:
        """Forget the key's failures."""
        self._failures.pop(key, None)

    def failed(self, key: str, *, least: float = 0.0) -> int:
        """The key is looked at again after a growing, jittered pause; how often it has failed in a row."""
        count = self._failures.get(key, 0) + 1
        self._failures[key] = count
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(count - 1, 10)) * random.uniform(0.8, 1.2)  # noqa: S311
        self.add_after(key, max(least, pause))
        return count

    @property
    def idle(self) -> bool:
        """Whether nothing is ready and nothing is held (timers may still run)."""
        return not self._ready and not self._held

    @property
    def pause(self) -> float:
        """Seconds until the next timer rings; infinite where none runs."""
        now = asyncio.get_running_loop().time()
        return min((timer.when() - now for timer in self._timers.values()), default=float("inf"))

    def close(self) -> None:
        """Cancels all timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
