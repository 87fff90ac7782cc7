"""Works off the inbox: leases deliveries, reads the facts, decides, performs. Started by wiring in the web half.

A delivery ends as done or as failed, and until then it is given back to the inbox: nothing is lost by a crash, and
nothing waits in this process's memory. The last line of defence for our own faults is here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot import deliveries
from bot.cluster import SESSIONS, Cluster
from bot.errors import Later
from bot.github import GitHub, GitHubRefused
from bot.github.repositories import permission
from bot.log import bound
from bot.metrics import Metrics
from bot.perform import Performer
from bot.pushes import Pushed
from bot.settings import Settings
from bot.spec_facts import SpecFacts
from bot.store import Leased, Store
from bot.threads import thread_key
from handlers import decide, wording
from handlers.effects import Effect, Reply
from handlers.events import Actor, CommandGiven, Event, Ground, IssueLabelled, SessionBrief, Thread
from handlers.issue_labelled import LABELS
from handlers.naming import marker
from handlers.policy import namespace_for
from handlers.session import read_session
from handlers.spec_pushed import push_trouble

log = structlog.get_logger()

AT_ONCE = 8
LEASE_SECONDS = 120.0
FIRST_PAUSE = 0.5
ATTEMPTS = 12
"""Tries before a delivery is put aside; with the doubled pauses between them about a quarter of an hour."""
IDLE_SECONDS = 30.0
SAME_INTENT_SECONDS = 60.0
RECENT_SECONDS = 30 * 86400.0


@dataclass(frozen=True)
class Worker:
    store: Store
    cluster: Cluster
    github: GitHub
    performer: Performer
    settings: Settings
    metrics: Metrics
    clock: Callable[[], float]
    slack: Callable[[Leased], Awaitable[str]] | None = None
    """Works on what Slack has told, and says in short what came of it; None where there is no Slack."""

    async def run(self) -> None:
        """Works for ever."""
        if self.settings.store_url.startswith("sqlite"):
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
        try:
            outcome = await self._worked(leased)
        except Later as later:
            await self._again(leased, later)
        except Exception as fault:  # the last line: whatever it was, the delivery is not lost and somebody hears
            self.metrics.faults.labels("worker").inc()
            log.exception("delivery_failed")
            await self._aside(leased, type(fault).__name__)
        else:
            await self.store.inbox.done(leased.delivery.id, outcome)
            self.metrics.work.labels("done").inc()
            log.info("delivery_done", outcome=outcome)

    async def _worked(self, leased: Leased) -> str:
        if leased.delivery.source == "slack":
            return await self.slack(leased) if self.slack else "no_slack"
        heard = deliveries.read(leased.delivery.event, leased.delivery.payload)
        if isinstance(heard, deliveries.Ignored):
            return heard.reason
        # A hostile comment can take its reader a second; the event loop has others to serve meanwhile.
        effects = await asyncio.to_thread(decide, await self._event(heard))
        await self.performer.perform(effects)
        return ",".join(type(effect).__name__ for effect in effects) or "nothing"

    async def _event(self, heard: deliveries.Heard) -> Event:
        thread = deliveries.thread(heard)
        actor = await self._actor(heard, thread)
        ground = self._ground(thread)
        if isinstance(heard, Pushed):
            facts = SpecFacts(self.github, self.cluster, self.store)
            return await facts.pushed(heard, actor, ground)
        if isinstance(heard, deliveries.CommentCreated):
            return CommandGiven(
                thread=thread,
                comment_id=heard.comment.id,
                comment_url=heard.comment.html_url,
                body=heard.comment.body,
                actor=actor,
                ground=ground,
                sessions=await self._sessions(thread),
            )
        return IssueLabelled(
            thread=thread,
            label=heard.label.name,
            updated_at=heard.issue.updated_at,
            body=heard.issue.body or "",
            actor=actor,
            ground=ground,
            just_asked=await self._just_asked(thread, heard.label.name),
        )

    async def _actor(self, heard: deliveries.Heard, thread: Thread) -> Actor:
        person = deliveries.sender(heard)
        level = await permission(self.github, thread.repository, thread.installation, person.login)
        return Actor(person, level)

    def _ground(self, thread: Thread) -> Ground:
        return Ground(
            namespace=namespace_for(thread.repository, self.settings.namespaces),
            clone_url=f"{self.settings.github_url.rstrip('/')}/{thread.repository}.git",
        )

    async def _sessions(self, thread: Thread) -> tuple[SessionBrief, ...]:
        since = self.clock() - RECENT_SECONDS
        intents = await self.store.intents.recent(thread_key(thread.repository_id, thread.number), since)
        asked = (self.cluster.get(SESSIONS, intent.name, intent.namespace) for intent in intents[-10:])
        found = await asyncio.gather(*asked)
        sessions = [read_session(resource) for resource in found if resource]
        return tuple(
            SessionBrief(one.namespace, one.name, one.phase, one.work.task, one.status.message or "")
            for one in sessions
        )

    async def _just_asked(self, thread: Thread, label: str) -> bool:
        since = self.clock() - SAME_INTENT_SECONDS
        recent = await self.store.intents.recent(thread_key(thread.repository_id, thread.number), since)
        return any(intent.task == LABELS[label] and "comment-" in (intent.origin.message or "") for intent in recent)

    async def _again(self, leased: Leased, later: Later) -> None:
        if leased.attempt >= ATTEMPTS:
            log.error("delivery_given_up", reason=later.reason, attempts=leased.attempt)
            await self._aside(leased, later.reason)
            return
        after = max(later.after, min(300.0, FIRST_PAUSE * 2.0 ** (leased.attempt - 1)))
        log.warning("delivery_later", reason=later.reason, after=after, attempt=leased.attempt)
        self.metrics.work.labels("later").inc()
        await self.store.inbox.later(leased.delivery.id, after, later.reason)

    async def _aside(self, leased: Leased, reason: str) -> None:
        """Keeps the delivery for people to look at, and says one plain sentence in its thread."""
        self.metrics.work.labels("failed").inc()
        await self.store.inbox.failed(leased.delivery.id, reason)
        heard = deliveries.read(leased.delivery.event, leased.delivery.payload)
        if isinstance(heard, deliveries.Ignored):
            return
        words: Effect = Reply(deliveries.thread(heard), marker("trouble", leased.delivery.id), wording.trouble())
        if isinstance(heard, Pushed):
            words = push_trouble(heard.thread, heard.after)
        try:
            await self.performer.perform([words])
        except (Later, GitHubRefused) as silence:
            log.error("trouble_untold", reason=str(silence))
