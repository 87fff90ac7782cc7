"""Carries out effects: one `match`, one small method each. Called by the worker and the reconcile loop.

Every effect may come twice, so that each looks before it makes. What time mends is raised as Later; nothing is decided.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import structlog

from bot import amend
from bot.cluster import JOBS, SERVICE_ACCOUNTS, SESSIONS, AlreadyExists, Cluster, Forbidden, Json, NotFound
from bot.errors import SUSPENDED_PATIENCE, Later, RateLimited, Suspended
from bot.github import GitHubRefused, checks
from bot.github.threads import Comments
from bot.metrics import Metrics
from bot.parking import take_up
from bot.publish import Publisher
from bot.remembering import MemoryHands
from bot.store import Store
from bot.talk import with_what_stands
from bot.threads import kept
from crds.session_status import Outcome
from handlers import wording
from handlers.effects import (
    AddFinalizer,
    Check,
    Close,
    CorrectSession,
    CreateSession,
    DeleteJob,
    Effect,
    LookAgain,
    Publish,
    RaiseBudget,
    React,
    RecordRun,
    ReleaseFork,
    RemoveFinalizer,
    Reply,
    SetStatus,
    StartJob,
    StopSession,
    TakeUp,
    Tell,
    WakeSession,
)
from handlers.memory.effects import MemoryEffect
from handlers.naming import digest, marker
from handlers.session import FINALIZER, STOP_ANNOTATION, WOKEN_ANNOTATION, read_session
from handlers.slack_effects import CloseSlack, SlackEffect, TellSlack
from handlers.spec_pushed import unserved
from handlers.status_patch import moment, seconds

if TYPE_CHECKING:
    # Slack's packages take a while to import; without Slack nobody needs them.
    from bot.slack.performing import SlackHands

log = structlog.get_logger()

GONE = (403, 404, 410)
"""Answers of a thread that nobody can be told in any more."""
PUBLISH_PATIENCE = 900.0
"""Seconds that a forge may be out of reach before the session ends without its work being pushed."""
LIMITED_PATIENCE = 2 * 3600.0
"""Seconds that a rate limit is waited out for: an hour is GitHub's, and it says itself when it ends."""


