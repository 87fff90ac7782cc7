"""The redelivery sweep: GitHub does not send a webhook again by itself, so that we ask for those it could not deliver.

Started by wiring in the web half: at start, and then every few minutes. What the inbox knows is never asked for.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.errors import Later
from bot.github import GitHub, GitHubRefused
from bot.github.hooks import LoggedDelivery, log_of_deliveries, redeliver
from bot.metrics import Metrics
from bot.store import Store

log = structlog.get_logger()

MARK = "github_sweep"
OVERLAP = 600.0
"""Seconds that a sweep looks back behind the last one: a delivery may enter the log late."""
FIRST_LOOK_BACK = 3 * 86400.0
"""Seconds that the first sweep looks back: GitHub keeps its log about that long."""


@dataclass(frozen=True)
class Sweep:
    store: Store
    github: GitHub
    metrics: Metrics
    clock: Callable[[], float]
    every: float

    async def run(self) -> None:
        """Sweeps for ever."""
        while True:
            pause = self.every
            try:
                await self.once()
            except Later as later:
                log.warning("sweep_later", reason=later.reason)
                pause = min(self.every, max(5.0, later.after))
            except GitHubRefused as refused:
                log.error("sweep_refused", reason=str(refused))
            await asyncio.sleep(pause)

    async def once(self) -> int:
        """One sweep; how many deliveries were asked for again. Raises Later, GitHubRefused."""
        began = self.clock()
        mark = await self.store.marks.get(MARK)
        since = float(mark) - OVERLAP if mark else began - FIRST_LOOK_BACK
        missed = await self._missed(since)
        for delivery in missed:
            await redeliver(self.github, delivery.id)
            self.metrics.redelivered.inc()
        await self.store.marks.set(MARK, str(began))
        if missed:
            log.info("webhooks_asked_for_again", count=len(missed))
        return len(missed)

    async def _missed(self, since: float) -> list[LoggedDelivery]:
        """One attempt for each delivery that no attempt has brought here, oldest first."""
        failed: dict[str, LoggedDelivery] = {}
        arrived: set[str] = set()
        async for delivery in log_of_deliveries(self.github):
            if datetime.fromisoformat(delivery.delivered_at).timestamp() < since:
                break
            if delivery.ok:
                arrived.add(delivery.guid)
            else:
                failed.setdefault(delivery.guid, delivery)
        known = arrived | await self.store.inbox.seen(failed.keys())
        return [delivery for guid, delivery in reversed(failed.items()) if guid not in known]
