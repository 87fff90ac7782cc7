"""One run from the order to the result: workspace, context, agent, report, in this order, and always with an end.

Called by `__main__`. Each step's trouble becomes one sentence in the result document; nothing is raised from here but
what nobody could be told.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from crds.redaction import redact
from crds.result import Result
from crds.work_order import WorkOrder
from runner import git, wording, workspace
from runner.bot_api import BotApi
from runner.context import count
from runner.context.of_order import packed_for
from runner.context.pack import Packed
from runner.endings import AGENT_ERROR, DONE, PREREQUISITE_FAILED, STOPPED, PrerequisiteFailed
from runner.progress import Progress
from runner.report import Gathered, Reporter
from runner.surroundings import Surroundings

if TYPE_CHECKING:
    from claude_agent_sdk import SessionStore

CHECKPOINT_TURNS = 5
"""Turns between two checkpoints."""
STOP_SECONDS = 15.0
"""How long a stopped runner tries to hand back what there is; the pod's grace is about 25."""


@dataclass
class Session:
    """What one run knows, and what it has found out so far."""

    surroundings: Surroundings
    order: WorkOrder
    api: BotApi
    progress: Progress
    stopping: asyncio.Event
    began: float
    """Monotonic time at which the runner was started."""
    packed: Packed | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    checkpoint: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        addresses = [repository.url for repository in self.order.repositories]
        self.git = git.Git(git.environment(self.surroundings, addresses))
        self.reporter = Reporter(self.api, self.order, self.surroundings.workspace, self.surroundings.tmp, self.git)

    async def carry_out(self) -> Result:
        """Runs the session and hands back its result. Raises PrerequisiteFailed if the bot cannot be told."""
        try:
            ready = await self._or_stopped(self._prepare())
            if not ready:
                return await self._stopped(Result(exit_code=STOPPED, error=wording.stopped()))
            result = await self._run_agent()
        except PrerequisiteFailed as failure:
            result = Result(exit_code=PREREQUISITE_FAILED, error=_sentence(failure))
        if result.exit_code == STOPPED:
            return await self._stopped(result)
        self.progress.tell("phase", "report")
        return await self._timed("report", self._report(result))

    async def _prepare(self) -> None:
        self.progress.tell("phase", "workspace")
        repositories, folder = self.order.repositories, self.surroundings.workspace
        vocabulary = asyncio.to_thread(count.load)
        await self._timed("clone", asyncio.gather(workspace.prepare(repositories, folder, git=self.git), vocabulary))
        self.progress.tell("phase", "context")
        self.packed = await self._timed("pack", asyncio.to_thread(packed_for, self.order, folder))

    async def _or_stopped(self, work: Awaitable[None]) -> bool:
        """Whether the work was done before SIGTERM came; what was begun is cancelled otherwise."""
        task, stopped = asyncio.ensure_future(work), asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
            return task.done()
        finally:
            task.cancel()
            stopped.cancel()
            await asyncio.gather(task, stopped, return_exceptions=True)

    async def _run_agent(self) -> Result:
        # The SDK takes most of a second to import; `__main__` has begun with it in a thread at the very start.
        from runner.agent import AgentRun, run_agent
        from runner.transcript import TranscriptStore
        from runner.watch import Watch

        main = self.order.repositories[0].name if self.order.repositories else ""
        watch = Watch(self.progress, str(self.surroundings.workspace / main))
        run = AgentRun(
            order=self.order,
            surroundings=self.surroundings,
            git_environment=dict(self.git.environment),
            prompt=self.packed.prompt if self.packed else self.order.request,
            store=cast("SessionStore", TranscriptStore(self.api)),
            seconds=max(1.0, self.began + self.order.limits.seconds - _reserve(self.order) - time.monotonic()),
        )
        self.progress.tell("phase", "agent")
        after_turn = self._checkpoints(lambda: watch.turns)
        end = await self._timed("agent", run_agent(run, watch, stopping=self.stopping, after_turn=after_turn))
        outcome = watch.outcome()
        error = {
            "": end.trouble and wording.agent_failed(redact(end.trouble)),
            "time": wording.time_used_up(self.order.limits.seconds),
            "stopped": wording.stopped(),
        }[end.cut] or wording.how_it_ended(outcome, self.order)
        code = STOPPED if end.cut == "stopped" else AGENT_ERROR if error else DONE
        return Result(exit_code=code, error=error[:4000], agent=outcome)

    def _checkpoints(self, turns: Callable[[], int]) -> Callable[[], Awaitable[None]]:
        """Keeps what there is every few turns, if it has changed since; a failing checkpoint is no failure."""

        async def after_turn() -> None:
            if turns() % CHECKPOINT_TURNS:
                return
            gathered = await self.reporter.gather()
            if gathered.heads == self.checkpoint or not any(kept.commits for kept in gathered.work):
                return
            try:
                await self.reporter.send(self._document(DONE, ""), gathered, final=False, seconds=10.0)
                self.checkpoint = gathered.heads
            except PrerequisiteFailed:
                return

        return after_turn

    def _document(self, code: int, error: str) -> Result:
        return Result.model_validate({"exit_code": code, "error": error}).model_copy(
            update={"receipt": self.packed.receipt if self.packed else None, "seconds": dict(self.seconds)}
        )

    async def _report(self, result: Result) -> Result:
        gathered = await self.reporter.gather() if result.exit_code != PREREQUISITE_FAILED else Gathered()
        document = self._document(result.exit_code, result.error).model_copy(update={"agent": result.agent})
        return await self.reporter.send(document, gathered, final=True)

    async def _stopped(self, result: Result) -> Result:
        """The checkpoint of a stopped run, as far as the time until the kill permits."""
        document = self._document(STOPPED, result.error).model_copy(update={"agent": result.agent})
        try:
            async with asyncio.timeout(STOP_SECONDS):
                gathered = await self.reporter.gather() if self.packed else Gathered()
                return await self.reporter.send(document, gathered, final=False, seconds=STOP_SECONDS)
        except TimeoutError:
            return document

    async def _timed[T](self, stage: str, work: Awaitable[T]) -> T:
        started = time.monotonic()
        try:
            return await work
        finally:
            self.seconds[stage] = round(time.monotonic() - started, 3)


def _reserve(order: WorkOrder) -> float:
    """Seconds kept for the report: a tenth of all, at least 5 and at most 60."""
    return min(60.0, max(5.0, order.limits.seconds / 10))


def _sentence(failure: PrerequisiteFailed) -> str:
    text = redact(str(failure))[:3900]
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
