"""Keys to look at, each by one worker at a time: what stands between a watch and a step that acts on what it finds.

A key that is added while it is worked on is worked on again. A step that fails is tried again after a growing pause,
and never ends the loop: this is its last line, so it catches what a step did not expect and logs it. The reconcile
loop, the Job controller and the kubelet stand on it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import Later

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0


type Step = Callable[[str], Awaitable[float | None]]
type OnFault = Callable[[str, int], Awaitable[None]]


class WorkQueue:
    """`step(key)` does what is to do now and gives the seconds until time alone makes a difference, or None.

    `on_fault(key, count)` hears of a step that raised what it should not, for the count-th time in a row.
    """

    def __init__(self, name: str, step: Step, *, on_fault: OnFault | None = None) -> None:
        self._name, self._step, self._on_fault = name, step, on_fault
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._failures: dict[str, int] = {}

    def add(self, key: str) -> None:
        """Look at it as soon as a worker is free."""
        if key in self._running:
            self._again.add(key)
        elif key not in self._queued:
            self._queued.add(key)
            self._ready.put_nowait(key)

    def add_later(self, key: str, seconds: float) -> None:
        """Look at it then; replaces an earlier timer of the same key."""
        if timer := self._timers.pop(key, None):
            timer.cancel()
        self._timers[key] = asyncio.get_running_loop().call_later(max(0.0, seconds), self._due, key)

    def _due(self, key: str) -> None:
        self._timers.pop(key, None)
        self.add(key)

    async def run(self, *, workers: int = 8) -> None:
        """Work for ever."""
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(workers):
                    group.create_task(self._work(), name=f"{self._name} {number}")
        finally:
            for timer in self._timers.values():
                timer.cancel()

    async def _work(self) -> None:
        while True:
            key = await self._ready.get()
            self._queued.discard(key)
            self._running.add(key)
            try:
                pause = await self._attempt(key)
            finally:
                self._running.discard(key)
            if key in self._again:
                self._again.discard(key)
                self.add(key)
            elif pause is not None:
                self.add_later(key, pause)

    async def _attempt(self, key: str) -> float | None:
        try:
            pause = await self._step(key)
        except Later as later:
            log.info("step_postponed", queue=self._name, key=key, why=later.reason)
            return max(later.after, self._failed(key))
        except Exception:  # the last line: one broken item must not end the loop
            log.exception("step_failed", queue=self._name, key=key)
            pause = self._failed(key)
            if self._on_fault:
                await self._on_fault(key, self._failures[key])
            return pause
        self._failures.pop(key, None)
        return pause

    def _failed(self, key: str) -> float:
        count = self._failures[key] = self._failures.get(key, 0) + 1
        return min(LONGEST_PAUSE, FIRST_PAUSE * float(2 ** min(count - 1, 10)))

    @property
    def idle(self) -> bool:
        """Whether nothing is ready and nothing is worked on; timers may still run."""
        return not self._queued and not self._running

    @property
    def pause(self) -> float:
        """Seconds until the next timer rings; infinite where none runs."""
        now = asyncio.get_running_loop().time()
        return min((timer.when() - now for timer in self._timers.values()), default=float("inf"))
