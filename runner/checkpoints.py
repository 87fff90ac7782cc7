"""Keeps what the agent has done so far, every few turns, without stopping it.

Used by `session.py`. A checkpoint is what the bot has left if the pod dies in the next second; one is sent only if the
work has changed, one at a time, and one that fails is no failure of the run.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from crds.result import Result
from runner.endings import PrerequisiteFailed
from runner.report import Reporter

TURNS = 5
"""Turns between two checkpoints."""
SEND_SECONDS = 10.0


class Checkpoints:
    """The checkpoints of one run."""

    def __init__(self, reporter: Reporter, document: Callable[[], Result]) -> None:
        self._reporter = reporter
        self._document = document
        self._task: asyncio.Task[None] | None = None
        self._kept: tuple[str, ...] = ()

    def turn(self, number: int) -> None:
        """Begins a checkpoint if one is due and none is under way."""
        if number % TURNS == 0 and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._keep())

    async def settle(self, seconds: float) -> None:
        """Waits for the one that is under way, so that it is not behind the report; then gives it up."""
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=seconds)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _keep(self) -> None:
        gathered = await self._reporter.gather(mend=False)
        if gathered.heads == self._kept or not any(kept.commits for kept in gathered.work):
            return
        with suppress(PrerequisiteFailed):
            await self._reporter.send(self._document(), gathered, final=False, seconds=SEND_SECONDS)
            self._kept = gathered.heads
