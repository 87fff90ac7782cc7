"""The reconcile loop: watches sessions, Jobs and pods, looks at one session at a time, decides, performs.

Started by wiring in the reconcile half. Level-triggered: a look reads the whole state around a session, so that lost
watch events, restarts and doubled events all come to the same. The last line of defence for our own faults is here.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import structlog

from bot.cluster import (
    JOBS,
    NAMESPACES,
    PODS,
    SESSIONS,
    Change,
    Cluster,
    Conflict,
    Deleted,
    Json,
    Resource,
    Synced,
    Upserted,
)
from bot.errors import Later, Suspended
from bot.facts.project import project_of
from bot.log import bound
from bot.metrics import Metrics
from bot.perform import Performer, patience
from bot.planning import Planning
from bot.reading import Allowed, Reading
from bot.settings import Settings
from bot.starts import OrderRefused, Starts, refusal_of
from bot.store import Intent, Store
from bot.threads import counts, requester_of, slack_thread_linked, slack_thread_of, thread_of
from bot.work_queue import WorkQueue
from bot.world_view import WorldView, job_facts, key_of, pod_facts
from crds.agentic_session import Phase
from handlers import decide, wording
from handlers.checked import checks
from handlers.effects import Effect, LookAgain, Reply
from handlers.events import Report, SessionObserved, SlackThread, Standing, Used
from handlers.job import RunnerRules
from handlers.naming import marker
from handlers.personas import PersonaBrief
from handlers.plan import Plan
from handlers.queueing import place_in_line
from handlers.session import FINALIZER, SESSION_LABEL, Session, read_session
from handlers.spec_pushed import push_trouble

log = structlog.get_logger()

AT_ONCE = 4
RESYNC_SECONDS = 600.0
SLEEPERS_SECONDS = 6 * 3600.0
"""Seconds between two looks at a session whose App is suspended, in case its waking was not heard."""
ALL_EVENTS = 20_000
"""Events that a runner may send; read once, when its work is published."""
TELL_AFTER = 5
"""Looks at one session that may fail in a row before its thread is told."""


@dataclass
class Reconciler:
    store: Store
    cluster: Cluster
    performer: Performer
    reading: Reading
    settings: Settings
    rules: RunnerRules
    metrics: Metrics
    clock: Callable[[], float]
    view: WorldView = field(default_factory=WorldView)
    queue: WorkQueue = field(init=False)
    asleep: dict[str, float] = field(default_factory=dict)
    """Sessions that wait for a suspended App, and when that was seen last."""

    def __post_init__(self) -> None:
        self.queue = WorkQueue("sessions", self._step, on_fault=self._fault)
        for phase in Phase:  # counted when somebody asks, so that a change costs nothing
            self.metrics.sessions.labels(phase.value).set_function(partial(self._in_phase, phase))

    def _in_phase(self, phase: Phase) -> int:
        return self.view.phases()[phase.value]

    async def run(self) -> None:
        """Reconciles for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_namespaces(), name="follow namespaces")
            group.create_task(self._follow(SESSIONS, None, self._session_changed), name="follow sessions")
            group.create_task(self._follow(JOBS, SESSION_LABEL, self._job_changed), name="follow jobs")
            group.create_task(self._follow(PODS, SESSION_LABEL, self._pod_changed), name="follow pods")
            group.create_task(self._resync(), name="resync")
            group.create_task(self.queue.run(workers=AT_ONCE), name="reconcile")

    async def _follow_namespaces(self) -> None:
        async for change in self.cluster.follow(NAMESPACES, labels=self.settings.namespace_label):
            match change:
                case Upserted(thing):
                    self.view.namespaces.add(thing["metadata"]["name"])
                    self._look_at_all(thing["metadata"]["name"])
                case Deleted(thing):
                    self.view.namespaces.discard(thing["metadata"]["name"])

    async def _follow(self, resource: Resource, labels: str | None, note: Callable[[Json, bool], None]) -> None:
        async for change in self.cluster.follow(resource, labels=labels):
            self._noted(change, note)

    def _noted(self, change: Change, note: Callable[[Json, bool], None]) -> None:
        if isinstance(change, Synced):
            return
        key = key_of(change.object)
        waited = self.view.waits(key)
        note(change.object, isinstance(change, Upserted))
        self.queue.add(key)
        if waited != self.view.waits(key):
            self._line_moves(key.partition("/")[0])

    def _session_changed(self, session: Json, there: bool) -> None:
        if there:
            self.view.sessions[key_of(session)] = session
        else:
            self.view.sessions.pop(key_of(session), None)
        if not there or read_session(session).phase.ended:
            for waiter in self.view.behind.pop(key_of(session), set()):
                self.queue.add(waiter)

    def _job_changed(self, job: Json, there: bool) -> None:
        if there:
            self.view.jobs[key_of(job)] = job
        else:
            self.view.jobs.pop(key_of(job), None)

    def _pod_changed(self, pod: Json, there: bool) -> None:
        pods = self.view.pods.setdefault(key_of(pod), {})
        if there:
            pods[pod["metadata"]["name"]] = pod
        else:
            pods.pop(pod["metadata"]["name"], None)
        if not pods:
            self.view.pods.pop(key_of(pod), None)

    def _line_moves(self, namespace: str) -> None:
        """Those that wait are told their new place, where one has come or gone."""
        for one in self.view.waiting(namespace):
            self.queue.add(one.key)

    def _look_at_all(self, namespace: str | None = None) -> None:
        for key in self.view.sessions:
            if namespace is None or key.startswith(f"{namespace}/"):
                self.queue.add(key)

    async def _resync(self) -> None:
        """Looks at everything now and then: a level-triggered loop mends what a lost event has left."""
        while True:
            await asyncio.sleep(RESYNC_SECONDS)
            self.resync()

    def resync(self) -> None:
        """All of them, but for those whose App sleeps: these are woken with it, and looked at rarely meanwhile."""
        for key in self.view.sessions:
            if self.clock() - self.asleep.get(key, 0.0) >= SLEEPERS_SECONDS:
                self.queue.add(key)

    async def _step(self, key: str) -> float | None:
        """One look; the seconds until the next one, where time alone makes a difference."""
        with bound(session=key), self.metrics.reconcile_seconds.time():
            try:
                pause = await self.look(key)
            except Suspended as asleep:
                return self._waits(key, asleep)
            except (Later, Conflict) as later:
                self.metrics.reconciles.labels("later").inc()
                log.warning("session_later", reason=str(later))
                raise later if isinstance(later, Later) else Later(str(later)) from later
        self.metrics.reconciles.labels("done").inc()
        return pause

    async def _fault(self, key: str, count: int) -> None:
        """A look failed by our own fault, for the count-th time in a row: the thread is told, once."""
        self.metrics.reconciles.labels("fault").inc()
        self.metrics.faults.labels("reconcile").inc()
        if count == TELL_AFTER:
            await self._say_trouble(key)

    async def look(self, key: str) -> float | None:
        """Reads the world around one session, decides, performs. Raises Later, and whatever is our own fault."""
        seen = self.view.sessions.get(key)
        self.asleep.pop(key, None)
        if seen is None or seen["metadata"]["namespace"] not in self.view.namespaces:
            return None
        if settled(read_session(seen), self.view.jobs.get(key)):
            return None
        event = await self._observed(key)
        if event is None:
            return None
        effects = decide(event)
        try:
            put_off = await self.performer.perform(effects)
        except Suspended as asleep:
            put_off = self._waits(key, asleep)
        pauses = [effect.after for effect in effects if isinstance(effect, LookAgain)]
        return min([*pauses, *([put_off] if put_off is not None else [])], default=None)

    def _waits(self, key: str, asleep: Suspended) -> float | None:
        """No clock mends it: the session is looked at again when the App is woken, which touches it."""
        self.asleep[key] = self.clock()
        self.metrics.reconciles.labels("suspended").inc()
        log.warning("session_waits", reason=asleep.reason)
        return asleep.look_again

    async def _observed(self, key: str) -> SessionObserved | None:
        """The event of a fresh look: the watches may lag behind what we ourselves have written."""
        namespace, _, name = key.partition("/")
        resource = await self.cluster.get(SESSIONS, name, namespace)
        if resource is None:
            return None
        session = read_session(resource)
        job = self.view.jobs.get(key) or await self.cluster.get(JOBS, name, namespace)
        pod = self.view.newest_pod(key)
        return SessionObserved(
            session=session,
            standing=await self._standing(session, started=job is not None),
            job=job_facts(job) if job else None,
            pod=pod_facts(pod) if pod else None,
            now=self.clock(),
            rules=self.rules,
            pace=self.settings.progress_seconds,
            place=place_in_line(key, self.view.waiting(namespace)) if self.view.waits(key) else None,
            usual_usd=self.settings.session_usd,
            scripted=self.settings.scripted,
            dialect=self.settings.dialect,
        )

    async def _standing(self, session: Session, *, started: bool) -> Standing:
        intent = counts(await self.store.intents.get(session.namespace, session.name), session.work.origin)
        stored = await self.store.results.get(session.uid)
        used = await self.store.ledger.used(session.uid)
        foreign, held = ((), "") if started or session.phase.ended else await self._barred(session)
        publishes = stored is not None and stored.final and session.status.outcome is None
        ran = await self.store.progress.tail(session.uid, ALL_EVENTS) if publishes else []
        begun = started or session.status.job_name is not None or session.phase.ended
        order = await self.store.orders.get(session.uid) if started or session.status.job_name else None
        # A crash between the Job and the status that tells of it: what is expected is to be written all the same.
        budget = session.status.budget
        known = order is not None or session.phase.ended or (budget is not None and budget.forecast is not None)
        to_plan = not session.fault and not (begun and known)
        plan, unplanned = await self._plan(session, intent) if to_plan else (None, "")
        return Standing(
            thread=thread_of(intent) if intent else None,
            slack=await self._slack(intent) if intent and self.performer.slack else None,
            requester=requester_of(intent) if intent else "",
            spec=intent.spec if intent else None,
            source_url=intent.source_url if intent else "",
            order=order,
            refused=await self.store.marks.get(refusal_of(session.uid)) or "" if begun and order is None else "",
            checked=checks(ran),
            report=Report(stored.final, stored.result) if stored else None,
            used=Used(used.tokens, used.usd, used.calls),
            foreign=foreign,
            held=held or unplanned,
            personas=() if started or session.phase.ended else await self._personas(session),
            plan=plan,
            behind="" if started or session.phase.ended or not intent else await self._behind(session, intent),
        )

    async def _plan(self, session: Session, intent: Intent | None) -> tuple[Plan | None, str]:
        """The plan, or why there is none."""
        try:
            return await Planning(self.store, self.cluster, self.settings).plan(session, intent), ""
        except OrderRefused as refused:
            return None, str(refused)

    async def _personas(self, session: Session) -> tuple[PersonaBrief, ...]:
        """Whom the session may work as, where it names somebody."""
        return (await project_of(self.cluster, session.namespace)).personas if session.work.personas else ()

    async def _behind(self, session: Session, intent: Intent) -> str:
        """The session whose end this one waits for, as long as it has not come; whoever waits is looked at then."""
        before: Intent | None = intent
        while before is not None and before.after:
            name = before.after
            # Noted before it is looked up: an end in between is heard by the watch, or seen here.
            self.view.behind.setdefault(f"{session.namespace}/{name}", set()).add(session.key)
            found = await self.cluster.get(SESSIONS, name, session.namespace)
            if found and not read_session(found).phase.ended:
                return name
            # It may have been stopped while it waited itself: then it is the one before it that counts.
            before = await self.store.intents.get(session.namespace, name)
        return ""

    async def _slack(self, intent: Intent) -> SlackThread | None:
        """Where in Slack it was asked for; else the thread there that is about the same issue."""
        if intent.slack is not None or not intent.origin.issue:
            return slack_thread_of(intent)
        link = await self.store.slack_links.newest(intent.repository_id, intent.origin.issue)
        return slack_thread_linked(link) if link else None

    async def _barred(self, session: Session) -> tuple[tuple[str, ...], str]:
        """What of its repositories the session may not read, and why it may not begin there though it may read them."""
        intent = counts(await self.store.intents.get(session.namespace, session.name), session.work.origin)
        try:
            seen = await self.reading.look(session, intent)
            refused = tuple(allowed.refused for allowed in seen if allowed.refused)
            return refused, "" if refused else await self._held(session, intent, seen)
        except Later as later:
            if self.clock() - session.created_at < patience(later):
                raise
            return (wording.unreachable(later.reason, minutes=round(patience(later) / 60)),), ""

    async def _held(self, session: Session, intent: Intent | None, seen: list[Allowed]) -> str:
        github = self.reading.github
        if github is None or not session.work.task.writes:
            return ""
        starts = Starts(self.store, self.cluster, github, self.settings.prefix)
        said = [await starts.held(each.entry, each.facts, intent) for each in seen if each.facts is not None]
        return next(filter(None, said), "")

    async def _say_trouble(self, key: str) -> None:
        namespace, _, name = key.partition("/")
        try:
            intent = await self.store.intents.get(namespace, name)
            if intent is not None:
                words: Effect = Reply(thread_of(intent), marker("trouble", key), wording.trouble())
                if intent.spec is not None:
                    words = push_trouble(thread_of(intent), intent.spec.commit)
                await self.performer.perform([words])
        except Exception:  # saying so is a courtesy; the fault itself is in the log above
            log.exception("trouble_untold")


def settled(session: Session, job: Json | None) -> bool:
    """Whether nothing is left to do for the session, seen from the watches alone: finished ones cost no call."""
    told = session.status.told
    if session.deleting or not session.phase.ended or told is None or told.result is None:
        return False
    return FINALIZER not in session.finalizers and (job is None or job_facts(job).finished)
