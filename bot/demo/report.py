"""The end of the demo: the thread, the diff, the receipt, the cost; and whether it is all true. For story.py.

Nothing is believed: the pull request is asked of GitHub, the branch is cloned, and its own tests are run there.
"""

import asyncio
import tempfile
from pathlib import Path

from git import Repo
from rich.console import Console

from bot import terminal
from bot.demo.stage import Stage
from bot.standins.demo import TEST_COMMAND
from bot.standins.github.inspection import PullRequestView
from bot.store import Store
from handlers.session import Session

TEST_SECONDS = 60


async def report(console: Console, stage: Stage, session: Session, *, seconds: float) -> bool:
    """Shows the end and checks it; whether everything holds."""
    console.print(terminal.titled("The thread", stage.github.thread(stage.repository, stage.issue)))
    pulls = stage.github.pull_requests(stage.repository)
    if not pulls:
        terminal.failure(console, f"There is no pull request: {session.status.message}")
        return False
    pull = pulls[-1]
    console.print(terminal.titled(f"Pull request #{pull.number}: {pull.title}", terminal.markdown(pull.body)))
    console.print(
        terminal.titled("The diff", terminal.diff(await stage.github.diff(stage.repository, pull.base, head=pull.head)))
    )
    await _costs(console, stage, session)
    passed = await _checked(console, stage, pull)
    console.print(f"{stage.github.url}/{stage.repository}/pull/{pull.number}   {seconds:.1f} s in all")
    return passed


async def _costs(console: Console, stage: Stage, session: Session) -> None:
    async with Store.open(f"sqlite:///{stage.bot.folder / 'vteam.db'}") as store:
        stored, used = await store.results.get(session.uid), await store.ledger.used(session.uid)
    if stored and stored.result.receipt:
        console.print(terminal.titled("The first prompt", terminal.receipt_bar(stored.result.receipt)))
    money = "scripted: no cost" if stage.model.scripted else f"${used.usd:.4f}"
    tokens = used.tokens
    console.print(
        f"[bold]{tokens.total:,} tokens[/] in {used.calls} model calls (fresh {tokens.input:,}, "
        f"cached {tokens.cache_read:,}, written to the cache {tokens.cache_write:,}, "
        f"output {tokens.output:,}); [bold]{money}[/]"
    )


async def _checked(console: Console, stage: Stage, pull: PullRequestView) -> bool:
    """Whether the repository's own tests fail on the base and pass on the pull request's branch."""
    before = await asyncio.to_thread(_tests_pass, stage, pull.base)
    after = await asyncio.to_thread(_tests_pass, stage, pull.head)
    if after and not before:
        console.print(f"[green]✓[/] `{' '.join(TEST_COMMAND)}` fails on {pull.base} and passes on {pull.head}")
        return True
    terminal.failure(
        console,
        f"the tests {'pass' if before else 'fail'} on {pull.base}, {'pass' if after else 'fail'} on {pull.head}",
    )
    return False


def _tests_pass(stage: Stage, branch: str) -> bool:
    import subprocess

    with tempfile.TemporaryDirectory() as folder:
        Repo.clone_from(f"{stage.github.url}/{stage.repository}.git", folder, branch=branch, depth=1).close()
        ran = subprocess.run(TEST_COMMAND, cwd=Path(folder), capture_output=True, timeout=TEST_SECONDS, check=False)
    return ran.returncode == 0
