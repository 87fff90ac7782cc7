"""Runs the agent: the SDK's options for this order, one conversation, and its end by itself, by time or by SIGTERM.

Called by `session.py`. Gives the agent no secret: the model's key is read from the token file by the CLI itself,
through a settings file outside of the workspace, so that it rotates. Prompts go in verbatim, or an `@/path` in
somebody's comment would make the CLI read that file.
"""

import asyncio
import json
import shlex
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ClaudeSDKError,
    CLINotFoundError,
    HookContext,
    HookInput,
    HookMatcher,
    ProcessError,
    SessionStore,
    project_key_for_directory,
)
from claude_agent_sdk.types import HookEvent, HookJSONOutput

from crds.windows import UNKNOWN_WINDOW, answer_room, compacts_itself
from crds.work_order import WorkOrder
from runner import notes, policy
from runner.bot_api import BotApi
from runner.continuing import folder_of
from runner.conversation.entries import Entry
from runner.endings import PrerequisiteFailed
from runner.first_message import Attached, content, spoken, worth_a_mark
from runner.renewal import Renewal
from runner.surroundings import Surroundings
from runner.transcript import TranscriptStore
from runner.watch import Watch
from runner.window import Window

MOST_LINE_BYTES = 128 * 1024 * 1024
"""One message of the CLI is one line, with whatever a tool printed in it; the SDK's 1 MB would end the run."""

Cut = Literal["", "time", "stopped"]


@dataclass(frozen=True)
class AgentRun:
    """One run that is to be made."""

    order: WorkOrder
    surroundings: Surroundings
    git_environment: dict[str, str]
    prompt: str
    store: TranscriptStore
    seconds: float
    """How long the agent may take."""
    resume: str | None = None
    """The conversation that is gone on with, by the SDK's name of it."""
    turns: int | None = None
    """Turns that it may take; those of the order where nobody says."""
    stable: str = ""
    """The prompt's start that is the same for other sessions of the repository."""
    images: tuple[Attached, ...] = ()
    """What the prompt shows beside its text. They come again where the context is renewed: they are not in what is
    gone on with."""


@dataclass(frozen=True)
class AgentEnd:
    """How it ended: what cut it, and what went wrong around it, in words."""

    cut: Cut = ""
    trouble: str = ""


