"""The Claude Code CLI itself as the gateway's client: what it asks for passes, and it understands what it is told."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions, ResultMessage, query

from tests.gateway.conftest import MODEL, SMALL, World, order
from tests.gateway.model import STOP, Error, end, start, text

HELLO: list[Any] = [
    {"type": "message_start", "message": {**start(fresh=900, read=5000)["message"], "type": "message", "model": MODEL,
                                          "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    text("Hello from the script."),
    {"type": "content_block_stop", "index": 0},
    end(7),
    STOP,
]  # fmt: skip


async def ran(world: World, folder: Path) -> ResultMessage:
    """One run of the CLI with one prompt, its token in a file as in a pod."""
    token, settings = folder / "token", folder / "settings.json"
    token.write_text(world.token)
    settings.write_text(json.dumps({"apiKeyHelper": f"cat {token}"}))
    options = ClaudeAgentOptions(
        model=MODEL,
        tools=["Read"],
        setting_sources=[],
        settings=str(settings),
        cwd=folder,
        env={
            "ANTHROPIC_BASE_URL": f"{world.url}/model/team/fix-1",
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": SMALL,
            "ANTHROPIC_API_KEY": "",
            "CLAUDE_CONFIG_DIR": str(folder / "config"),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "HOME": str(folder),
        },
    )
    return [each async for each in query(prompt="Say hello.", options=options) if isinstance(each, ResultMessage)][-1]


async def test_the_cli_runs_through_the_gateway_and_is_counted(world: World, tmp_path: Path) -> None:
    await world.ordered(order())
    world.model.script = HELLO
    result = await ran(world, tmp_path)
    assert (result.is_error, result.result) == (False, "Hello from the script.")
    used = await world.used()
    assert used.calls == len(world.model.requests) >= 1
    assert used.tokens.output == 7 * used.calls
    assert used.held_tokens == 0
    assert used.usd > Decimal("0.004")
    assert not world.counted("vteam_model_refusals_total", reason="not_allowed")
    assert {headers.get("authorization") for headers in world.model.headers} == {None}


async def test_the_cli_ends_with_words_when_the_budget_is_spent(world: World, tmp_path: Path) -> None:
    await world.ordered(order(usd=0.0001))
    failed = ""
    try:
        result = await ran(world, tmp_path)
        failed = f"{result.result} {result.errors}"
    except Exception as error:
        failed = str(error)
    assert "the session's budget of $0.0001 is spent" in failed
    assert world.model.requests == []
    assert world.counted("vteam_model_refusals_total", reason="budget") == 1


async def test_the_cli_tries_again_when_the_server_is_overloaded(world: World, tmp_path: Path) -> None:
    await world.ordered(order())
    world.model.script = HELLO
    world.model.first = [Error(529, "overloaded_error", "full", {"retry-after": "0"})]
    assert (await ran(world, tmp_path)).result == "Hello from the script."
