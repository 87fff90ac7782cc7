"""The sessions of a thread or of an installation, as the verbs need them. Called by the facts."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.cluster import SESSIONS, Cluster, Forbidden, Json
from bot.store import Intent, Store
from bot.threads import requester_id_of, thread_key
from crds.forecast import Forecast
from handlers import wording
from handlers.events import SessionBrief, Thread
from handlers.session import FINALIZER, Session, read_session

RECENT_SECONDS = 30 * 86400.0
LONGEST_LIFE_SECONDS = 7 * 86400.0
"""Seconds after which no session is thought to wait or work any more."""
MOST, MOST_PLANS = 10, 50
"""Sessions of one thread that are looked at, and of those that nobody asked for in a thread: the latest."""
NO_THREAD = 0
"""The number of what nobody asked for in a thread."""


@dataclass(frozen=True)
class Sessions:
    store: Store
    cluster: Cluster
    clock: Callable[[], float]

    async def of_thread(self, thread: Thread, *, receipts: bool = False) -> tuple[SessionBrief, ...]:
        """The latest sessions of the thread, oldest first."""
        since = self.clock() - RECENT_SECONDS
        intents = await self.store.intents.recent(thread_key(thread.repository_id, thread.number), since)
        return await self._briefs(intents[-MOST:], receipts=receipts)

    async def that_opened(self, pull: Thread, *, receipts: bool = False) -> tuple[SessionBrief, ...]:
        """The sessions for nobody's thread, such as a pushed specification's, that opened this pull request."""
        since = self.clock() - RECENT_SECONDS
        intents = await self.store.intents.recent(thread_key(pull.repository_id, NO_THREAD), since)
        return await self._briefs(intents[-MOST_PLANS:], receipts=receipts, opened=pull)

    async def of_keys(self, keys: Sequence[str]) -> tuple[SessionBrief, ...]:
        """The latest sessions of threads that are no issue, by their keys, oldest first."""
        since = self.clock() - RECENT_SECONDS
        found = [intent for key in keys for intent in await self.store.intents.recent(key, since)]
        return await self._briefs(sorted(found, key=lambda intent: intent.created_at)[-MOST:], receipts=False)

    async def named(self, namespace: str, name: str) -> tuple[SessionBrief, ...]:
        """This one session, where it is still there."""
        intent = await self.store.intents.get(namespace, name)
        return await self._briefs([intent], receipts=False) if intent else ()

    async def asked_by(self, message: str) -> tuple[SessionBrief, ...]:
        """The sessions that this message (`comment-501`) has asked for, whatever threads they are about."""
        since = self.clock() - LONGEST_LIFE_SECONDS
        asked = [one for one in await self.store.intents.since(since) if one.origin.message == message]
        return await self._briefs(asked, receipts=False)

    async def of_installation(self, installation: int, repositories: Sequence[int] | None) -> tuple[SessionBrief, ...]:
        """The sessions that run on an installation; in these repositories (by id), or in all of them."""
        there = await self.asked_on(installation, repositories)
        return tuple(brief for brief in there if not brief.ended)

    async def asked_on(self, installation: int, repositories: Sequence[int] | None = None) -> tuple[SessionBrief, ...]:
        """The sessions of an installation that were asked for of late, whatever has become of them."""
        since = self.clock() - LONGEST_LIFE_SECONDS
        asked = [
            intent
            for intent in await self.store.intents.since(since)
            if intent.installation_id == installation and (repositories is None or intent.repository_id in repositories)
        ]
        return await self._briefs(asked, receipts=False)

    async def _briefs(
        self, intents: Sequence[Intent], *, receipts: bool, opened: Thread | None = None
    ) -> tuple[SessionBrief, ...]:
        found = await asyncio.gather(*(self._found(intent) for intent in intents))
        there = [(intent, resource) for intent, resource in zip(intents, found, strict=True) if resource]
        if opened is not None:
            there = [(intent, resource) for intent, resource in there if _has_opened(resource, opened)]
        briefs = [self._with_spec(intent, resource, receipts=receipts) for intent, resource in there]
        return tuple(await asyncio.gather(*briefs))

    async def _with_spec(self, intent: Intent, resource: Json, *, receipts: bool) -> SessionBrief:
        brief = await self._brief(intent, read_session(resource), receipts=receipts)
        return replace(brief, spec=dict(resource.get("spec") or {}))

    async def _found(self, intent: Intent) -> Json | None:
        try:
            return await self.cluster.get(SESSIONS, intent.name, intent.namespace)
        except Forbidden:  # the namespace is not this bot's any more
            return None

    async def _brief(self, intent: Intent, session: Session, *, receipts: bool) -> SessionBrief:
        stored = await self.store.results.get(session.uid) if receipts else None
        used = await self.store.ledger.used(session.uid)
        return SessionBrief(
            namespace=session.namespace,
            name=session.name,
            phase=session.phase,
            task=session.work.task,
            message=session.status.message or "",
            uid=session.uid,
            source=intent.origin.message or "",
            requester_id=requester_id_of(intent),
            created_at=intent.created_at,
            begun=await self.store.orders.get(session.uid) is not None,
            usd=used.usd,
            forecast=_forecast(session),
            window="" if session.phase.ended else wording.window_share(session.status.progress),
            after=intent.after,
            untold=FINALIZER in session.finalizers,
            receipt=stored.result.receipt if stored else None,
        )


def _has_opened(resource: Json, pull: Thread) -> bool:
    outcome = read_session(resource).status.outcome
    named = [(one.repository.lower(), one.number) for one in outcome.pull_requests] if outcome else []
    return (pull.repository.lower(), pull.number) in named


def _forecast(session: Session) -> Forecast | None:
    budget = session.status.budget
    return budget.forecast.forecast if budget and budget.forecast else None
