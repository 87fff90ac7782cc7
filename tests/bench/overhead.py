"""What the agent's program sends beside the prompt: its tools and its system prompt, for each task, in tokens.

Run by hand (`python -m tests.bench.overhead`) when claude-agent-sdk or the runner's policy changes; it prints the table
of crds/overhead.py. The real CLI with the runner's own options asks a scripted Messages API on loopback.
"""

import asyncio
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claude_agent_sdk import ClaudeSDKClient
from claude_agent_sdk import __version__ as sdk_version

from bot.standins.messages import MessagesStandIn, Say, Script, Use
from bot.standins.messages.requests import blocks_of
from crds.agentic_session import Task
from crds.work_order import Limits, OrderedRepository, WorkOrder
from runner.agent import AgentRun, options
from runner.context.count import NAME, count
from runner.surroundings import Surroundings
from tests.bench.unkept import unkept

PROMPT = "hello"
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-sonnet-5", "claude-haiku-5-5", "claude-haiku-4-5",
          "claude-sonnet-4-6", "claude-opus-4-5", "claude-opus-4-8", "some-local-model")  # fmt: skip
LIMITS = Limits(context_tokens=32_000, total_tokens=None, cost_usd=None, turns=9, seconds=60, bundle_bytes=1_000_000)


@dataclass(frozen=True)
class Overhead:
    """Tokens of one task's first request, and what its second one adds beside the answer and the tool's output."""

    tools: int
    system: int
    messages: int
    calls: int
    """Calls of the model beside the conversation's own."""

    @property
    def total(self) -> int:
        return self.tools + self.system + self.messages


async def measured(task: Task, model: str) -> Overhead:
    """One run of two turns: the first request is taken apart."""
    script = Script([(Use("Glob", {"pattern": "*.py"}),)], afterwards=(Say("Done."),))
    messages = MessagesStandIn(script, typed=False)
    with tempfile.TemporaryDirectory(prefix="vteam-overhead-") as name:
        async with messages.serve() as url:
            client = ClaudeSDKClient(options(_run(Path(name), url, task, model), []))
            await client.connect()
            try:
                await client.query(PROMPT)
                async for _ in client.receive_response():
                    pass
            finally:
                await client.disconnect()
    return _taken_apart(messages.requests[0], beside=len(messages.side_requests))


def _taken_apart(request: dict[str, Any], *, beside: int) -> Overhead:
    tools = sum(count(json.dumps(tool, ensure_ascii=False)) for tool in request.get("tools") or [])
    system = sum(count(block.get("text", "")) for block in blocks_of(request.get("system") or []))
    said = [block.get("text", "") for message in request["messages"] for block in blocks_of(message["content"])]
    return Overhead(tools, system, sum(map(count, said)) - count(PROMPT), beside)


def _run(folder: Path, url: str, task: Task, model: str) -> AgentRun:
    for name in ("workspace/acme__shop", "home", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "token").write_text("scripted", "utf-8")
    subprocess.run(["git", "init", "-q", folder / "workspace/acme__shop"], check=True)
    repository = OrderedRepository(
        name="acme__shop", url="https://git.example/acme/shop.git", commit="0" * 40, branch="main", writable=True
    )
    order = WorkOrder(
        session="vteam/overhead",
        task=task,
        request=PROMPT,
        title=PROMPT,
        model=model,
        small_model=model,
        priced=model.startswith("claude"),
        limits=LIMITS,
        repositories=(repository,),
        talk=(),
    )
    surroundings = Surroundings(
        api_url=url,
        model_url=url,
        token_file=folder / "token",
        workspace=folder / "workspace",
        home=folder / "home",
        tmp=folder / "tmp",
    )
    return AgentRun(order, surroundings, {}, PROMPT, unkept(), 60.0)


async def main() -> None:
    """Prints the table."""
    print(f"claude-agent-sdk {sdk_version}, {NAME}")
    for task in Task:
        for model in MODELS:
            found = await measured(task, model)
            print(f"{task:8}{model:20}{found.total:7} {found}")


if __name__ == "__main__":
    asyncio.run(main())