@dataclass(frozen=True)
class Performer:
    store: Store
    cluster: Cluster
    publisher: Publisher
    metrics: Metrics
    clock: Callable[[], float]
    comments: Comments | None
    """None where there is no forge: then no decision speaks of a thread."""
    slack: "SlackHands | None" = None
    """None where there is no Slack: then no decision speaks of it."""
    memory_days: int = 0
    """Days after which a note that none has used goes; 0 where nothing is remembered."""

    async def perform(self, effects: Sequence[Effect]) -> float | None:
        """All effects, in order. Raises what the first failing one raised; those before it have happened.

        Gives the seconds after which to look again where something was put off that nobody is to wait for.
        """
        pauses: list[float] = []
        asleep: Suspended | None = None
        for effect in effects:
            try:
                if isinstance(effect, TellSlack | CloseSlack):
                    pauses += await self._shown_in_slack(effect)
                else:
                    await self._one(effect)
            except Suspended as suspended:
                if not isinstance(effect, Tell | Close | Check):
                    raise
                asleep = suspended  # what GitHub is told comes later; Slack hears it now, and a deletion goes on
            self.metrics.effects.labels(type(effect).__name__).inc()
        if asleep:
            asleep.look_again = min(pauses, default=None)
            raise asleep
        return min(pauses, default=None)

    async def _one(self, effect: Effect) -> None:  # noqa: C901, PLR0912 - one arm an effect
        match effect:
            case CreateSession():
                await self._create_session(effect)
            case CorrectSession():
                if not await amend.corrected(effect, self.store, self.cluster):
                    await self._one(effect.too_late)
            case RaiseBudget():
                await amend.raised(effect, self.store, self.cluster)
            case ReleaseFork():
                await amend.released(effect, self.store)
            case StopSession():
                await self._annotate(effect, STOP_ANNOTATION, effect.by)
            case WakeSession():
                await self._annotate(effect, WOKEN_ANNOTATION, effect.moment)
            case TakeUp():
                await take_up(self.store, effect.installation)
            case React():
                await self._react(effect)
            case Reply():
                await self._threads().post_once(effect.thread, effect.marker, effect.body)
            case Check():
                await self._check(effect)
            case StartJob():
                await self._start_job(effect)
            case DeleteJob():
                await self.cluster.delete(JOBS, effect.name, namespace=effect.namespace, propagation="Background")
            case Tell():
                await self._tell(effect)
            case Publish():
                await self._publish(effect)
            case Close():
                await self._close(effect)
            case SetStatus():
                await self._status(effect.namespace, effect.name, effect.patch)
            case RecordRun():
                await self._record(effect)
            case AddFinalizer() | RemoveFinalizer():
                await self._finalizer(effect)
            case LookAgain():
                pass  # the reconcile loop's own: it reads the delay before it performs
            case _ if isinstance(effect, MemoryEffect):
                await self._memory.perform(effect)
            case _ if isinstance(effect, SlackEffect):
                await self._in_slack(effect)
            case _:
                assert_never(effect)

    @property
    def _memory(self) -> MemoryHands:
        github = self.comments.github if self.comments else None
        return MemoryHands(self.store, github, self.clock, self.memory_days)

    def _threads(self) -> Comments:
        if self.comments is None:
            raise LookupError("an effect speaks of a thread, and no forge is configured")
        return self.comments

    async def _in_slack(self, effect: SlackEffect) -> None:
        if self.slack is None:
            raise LookupError(f"{type(effect).__name__} speaks of Slack, and none is configured")
        await self.slack.perform(effect)

    async def _shown_in_slack(self, effect: TellSlack | CloseSlack) -> list[float]:
        """What Slack is told of a session; where it cannot be, that comes later, and nothing else waits for it."""
        if self.slack is None:
            raise LookupError(f"{type(effect).__name__} speaks of Slack, and none is configured")
        try:
            said = await self.slack.told(effect)
        except Later as later:
            log.warning("slack_later", session=f"{effect.namespace}/{effect.name}", reason=later.reason)
            return [max(1.0, later.after)]
        await self._status(effect.namespace, effect.name, {"told": {"slack": said}})
        return []

    async def _create_session(self, effect: CreateSession) -> None:
        intent = effect.intent
        # The intent first: a session whose intent is not in the store would have nobody to tell.
        remembered = kept(intent, effect.spec["origin"]["message"])
        if self.comments is not None:
            remembered = await with_what_stands(self.comments.github, remembered)
        await self.store.intents.record(remembered)
        metadata = {"name": intent.name, "namespace": intent.namespace, "finalizers": [FINALIZER]}
        try:
            await self.cluster.create(SESSIONS, {"metadata": metadata, "spec": effect.spec}, intent.namespace)
            log.info(
                "session_created", session=f"{intent.namespace}/{intent.name}", repository=intent.thread.repository
            )
        except AlreadyExists:
            log.info("session_known", session=f"{intent.namespace}/{intent.name}")
        except (NotFound, Forbidden):
            if check := unserved(intent):
                await self._check(check)
                return
            words = wording.not_served(intent.requester, intent.thread.repository)
            await self._threads().post_once(intent.thread, marker("reply", intent.name), words)

    async def _annotate(self, effect: StopSession | WakeSession, name: str, value: str) -> None:
        patch = {"metadata": {"annotations": {name: value}}}
        try:
            await self.cluster.patch(SESSIONS, effect.name, patch, namespace=effect.namespace)
        except NotFound:
            log.info("session_gone", session=f"{effect.namespace}/{effect.name}")

    async def _react(self, effect: React) -> None:
        try:
            await self._threads().react(effect.thread, effect.comment_id, effect.content, remark=effect.remark)
        except GitHubRefused as refused:
            # A courtesy only: the comment may be gone, or the App may lack the permission.
            log.warning("reaction_refused", status=refused.status)

    async def _check(self, effect: Check) -> None:
        try:
            await checks.written(self._threads().github, effect.repository, effect.installation, effect.run)
        except GitHubRefused as refused:
            # The commit may be gone, or the App may lack the permission: nobody is there to be told then.
            log.warning("check_refused", status=refused.status, reason=refused.message)

    async def _start_job(self, effect: StartJob) -> None:
        namespace = effect.job["metadata"]["namespace"]
        for resource, manifest in ((SERVICE_ACCOUNTS, effect.service_account), (JOBS, effect.job)):
            try:
                await self.cluster.create(resource, manifest, namespace)
            except AlreadyExists:
                found = await self.cluster.get(resource, manifest["metadata"]["name"], namespace)
                if found is None or not _owned_alike(found, manifest):
                    raise Later("an object of this name is left from an earlier session", after=2.0) from None
        log.info("job_started", session=effect.session)

    async def _tell(self, effect: Tell) -> None:
        known = int(effect.known) if effect.known and effect.known.isdigit() else None
        try:
            comment = str(await self._threads().upsert(effect.thread, known, marker_of(effect.body), effect.body))
        except GitHubRefused as refused:
            comment = nobody_listens(refused)
        told = {"sticky": comment, "stickyDigest": digest(effect.body), "stickyAt": moment(self.clock())}
        await self._status(effect.namespace, effect.name, {"told": told})

    async def _close(self, effect: Close) -> None:
        try:
            comment = str(await self._threads().post_once(effect.thread, effect.marker, effect.body))
        except GitHubRefused as refused:
            comment = nobody_listens(refused)
        except Suspended:
            if not await self._waited_long(effect):
                raise
            comment = "none"
        await self._status(effect.namespace, effect.name, {"told": {"result": comment}})

    async def _waited_long(self, effect: Close) -> bool:
        """Whether a session has ended so long ago that nobody waits any more for the App to be woken."""
        found = await self.cluster.get(SESSIONS, effect.name, effect.namespace)
        ended = read_session(found).status.completion_time if found else None
        return ended is not None and self.clock() - seconds(ended) > SUSPENDED_PATIENCE

    async def _publish(self, effect: Publish) -> None:
        try:
            outcome = await self.publisher.publish(effect)
        except Later as later:
            stored = await self.store.results.get(effect.uid)
            if stored is not None and self.clock() - stored.stored_at < patience(later):
                raise
            refused = wording.unreachable(later.reason, minutes=round(patience(later) / 60))
            outcome = Outcome(summary=effect.summary[:16000], refused=refused)
        log.info("work_published", session=f"{effect.namespace}/{effect.name}", branches=len(outcome.branches),
                 pull_requests=len(outcome.pull_requests), refused=outcome.refused)  # fmt: skip
        await self._status(effect.namespace, effect.name, {"outcome": outcome.document()})

    async def _status(self, namespace: str, name: str, patch: Json) -> None:
        try:
            await self.cluster.patch(SESSIONS, name, {"status": patch}, namespace=namespace, subresource="status")
        except NotFound:
            log.info("session_gone", session=f"{namespace}/{name}")

    async def _record(self, effect: RecordRun) -> None:
        # The ledger's count, or what it can confirm of the runner's word: it calibrates the sessions of others.
        made, ledger = effect.made, self.store.ledger
        request = made.request or await ledger.first(effect.uid, made.past.run.model)
        if made.request > await ledger.largest(effect.uid, made.past.run.model):
            request = 0
        await self.store.runs.record(effect.uid, made, request=request)

    async def _finalizer(self, effect: AddFinalizer | RemoveFinalizer) -> None:
        found = await self.cluster.get(SESSIONS, effect.name, effect.namespace)
        if found is None:
            return
        others = [name for name in found["metadata"].get("finalizers") or [] if name != FINALIZER]
        wanted = [*others, FINALIZER] if isinstance(effect, AddFinalizer) else others
        # The version makes it a compare-and-swap: somebody else's finalizer is never lost.
        metadata = {"finalizers": wanted, "resourceVersion": found["metadata"]["resourceVersion"]}
        await self.cluster.patch(SESSIONS, effect.name, {"metadata": metadata}, namespace=effect.namespace)


def patience(later: Later) -> float:
    """Seconds after which what has not been possible is given up, with words."""
    if isinstance(later, Suspended):
        return SUSPENDED_PATIENCE
    return LIMITED_PATIENCE if isinstance(later, RateLimited) else PUBLISH_PATIENCE


def nobody_listens(refused: GitHubRefused) -> str:
    """What to note where a thread is gone, locked or closed to the App; anything else it refuses is our own fault."""
    if refused.status not in GONE:
        raise refused
    log.warning("thread_gone", status=refused.status)
    return "none"


def marker_of(body: str) -> str:
    """The hidden marker that the progress comment begins with."""
    return body.partition("\n")[0]


def _owned_alike(found: Json, wanted: Json) -> bool:
    uids = [{owner.get("uid") for owner in thing["metadata"].get("ownerReferences") or []} for thing in (found, wanted)]
    return uids[0] == uids[1] and "deletionTimestamp" not in found["metadata"]
