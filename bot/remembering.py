"""The hands of memory: keeps, settles and deletes notes as handlers/memory decides. Called by bot/perform.py.

The only writer of notes. Each change is one transaction over a repository's notes; nothing is decided here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from bot.errors import Later
from bot.github import GitHub, GitHubRefused
from bot.github.pulls import is_merged
from bot.store import Store
from handlers.memory import aging, changing
from handlers.memory.effects import ForgetNotes, KeepNotes, MemoryEffect, SettleNotes, TakeUpNotes
from handlers.memory.note import Note

log = structlog.get_logger()


@dataclass(frozen=True)
class MemoryHands:
    store: Store
    github: GitHub | None
    clock: Callable[[], float]
    days: int
    """Days after which an unused note goes; 0 where nothing is remembered."""

    async def perform(self, effect: MemoryEffect) -> None:
        """One effect. Raises Later where the store is out of reach."""
        match effect:
            case KeepNotes():
                await self._keep(effect)
            case SettleNotes():
                if effect.reverted:
                    back = partial(changing.taken_back, pull=effect.pull)
                    await self.store.notes.change(effect.repository_id, back)
                else:
                    await self._settle(effect.repository_id, effect.pull, merged=effect.merged)
            case TakeUpNotes():
                taken = partial(changing.with_kept, ids=effect.ids, now=self.clock(), days=max(1, self.days))
                await self.store.notes.change(effect.repository_id, taken)
                log.info("notes_taken_up", repository_id=effect.repository_id, notes=effect.ids, by=effect.by)
            case ForgetNotes():
                left = partial(changing.without, ids=effect.ids, now=self.clock())
                await self.store.notes.change(effect.repository_id, left)
                log.info("notes_forgotten", repository_id=effect.repository_id, notes=effect.ids, by=effect.by)

    async def _keep(self, effect: KeepNotes) -> None:
        if not self.days:
            return

        def change(notes: Sequence[Note]) -> list[Note]:
            read = changing.with_use(notes, effect.read, effect.session)
            return changing.with_proposed(read, effect.notes, self.clock(), days=self.days)

        await self.store.notes.change(effect.repository_id, change)
        log.info("notes_kept", repository_id=effect.repository_id, notes=len(effect.notes), read=len(effect.read))
        await self._closed_meanwhile(effect)

    async def _closed_meanwhile(self, effect: KeepNotes) -> None:
        """Settles at once what waits for a pull request that was closed before its notes were here to be settled."""
        thread = effect.thread
        if self.github is None or thread is None or not effect.pull or not effect.notes:
            return
        try:
            merged = await is_merged(self.github, thread.repository, thread.installation, effect.pull)
        except (Later, GitHubRefused) as why:
            log.warning("pull_unread", reason=str(why))  # its closing is heard all the same, by the webhook
            return
        if merged is not None:
            await self._settle(effect.repository_id, effect.pull, merged=merged)

    async def _settle(self, repository_id: int, pull: int, *, merged: bool) -> None:
        change = partial(changing.settled, pull=pull, now=self.clock(), merged=merged, days=max(1, self.days))
        await self.store.notes.change(repository_id, change)
        log.info("notes_settled", repository_id=repository_id, pull=pull, merged=merged)


async def age(store: Store, now: float, *, days: int) -> int:
    """Deletes what is too old everywhere; the number of repositories that were looked at."""
    old = await store.notes.repositories(now - days * aging.DAY)
    for repository_id in old:
        await store.notes.change(repository_id, partial(aging.aged, now=now, days=days))
    return len(old)