async def run_agent(
    run: AgentRun, watch: Watch, *, stopping: asyncio.Event, on_turn: Callable[[int], None]
) -> AgentEnd:
    """Runs until the agent ends, its time is over or `stopping` is set. Raises PrerequisiteFailed without a CLI.

    The run may go on in a program of its own with a smaller conversation (`renewal.py`).
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + run.seconds
    renewal = Renewal(run.order, run.store, watch, str(_folder(run)))
    while True:
        ended = await _run_once(run, watch, renewal, stopping=stopping, on_turn=on_turn)
        kept = None if ended.cut or ended.trouble else await renewal.taken(watch.result)
        left = run.order.limits.turns - watch.turns
        if kept is None or left <= 0 or stopping.is_set():
            return ended
        watch.renewed()
        run.store.resume_from(watch.session_id, kept.conversation)
        seconds = max(1.0, end - loop.time())
        run = replace(run, prompt=kept.prompt, stable="", resume=watch.session_id, turns=left, seconds=seconds)


async def _run_once(
    run: AgentRun, watch: Watch, renewal: Renewal, *, stopping: asyncio.Event, on_turn: Callable[[int], None]
) -> AgentEnd:
    stderr: list[str] = []
    client = ClaudeSDKClient(replace(options(run, stderr), hooks=_hooks(watch, renewal)))
    try:
        await client.connect()
        marked = worth_a_mark(run.stable, run.order)
        said = content(run.prompt, stable=run.stable, images=run.images, marked=marked)
        await client.query(spoken(said))
        window = Window(client.get_context_usage, watch.progress, size=run.order.window_tokens or UNKNOWN_WINDOW)
        following = _follow(client, watch, window, on_turn=on_turn)
        return AgentEnd(await _until_cut(client, stopping, run.seconds, following))
    except CLINotFoundError as error:
        raise PrerequisiteFailed(f"the agent's program is not installed: {error}") from error
    except ClaudeSDKError as error:
        return AgentEnd(trouble=_in_words(error, stderr))
    finally:
        await _close(client, 5.0 if stopping.is_set() else 20.0)


async def _until_cut(
    client: ClaudeSDKClient, stopping: asyncio.Event, seconds: float, work: Coroutine[Any, Any, None]
) -> Cut:
    following = asyncio.create_task(work)
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({following, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
            return ""
        cut: Cut = "stopped" if stopped.done() else "time"
        await _interrupt(client, following)
        return cut
    finally:
        stopped.cancel()
        following.cancel()
        await asyncio.gather(stopped, following, return_exceptions=True)


async def _follow(client: ClaudeSDKClient, watch: Watch, window: Window, *, on_turn: Callable[[int], None]) -> None:
    turns = watch.turns
    try:
        async for message in client.receive_response():
            watch.see(message)
            if watch.turns != turns:
                turns = watch.turns
                on_turn(turns)
                window.turn(turns)
        await window.settle()
    finally:
        window.close(watch.context_tokens)


def _hooks(watch: Watch, renewal: Renewal) -> dict[HookEvent, list[HookMatcher]]:
    async def compacts(_: HookInput, __: str | None, ___: HookContext) -> HookJSONOutput:
        watch.compacting()
        return {}

    used = [HookMatcher(hooks=[renewal.used])]
    return {"PreCompact": [HookMatcher(hooks=[compacts])], "PostToolUse": used, "PostToolUseFailure": used}


async def _close(client: ClaudeSDKClient, seconds: float) -> None:
    """Ends the CLI. One that does not end is not waited for: the pod's end takes it along."""
    closing = asyncio.create_task(client.disconnect())
    await asyncio.wait({closing}, timeout=seconds)
    if closing.done() and closing.exception() is not None and not isinstance(closing.exception(), ClaudeSDKError):
        closing.result()


async def _interrupt(client: ClaudeSDKClient, following: asyncio.Task[None]) -> None:
    """Asks the agent to end and gives it three seconds to say its result; what it does not say is not waited for."""
    with suppress(ClaudeSDKError, TimeoutError):
        async with asyncio.timeout(3):
            await client.interrupt()
            await asyncio.wait({following})


def _in_words(error: ClaudeSDKError, stderr: list[str]) -> str:
    said = " ".join(line for line in stderr[-5:] if "unrecognized_model" not in line)
    if isinstance(error, ProcessError) and error.exit_code in (-9, 137):
        return f"the agent's program was killed, most likely because the pod's memory was used up {said}".strip()
    if isinstance(error, ProcessError):
        return f"the agent's program ended with status {error.exit_code} {said}".strip()
    return f"the agent's program ended unexpectedly: {error} {said}".strip()


def store_for(api: BotApi, folder: Path, prepared: Mapping[str, list[Entry]]) -> TranscriptStore:
    """The session's transcripts for a run in this folder, with the conversations that it may go on with."""
    return TranscriptStore(api, project=project_key_for_directory(folder), prepared=prepared)


def _folder(run: AgentRun) -> Path:
    return folder_of(run.order, run.surroundings.workspace)


