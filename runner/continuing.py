"""Reads the conversation that a session goes on with, and where its repositories stood then. For `session.py`.

One that outgrows its share is shortened first; only where that is not enough, the small model is asked to summarise its
oldest part, and where no summary is to be had, its own telling sentences stand for that. Nothing here ends a session:
what cannot be read or gone on with is told, and the session begins afresh.
"""

import asyncio
from pathlib import Path

from crds.result import AgentOutcome
from crds.windows import conversation_share
from crds.work_order import Continuation, OrderedRepository, WorkOrder
from runner.bot_api import BotApi
from runner.calls import Caller
from runner.context import count
from runner.context.sanitise import one_line
from runner.context.words import term_set
from runner.conversation import overflow
from runner.conversation.entries import Home
from runner.conversation.oldest import digest, shown
from runner.conversation.resume import DIGEST_TOKENS, Afresh, Resumed, TooLong, resumed
from runner.conversation.told import Earlier, Moved
from runner.endings import PrerequisiteFailed
from runner.git import Git, GitFailed
from runner.summarising import summarised_conversation
from runner.surroundings import Surroundings

FETCH_SECONDS = 60.0


async def earlier_of(order: WorkOrder, api: BotApi, git: Git, *, around: Surroundings) -> Earlier | None:
    """The earlier conversation as it can be gone on with; None where the order names none."""
    if order.continues is None:
        return None
    number = order.continues.session_id
    try:
        raw = await api.transcript(number)
    except (PrerequisiteFailed, ValueError, KeyError, RecursionError) as trouble:
        return Earlier(number, why_afresh=f"the earlier conversation is not to be had: {trouble}")
    share = conversation_share(order.window_tokens, order.limits.context_tokens)
    asked, home = term_set(f"{order.title}\n{order.request}"), _home(order, around.workspace)
    found = await asyncio.to_thread(resumed, raw or [], home, share=share, asked=asked)
    if isinstance(found, Afresh):
        return Earlier(number, why_afresh=found.why, digest=found.digest)
    taken = await _in_brief(found, order, around) if isinstance(found, TooLong) else found
    return Earlier(number, resumed=taken, repositories=await _moved(order, order.continues, git, around.workspace))


async def _in_brief(found: TooLong, order: WorkOrder, around: Surroundings) -> Resumed:
    """With its oldest part summarised by the small model, or told in its own sentences."""
    caller = Caller(around.model_url, around.token_file)
    summary, why = await summarised_conversation(shown(found.parts.oldest), order, caller)
    return await asyncio.to_thread(found.told, summary, by=order.small_model, why=why)


def folder_of(order: WorkOrder, workspace: Path) -> Path:
    """Where the agent stands: in the first repository."""
    return workspace / order.repositories[0].name if order.repositories else workspace


def _home(order: WorkOrder, workspace: Path) -> Home:
    assert order.continues is not None
    return Home(order.continues.session_id, str(folder_of(order, workspace)), order.model)


async def _moved(order: WorkOrder, continues: Continuation, git: Git, workspace: Path) -> tuple[Moved, ...]:
    return tuple(
        [
            Moved(one.name, old, one.commit, await _paths(one, old, git, workspace / one.name))
            for one in order.repositories
            if (old := continues.heads.get(one.name))
        ]
    )


async def _paths(repository: OrderedRepository, old: str, git: Git, folder: Path) -> tuple[str, ...] | None:
    """Paths that differ; None where the forge does not give the old commit any more."""
    if old == repository.commit:
        return ()
    patient = Git(git.environment, FETCH_SECONDS)
    quiet = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--depth=1", "origin", old)
    try:
        await patient.run(*quiet, cwd=folder)
        told = await patient.run("diff", "--name-only", "-z", "--no-renames", old, repository.commit, cwd=folder)
    except GitFailed:
        return None
    return tuple(path for path in told.split("\0") if path)


def not_resumed(outcome: AgentOutcome, trouble: str, *, answered: bool) -> bool:
    """Whether the run ended before the model's first answer for a reason that lies in the conversation it went on
    with."""
    if answered:
        return False
    refused = outcome.api_error.startswith("400") or overflow.is_too_long(outcome.api_error)
    return refused or bool(trouble and outcome.subtype == "interrupted")


def refused(earlier: Earlier, why: str) -> Earlier:
    """The session begins afresh, for the conversation was refused; what it came to is told."""
    detail = f": {one_line(why, 300)}" if why else ""
    words = _came_to(earlier.resumed) if earlier.resumed is not None else ""
    return Earlier(earlier.session_id, why_afresh=f"the earlier conversation was not taken up{detail}", digest=words)


def _came_to(taken: Resumed) -> str:
    brief = count.head(taken.brief.text, DIGEST_TOKENS // 2) if taken.brief is not None else ""
    rest = digest(taken.conversation.messages, tokens=DIGEST_TOKENS - count.count(brief))
    return "\n\n".join(filter(None, [brief, rest]))
