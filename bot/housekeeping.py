"""Removes from the store what is older than the installation keeps things. Started by wiring in the web half."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.errors import Later
from bot.remembering import age
from bot.store import Store

log = structlog.get_logger()

EVERY_SECONDS = 6 * 3600.0
DAY_SECONDS = 86400.0


@dataclass(frozen=True)
class Housekeeping:
    store: Store
    days: int
    clock: Callable[[], float]
    memory_days: int = 0

    async def run(self) -> None:
        """Cleans up for ever, a few times a day."""
        while True:
            try:
                purged = await self.store.retention.purge(self.clock() - self.days * DAY_SECONDS)
                await age(self.store, self.clock(), days=self.memory_days)
                await self.store.summaries.purge(self.clock() - max(self.days, self.memory_days) * DAY_SECONDS)
                await self.store.shared_code.purge(self.clock() - self.days * DAY_SECONDS)
            except Later as later:
                log.warning("purge_later", reason=later.reason)
            else:
                if purged.deliveries or purged.sessions:
                    log.info("purged", deliveries=purged.deliveries, sessions=purged.sessions)
            await asyncio.sleep(EVERY_SECONDS)
