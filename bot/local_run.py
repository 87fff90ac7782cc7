"""`vteam run`: the same job for a local repository and an issue in a Markdown file, with no forge at all.

Called by the CLI. It leaves a branch in that repository and never touches the checked-out work tree. The embedded
control plane lives in a temporary folder and ends with the command.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import structlog
from git import Repo
from rich.console import Console
from rich.live import Live
from rich.text import Text

from bot import terminal
from bot.cluster import SESSIONS, Cluster, Json, Upserted
from bot.embedding import embedded_cluster
from bot.local_order import NAMESPACE, LocalOrder
from bot.log import configure
from bot.model_address import check_model
from bot.serving import serving
from bot.wiring import World, opened, reconcile_loops, web_app, web_loops
from crds.agentic_session import API_VERSION, Phase, Task
from handlers.naming import digest
from handlers.session import Session, read_session

log = structlog.get_logger()


async def run_locally(order: LocalOrder) -> int:
    """The exit status: 0 where the session completed. Raises SettingMissing where nobody answers for the model."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="vteam-run-") as folder:
        settings = order.settings.model_copy(update={"data_dir": Path(folder)})
        await check_model(settings.model_url)
        configure("console", "error")
        async with (
            embedded_cluster(settings, settings.port) as (_, cluster),
            opened(settings, cluster) as world,
            serving(web_app(world, settings), host=settings.host, port=settings.port) as address,
        ):
            loops = [*web_loops(world, settings), *reconcile_loops(world, settings, address.url)]
            resource = session_resource(order.task, order.repository, order.text, order.stem)
            ended = await _beside(loops, lambda: _session(cluster, resource, console))
            await _report(console, world, ended, order.repository)
            return 0 if ended.phase is Phase.COMPLETED else 1


def session_resource(task: Task, repository: Path, text: str, stem: str) -> Json:
    """The session of a local run, as one would write it for kubectl."""
    slug = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in stem.lower())[:30].strip("-")
    title = next((line.lstrip("# ").strip() for line in text.splitlines() if line.strip()), stem)
    return {
        "apiVersion": API_VERSION,
        "kind": "AgenticSession",
        "metadata": {"name": f"{task}-{slug or 'issue'}-{digest(text + str(repository))[:6]}", "namespace": NAMESPACE},
        "spec": {
            "displayName": title[:200],
            "initialPrompt": text,
            "task": task.value,
            "repos": [{"url": f"file://{repository}", "autoPush": True}],
        },
    }


async def _beside[T](loops: list[Callable[[], Awaitable[None]]], work: Callable[[], Awaitable[T]]) -> T:
    """The work, with the loops running beside it; a loop that ends by itself ends the work with its exception."""
    running = [asyncio.ensure_future(loop()) for loop in loops]
    mine = asyncio.ensure_future(work())
    try:
        await asyncio.wait([mine, *running], return_when=asyncio.FIRST_COMPLETED)
        for loop in running:
            if loop.done():
                loop.result()
        return await mine
    finally:
        for each in (mine, *running):
            each.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(mine, *running, return_exceptions=True)


async def _session(cluster: Cluster, resource: Json, console: Console) -> Session:
    """Makes the session and shows it until it has ended."""
    made = await cluster.create(SESSIONS, resource, NAMESPACE)
    name = made["metadata"]["name"]
    finished = [f"session {NAMESPACE}/{name}"]
    with Live(terminal.steps(finished, "the runner starts"), console=console, transient=True) as live:
        async for change in cluster.follow(SESSIONS, NAMESPACE, fields=f"metadata.name={name}"):
            if not isinstance(change, Upserted):
                continue
            session = read_session(change.object)
            if session.phase.ended and session.status.told and session.status.told.result:
                return session
            doing = session.status.progress.doing if session.status.progress else ""
            live.update(terminal.steps(finished, doing or "the runner starts"))
    raise LookupError("the watch ended")


async def _report(console: Console, world: World, session: Session, repository: Path) -> None:
    status, stored = session.status, await world.store.results.get(session.uid)
    used = await world.store.ledger.used(session.uid)
    console.print(Text.assemble((str(status.phase), "bold"), ": ", terminal.plain(status.message or "")))
    if status.result:
        console.print(terminal.titled("The agent", status.result))
    for branch in status.outcome.branches if status.outcome else []:
        with Repo(repository) as repo:
            text = repo.git.diff(f"{branch.commit}~1" if not stored else _base(stored.result.work), branch.commit)
        console.print(terminal.titled(f"Branch {branch.branch}", terminal.diff(text)))
    if stored and stored.result.receipt:
        console.print(terminal.titled("Context", terminal.receipt_bar(stored.result.receipt)))
    console.print(f"{used.tokens.total:,} tokens, ${used.usd:.4f}, {status.num_turns or 0} turns")


def _base(work: tuple[object, ...]) -> str:
    return str(getattr(work[0], "base", "HEAD")) if work else "HEAD"
