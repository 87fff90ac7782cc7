"""The demo's story: a person asks, and the terminal shows what becomes of it until the session has ended.

Called by the CLI. The exit status is 0 only if report.py finds the pull request, the fix and the passing tests.
"""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from rich.console import Console, RenderableType
from rich.live import Live

from bot import terminal
from bot.checks import ANTHROPIC
from bot.cluster import SESSIONS, Cluster, Upserted
from bot.demo.report import report
from bot.demo.stage import Model, Stage, set_stage
from bot.embedded.kubelet.confine import confinement
from bot.model_address import check_model
from bot.standins.demo import ISSUE_AUTHOR
from crds.agentic_session import Phase
from handlers.session import Session, read_session

ASK = "/vteam fix the bucket that starves whoever asks often, please"
LONGEST = 1200.0


@dataclass(frozen=True)
class DemoOptions:
    model_url: str | None = None
    model: str | None = None
    keep: bool = False
    unconfined: bool = False


async def run_demo(options: DemoOptions) -> int:
    """Plays the demo; the exit status. Raises SettingMissing where it cannot begin."""
    console, model = Console(), _model(options)
    if model:
        await check_model(model.url)
    folder = tempfile.TemporaryDirectory(prefix="vteam-demo-", delete=False)
    good = True
    try:
        good = await _performed(console, Path(folder.name), model, options)
    finally:
        if good:
            folder.cleanup()
    if not good:
        console.print(f"What there was is left in {folder.name}; the bot's log is bot.log there.")
    return 0 if good else 1


async def _performed(console: Console, folder: Path, model: Model | None, options: DemoOptions) -> bool:
    """The whole performance; whether it ended as it should."""
    began = monotonic()
    try:
        async with set_stage(folder, model, unconfined=options.unconfined) as stage:
            _introduce(console, stage, confined=not options.unconfined)
            session = await _played(console, stage)
            good = await report(console, stage, session, seconds=monotonic() - began)
            if options.keep:
                await _kept(console, stage)
            return good
    except (RuntimeError, TimeoutError) as error:
        terminal.failure(console, str(error) or "the session did not end in time")
        return False


def _model(options: DemoOptions) -> Model | None:
    key = os.environ.get("ANTHROPIC_API_KEY") or None
    if options.model_url:
        return Model(options.model_url, key, options.model)
    return Model(ANTHROPIC, key, options.model) if key else None


def _introduce(console: Console, stage: Stage, *, confined: bool) -> None:
    console.print(f"[bold]vTeam demo[/]  the issue: {stage.github.url}/{stage.repository}/issues/{stage.issue}")
    console.print(f"model: {stage.model.words}")
    fence = confinement()
    console.print(f"agent: {fence.summary if confined else '[bold red]NOT CONFINED[/] (--unconfined)'}\n")


async def _played(console: Console, stage: Stage) -> Session:
    """The person's comment, and the way to the session's end."""
    comment = await stage.github.comment(stage.repository, stage.issue, body=ASK, by=ISSUE_AUTHOR)
    finished = [f"@{ISSUE_AUTHOR} wrote: {comment.body}"]
    with Live(terminal.steps(finished, "the webhook is on its way"), console=console, refresh_per_second=8) as live:
        async with asyncio.timeout(LONGEST), stage.cluster() as cluster:
            session = await _watched(cluster, live, finished)
    console.print()
    return session


async def _watched(cluster: Cluster, live: Live, finished: list[str]) -> Session:
    async for change in cluster.follow(SESSIONS):
        if not isinstance(change, Upserted):
            continue
        session = read_session(change.object)
        _note(finished, session)
        told = session.status.told
        if session.phase.ended and told and told.result:
            live.update(_end(finished, session))
            return session
        live.update(terminal.steps(finished, _doing(session)), refresh=True)  # or a short step is never seen
    raise RuntimeError("the watch on the sessions ended")


def _note(finished: list[str], session: Session) -> None:
    """Adds the milestones that the session has passed."""
    status = session.status
    turns = status.progress.turns if status.progress else 0
    passed = {
        f"session {session.key}": True,
        f"Job {status.job_name}": status.job_name is not None,
        "the agent works (the Claude Code CLI, with its real tools)": turns > 0,
        "the work was handed in as a git bundle, checked, and pushed": bool(status.outcome and status.outcome.branches),
        "the pull request is open": bool(status.outcome and status.outcome.pull_requests),
    }
    finished += [words for words, holds in passed.items() if holds and words not in finished]


def _end(finished: list[str], session: Session) -> RenderableType:
    words = f"{session.phase}: {session.status.message}"
    if session.phase is Phase.COMPLETED:
        return terminal.steps([*finished, words], None)
    return terminal.steps(finished, None, failed=words)


def _doing(session: Session) -> str:
    progress = session.status.progress
    if progress is None or not progress.doing:
        return "the runner starts"
    return f"turn {progress.turns}: {progress.doing}"


async def _kept(console: Console, stage: Stage) -> None:
    console.print("\n[bold]All of it stays up.[/] Look around:")
    console.print(f"  browser   {stage.github.url}/{stage.repository}/issues/{stage.issue}")
    console.print(f"  kubectl   kubectl --kubeconfig {stage.bot.kubeconfig} -n vteam get as,jobs,pods")
    console.print(f"  metrics   http://127.0.0.1:{stage.bot.port}/metrics")
    console.print(f"  log       {stage.bot.log}")
    console.print("  Ctrl-C ends it.")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:  # Ctrl-C is the way out of here, not the end of a demo that went wrong
        console.print("Ending it all.")
