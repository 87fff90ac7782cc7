"""One run from the order to the result: workspace, context, agent, report, in this order, and always with an end.

Called by `start.py`. Each step's trouble becomes one sentence in the result document; nothing is raised from here but
what nobody could be told.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crds.redaction import redact
from crds.result import AgentOutcome, ProposedNote, Result
from crds.served_window import ServedWindow
from crds.work_order import WorkOrder
from runner import git, wording, workspace
from runner.bot_api import BotApi
from runner.calls import Caller
from runner.checkpoints import Checkpoints
from runner.context import count
from runner.context.code import Means
from runner.context.of_order import packed_for
from runner.context.pack import Packed
from runner.context.small_model import SmallModel, once
from runner.context.summaries import wanted_of
from runner.continuing import earlier_of, folder_of, not_resumed, refused
from runner.conversation.told import Earlier
from runner.endings import AGENT_ERROR, DONE, PREREQUISITE_FAILED, STOPPED, ExitCode, PrerequisiteFailed
from runner.first_message import Attached, content
from runner.images import with_images
from runner.measuring import FirstRequest, counted, expected_cached, with_measured
from runner.model_window import window_of, with_window
from runner.phases import Phase
from runner.progress import News, Progress
from runner.report import Gathered, Reporter
from runner.shared_code import ParsedCode
from runner.stop import Stopped, unless_stopped
from runner.summarising import summarised
from runner.surroundings import Surroundings

if TYPE_CHECKING:
    from runner.agent import AgentEnd, AgentRun

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
    earlier: Earlier | None = None
    """The conversation that this session goes on with, or why it does not."""
    window: ServedWindow | None = None
    """What the model's server says that it holds, where nobody has published it."""
    packed: Packed | None = None
    images: Mapping[int, Attached] = field(default_factory=dict)
    """The order's images that are at hand, by their numbers."""
    first: FirstRequest = FirstRequest()
    """The agent's first request: what was expected of it, and what the model's server counted."""
    agent: AgentOutcome | None = None
    notes: tuple[ProposedNote, ...] = ()
    reported: bool = False
    """Whether the agent has come to its closing report, so that its phase is told already."""
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        addresses = [repository.url for repository in self.order.repositories]
        self.git = git.Git(git.environment(self.surroundings, addresses))
        bot = Caller(self.surroundings.api_url, self.surroundings.token_file)
        self.code = ParsedCode(self.order, bot, self.surroundings.tmp / "parsed-code")
        model = Caller(self.surroundings.model_url, self.surroundings.token_file)
        self._ask = once(SmallModel(model, self.order.small_model, self.order.limits).ask)
        self.reporter = Reporter(self.api, self.order, self.surroundings.workspace, self.surroundings.tmp, self.git)

    async def carry_out(self) -> Result:
        """Runs the session and hands back its result. Raises PrerequisiteFailed if the bot cannot be told.

        This is the last line: what nobody foresaw (a full disk, a fault of ours) ends the session in words too.
        """
        try:
            return await self._carried_out()
        except PrerequisiteFailed:
            raise
        except Exception as fault:
            traceback.print_exc()
            error = wording.our_fault(type(fault).__name__, redact(str(fault))[:500])
            document = self._document(AGENT_ERROR, error, self.agent)
            await self.api.put_result(document, {}, final=True)
            return document

    async def _carried_out(self) -> Result:
        try:
            await unless_stopped(self._prepare(), self.stopping)
            code, error = await self._run_agent()
        except Stopped:
            code, error = STOPPED, wording.stopped()
        except PrerequisiteFailed as failure:
            code, error = PREREQUISITE_FAILED, wording.sentence(redact(str(failure)))
        if code == STOPPED:
            return await self._stopped(error)
        return await self._report(code, error)

    async def _prepare(self) -> None:
        self.progress.tell(News("phase", "workspace"))
        try:
            async with asyncio.timeout(self._seconds_left()):
                await self._timed("clone", self._clone())
        except TimeoutError:
            raise PrerequisiteFailed("the repositories could not be read in the session's time") from None
        self.progress.tell(News("phase", "context"))
        self.earlier = await earlier_of(self.order, self.api, self.git, around=self.surroundings)
        self.packed = await self._timed("pack", asyncio.to_thread(self._pack))
        if self.order.summarises:
            await self._timed("summaries", self._summarise(self.packed))
        if self.code.names:
            await self._timed("share", self.code.hand_in(self.api))

    async def _summarise(self, packed: Packed) -> None:
        """Packs anew with summaries of what was too long, where they pay. What is made is handed in before the agent
        runs, and so is nothing: the bot takes summaries once, and later the agent might be who speaks."""
        wanted = [one for one in wanted_of(self.order, packed.receipt) if one.digest in packed.shortened]
        caller = Caller(self.surroundings.model_url, self.surroundings.token_file)
        made = await summarised(wanted, self.order, caller)
        await self.api.put_summaries(made)
        if made:
            self.order = self.order.model_copy(update={"summaries": (*self.order.summaries, *made)})
            self.packed = await asyncio.to_thread(self._pack)

    def _pack(self) -> Packed:
        """The prompt. Once the agent may have run, what others have parsed is not read any more."""
        means = Means(ask=self._ask if self.surroundings.rerank else None, caches=self.code.caches())
        return packed_for(self.order, self.surroundings.workspace, means, earlier=self.earlier)

    async def _clone(self) -> None:
        """The repositories; meanwhile the vocabulary, the model's window, the images, and what is known of the code."""
        self.code.begin()
        cloning = workspace.prepare(self.order.repositories, self.surroundings.workspace, git=self.git)
        asking = window_of(self.order, self.surroundings)
        fetching = with_images(self.order, self.api)
        *_, self.window, (order, self.images) = await asyncio.gather(
            cloning, asyncio.to_thread(count.load), asking, fetching
        )
        self.order = with_window(order, self.window)
        self.code.settle()
        if self.code.fetched:
            self.seconds["code"] = self.code.seconds

    async def _run_agent(self) -> tuple[ExitCode, str]:
        """The agent's run; how it ended, and in words why if it is not done.

        A conversation that the agent's program or the model's server refuses to go on with is begun afresh, once.
        """
        end, outcome = await self._agent_once()
        earlier, answered = self.earlier, self.first.tokens is not None
        if earlier and earlier.resumed and not_resumed(outcome, end.trouble, answered=answered):
            self.earlier = refused(earlier, redact(outcome.api_error or end.trouble))
            self.packed = await self._timed("pack", asyncio.to_thread(self._pack))
            end, outcome = await self._agent_once()
        self.agent = outcome
        return self._ended(end, outcome)

    async def _agent_once(self) -> tuple["AgentEnd", AgentOutcome]:
        # The SDK takes most of a second to import; `__main__` has begun with it in a thread at the very start.
        from runner.agent import run_agent
        from runner.watch import Watch

        watch = Watch(self.progress, str(folder_of(self.order, self.surroundings.workspace)))
        run = self._run()
        counting = asyncio.create_task(self._counted(run))
        self.first = FirstRequest(expected_cached=expected_cached(self.order, run.stable, now=time.time()))

        def so_far() -> Result:
            self.first = replace(self.first, tokens=watch.first)
            return self._document(STOPPED, "", watch.outcome())

        checkpoints = Checkpoints(self.reporter, so_far)
        self.progress.tell(News("phase", "agent"))
        try:
            end = await self._timed("agent", run_agent(run, watch, stopping=self.stopping, on_turn=checkpoints.turn))
            await asyncio.wait({counting}, timeout=0.0 if end.cut == "stopped" else 2.0)
        finally:
            counting.cancel()
        await checkpoints.settle(3.0 if end.cut == "stopped" else 15.0)
        self.reported = watch.reports
        self.notes = watch.notes() if self.order.takes_notes else ()
        self.first = replace(self.first, tokens=watch.first)
        return end, watch.outcome()

    async def _counted(self, run: "AgentRun") -> None:
        """The model's own count of the prompt and its images, while the agent works with them."""
        prompt = content(run.prompt, stable=run.stable, images=run.images)
        caller = Caller(self.surroundings.model_url, self.surroundings.token_file)
        found = await asyncio.to_thread(counted, prompt, self.order, caller)
        self.first = replace(self.first, prompt=found)

    def _run(self) -> "AgentRun":
        from runner.agent import AgentRun, store_for

        earlier = self.earlier if self.earlier and self.earlier.resumed else None
        prepared = {earlier.session_id: earlier.resumed.entries} if earlier and earlier.resumed else {}
        folder = folder_of(self.order, self.surroundings.workspace)
        return AgentRun(
            order=self.order,
            surroundings=self.surroundings,
            git_environment=dict(self.git.environment),
            prompt=self.packed.prompt if self.packed else self.order.request,
            images=tuple(self.images[number] for number in self.packed.images) if self.packed else (),
            stable=self.packed.stable if self.packed and earlier is None else "",
            store=store_for(self.api, folder, prepared),
            seconds=self._seconds_left(),
            resume=earlier.session_id if earlier else None,
        )

    def _ended(self, end: "AgentEnd", outcome: AgentOutcome) -> tuple[ExitCode, str]:
        if end.cut == "stopped":
            return STOPPED, wording.stopped()
        if end.cut == "time":
            return AGENT_ERROR, wording.time_used_up(self.order.limits.seconds)
        # A run that said its result is judged by it, whatever its program did afterwards.
        if end.trouble and outcome.subtype == "interrupted":
            return AGENT_ERROR, wording.agent_failed(redact(end.trouble))
        error = wording.how_it_ended(outcome, self.order)
        return (AGENT_ERROR, error) if error else (DONE, "")

    def _seconds_left(self) -> float:
        """Until the agent's time is over. A tenth of the runner's time, 5 to 60 seconds, is kept for the report."""
        whole = self.order.limits.seconds
        reserve = min(60.0, max(5.0, whole / 10))
        return max(1.0, self.began + whole - reserve - time.monotonic())

    def _document(self, code: ExitCode, error: str, agent: AgentOutcome | None) -> Result:
        receipt = self.packed.receipt if self.packed else None
        resumed = self.earlier is not None and self.earlier.resumed is not None
        receipt = with_measured(receipt, self.order, replace(self.first, resumed=resumed)) if receipt else None
        if receipt is not None and self.window is not None:
            receipt = receipt.model_copy(update={"window": wording.served_with(self.order.model, self.window)})
        seconds = dict(self.seconds)
        return Result(
            exit_code=code, error=error[:4000], agent=agent, receipt=receipt, seconds=seconds, notes=self.notes
        )

    def _tell_report(self) -> None:
        if not self.reported:
            self.progress.tell(News("phase", Phase.REPORT.value))

    async def _report(self, code: ExitCode, error: str) -> Result:
        self._tell_report()
        gathered = Gathered()
        if code != PREREQUISITE_FAILED:
            gathered = await self._timed("gather", self.reporter.gather(mend=True))
        return await self.reporter.send(self._document(code, error, self.agent), gathered, final=True)

    async def _stopped(self, error: str) -> Result:
        """The checkpoint of a stopped run, as far as the time until the kill permits."""
        self._tell_report()
        document = self._document(STOPPED, error, self.agent)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                gathered = await self.reporter.gather(mend=True) if self.packed else Gathered()
                return await self.reporter.send(document, gathered, final=False, seconds=STOP_SECONDS)
        except TimeoutError:
            return document

    async def _timed[T](self, stage: str, work: Awaitable[T]) -> T:
        started = time.monotonic()
        try:
            return await work
        finally:
            self.seconds[stage] = round(time.monotonic() - started, 3)