def options(run: AgentRun, stderr: list[str]) -> ClaudeAgentOptions:
    """The SDK's options. Writes the settings and the system prompt beside the agent's own files."""
    order, surroundings = run.order, run.surroundings
    workspace = str(surroundings.workspace)
    files = _write_files(run)
    return ClaudeAgentOptions(
        cwd=_folder(run),
        add_dirs=[surroundings.workspace / one.name for one in order.repositories[1:]],
        model=order.model,
        system_prompt={"type": "file", "path": str(files / "system-prompt.md")},
        settings=str(files / "settings.json"),
        setting_sources=[],
        strict_mcp_config=True,
        skills=[],
        tools=list(policy.TOOLS[order.task]),
        allowed_tools=policy.allowed_rules(order.task, workspace),
        permission_mode="dontAsk",
        verbatim_prompts=True,
        include_partial_messages=True,
        # No budget for the CLI: the gateway stops the session at it, and obeys one that was raised meanwhile.
        max_turns=order.limits.turns if run.turns is None else run.turns,
        max_buffer_size=MOST_LINE_BYTES,
        session_store=cast("SessionStore", run.store),
        # A pod may die in mid-run, and its conversation is to be gone on with.
        session_store_flush="eager",
        resume=run.resume,
        stderr=lambda line: _remember(stderr, line),
        env=agent_environment(run),
    )


def _remember(stderr: list[str], line: str) -> None:
    stderr.append(line[:500])
    del stderr[:-20]


def _write_files(run: AgentRun) -> Path:
    """The settings and the system prompt, outside of the workspace; returns their folder."""
    files = run.surroundings.home / ".vteam"
    files.mkdir(mode=0o700, parents=True, exist_ok=True)
    prompt = policy.system_prompt(run.order.task, run.order.repositories)
    prompt = f"{prompt}\n\n{notes.ASKED}" if run.order.takes_notes else prompt
    (files / "system-prompt.md").write_text(prompt, "utf-8")
    settings = {
        "apiKeyHelper": f"cat {shlex.quote(str(run.surroundings.token_file))}",
        # The commits are the bot's, and its own trailer names who asked.
        "attribution": {"commit": "", "pr": ""},
        "permissions": {"deny": _denied(run.surroundings, files)},
    }
    (files / "settings.json").write_text(json.dumps(settings), "utf-8")
    return files


def _denied(surroundings: Surroundings, files: Path) -> list[str]:
    """The token is out of reach of the reading tools, under whatever name: a mounted one is a link to its newest.

    Bash obeys where the CLI sees it (`cat`); it is no fence, and whoever holds the token can do no more than this pod.
    """
    token_file = surroundings.token_file
    alone = not any(folder.is_relative_to(token_file.parent) for folder in (surroundings.workspace, surroundings.tmp))
    token = f"/{token_file.parent}/**" if alone else f"/{token_file}"
    return [f"Read({token})", f"Edit({token})", f"Edit(/{files}/**)"]


def agent_environment(run: AgentRun) -> dict[str, str]:
    """Variables of the agent's process: the session's own, then ours, which win."""
    order, surroundings = run.order, run.surroundings
    variables = {
        **policy.environment_of(order.environment),
        **run.git_environment,
        "ANTHROPIC_BASE_URL": surroundings.model_url,
        "ANTHROPIC_SMALL_FAST_MODEL": order.small_model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": order.small_model,
        "CLAUDE_CONFIG_DIR": str(surroundings.home / ".claude"),
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_BUG_COMMAND": "1",
        # Its first line would carry a hash of the prompt, before all that a cache could keep for the next session.
        "CLAUDE_CODE_ATTRIBUTION_HEADER": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        # The gateway holds the price of all the output that a call may make: the CLI's own 32,000 tokens would leave
        # the last half dollar of a budget unspent.
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(answer_room(order.window_tokens)),
        "NO_PROXY": _no_proxy(surroundings),
    }
    if not order.priced:
        variables["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] = str(order.window_tokens or UNKNOWN_WINDOW)
    if not compacts_itself(order.window_tokens or UNKNOWN_WINDOW):
        variables["DISABLE_AUTO_COMPACT"] = "1"
    if surroundings.model_retries is not None:
        variables["CLAUDE_CODE_MAX_RETRIES"] = str(surroundings.model_retries)
    return variables


def _no_proxy(surroundings: Surroundings) -> str:
    """The gateway is asked directly, whatever the proxy for the rest is."""
    known = dict(surroundings.network)
    host = urlsplit(surroundings.model_url).hostname or ""
    return ",".join(filter(None, [known.get("NO_PROXY") or known.get("no_proxy", ""), host]))
