"""Works off the inbox: leases deliveries, reads the facts, decides, performs. Started by wiring in the web half.

A delivery ends as done or as failed, and until then it is given back to the inbox: nothing is lost by a crash, and
nothing waits in this process's memory. The last line of defence for our own faults is here.
"""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import structlog

from bot import deliveries
from bot.errors import SUSPENDED_PATIENCE, Later, Suspended
from bot.facts import Facts
from bot.github import GitHubRefused
from bot.log import bound
from bot.metrics import Metrics
from bot.parking import park
from bot.perform import Performer
from bot.pushes import Pushed
from bot.store import Leased, Store
from handlers import decide, wording
from handlers.effects import Effect, Reply
from handlers.naming import marker
from handlers.spec_pushed import push_trouble

if TYPE_CHECKING:
    # Slack's packages take a while to import; without Slack nobody needs them.
    from bot.slack.talk import SlackTalk

log = structlog.get_logger()

AT_ONCE = 8
LEASE_SECONDS = 120.0
VANISHED = (404, 410, 451)
"""Answers of GitHub for a repository or thread that is not there any more."""
FIRST_PAUSE = 0.5
ATTEMPTS = 12
"""Tries before a delivery is put aside; with the doubled pauses between them about a quarter of an hour."""
IDLE_SECONDS = 30.0


@dataclass(frozen=True)
class Worker:
    store: Store
    facts: Facts
    performer: Performer
    metrics: Metrics
    alone: bool
    """Whether no other process works on this store."""
    slack: "SlackTalk | None" = None
    """Who answers in Slack; None where there is none."""
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary, repr=False)

    async def run(self) -> None:
        """Works for ever."""
        if self.alone:
            # One process has a SQLite store to itself, so that what is leased was left by a crash: no need to wait.
            await self.store.inbox.reclaim()
        while True:
            leased = await self._leased()
            if not leased:
                await self.store.inbox.wait(IDLE_SECONDS)
                continue
            async with asyncio.TaskGroup() as group:
                for one in leased:
                    group.create_task(self.handle(one))

    async def _leased(self) -> list[Leased]:
        try:
            return await self.store.inbox.lease(AT_ONCE, LEASE_SECONDS)
        except Later as later:
            log.warning("store_unreachable", reason=later.reason)
            await asyncio.sleep(later.after)
            return []

    async def handle(self, leased: Leased) -> None:
        """One delivery, from its payload to its end. Never raises."""
        with bound(delivery=leased.delivery.id, delivery_event=leased.delivery.event):
            try:
                await self._handled(leased)
            except Later as later:
                # The store itself is out of reach: the lease runs out, and somebody takes the delivery up again.
                log.warning("store_unreachable", reason=later.reason)

    async def _handled(self, leased: Leased) -> None:
        if self.facts.clock() - leased.delivery.received_at > SUSPENDED_PATIENCE:
            await self._aside(leased, "too old", wording.asked_long_ago())
            return
        try:
            outcome = await self._worked(leased)
        except Later as later:
            await self._again(leased, later)
        except GitHubRefused as refused:
            told = await self._aside(leased, str(refused))
            if told or refused.status not in VANISHED:
                self._fault()
            else:  # the world has gone on: nobody is left to be told, and nothing is to be mended
                log.warning("place_gone", status=refused.status)
        except Exception as fault:  # the last line: whatever it was, the delivery is not lost and somebody hears
            self._fault()
            await self._aside(leased, type(fault).__name__)
        else:
            await self.store.inbox.done(leased.delivery.id, outcome)
            self.metrics.work.labels("done").inc()
            log.info("delivery_done", outcome=outcome)

    def _fault(self) -> None:
        self.metrics.faults.labels("worker").inc()
        log.exception("delivery_failed")

    async def _worked(self, leased: Leased) -> str:
        if leased.delivery.source == "slack":
            return await self.slack.work(leased.delivery) if self.slack else "no_slack"
        heard = deliveries.read(leased.delivery.event, leased.delivery.payload, self.facts.dialect)
        if isinstance(heard, deliveries.Ignored):
            return heard.reason
        # What is said in one thread is answered in its order: a cancel must see what was asked for before it.
        async with self._turns.setdefault(_place(heard), asyncio.Lock()):
            event = await self.facts.event(heard)
            if isinstance(event, deliveries.Ignored):
                return event.reason
            effects = decide(event)
            await self.performer.perform(effects)
        return ",".join(type(effect).__name__ for effect in effects) or "nothing"

    async def _again(self, leased: Leased, later: Later) -> None:
        if isinstance(later, Suspended) and leased.delivery.source == "github":
            self.metrics.work.labels("parked").inc()
            await park(self.store, self.facts.github, leased.delivery.id, later)
            return
        if leased.attempt >= ATTEMPTS:
            log.error("delivery_given_up", reason=later.reason, attempts=leased.attempt)
            await self._aside(leased, later.reason)
            return
        after = max(later.after, min(300.0, FIRST_PAUSE * 2.0 ** (leased.attempt - 1)))
        log.warning("delivery_later", reason=later.reason, after=after, attempt=leased.attempt)
        self.metrics.work.labels("later").inc()
        await self.store.inbox.later(leased.delivery.id, after, later.reason)

    async def _aside(self, leased: Leased, reason: str, said: str = "") -> bool:
        """Keeps the delivery for people to look at, and says one plain sentence in its thread; whether it could."""
        self.metrics.work.labels("failed").inc()
        await self.store.inbox.failed(leased.delivery.id, reason)
        if leased.delivery.source == "slack":
            await self._said_in_slack(leased)
            return True
        heard = deliveries.read(leased.delivery.event, leased.delivery.payload, self.facts.dialect)
        if not isinstance(heard, deliveries.InThread | Pushed):
            return False
        if isinstance(heard, Pushed):
            words: Effect = push_trouble(heard.thread, heard.after)
        else:
            words = Reply(heard.thread, marker("trouble", leased.delivery.id), said or wording.trouble())
        try:
            await self.performer.perform([words])
        except (Later, GitHubRefused) as silence:
            log.warning("trouble_untold", reason=str(silence))
            return False
        return True

    async def _said_in_slack(self, leased: Leased) -> None:
        try:
            if self.slack:
                await self.slack.trouble(leased.delivery)
        except Later as silence:
            log.error("trouble_untold", reason=str(silence))


def _place(heard: deliveries.Heard) -> str:
    """Within which deliveries are worked off one after the other."""
    return str(heard.installation) if isinstance(heard, deliveries.InstallationChanged) else heard.thread.name
