"""The demo's story with the real Claude Code CLI: it repairs the demo repository with its real tools."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import AssistantMessage, ClaudeAgentOptions, ResultMessage, ToolUseBlock, query

from bot.standins.demo import DEMO_REPOSITORY, ISSUE_BODY, demo_script
from bot.standins.messages import MessagesStandIn

TOOLS = ["Bash", "Edit", "Glob", "Grep", "Read", "Write"]


def suite_passes(repository: Path) -> bool:
    command = [sys.executable, "-B", "-m", "unittest"]
    return subprocess.run(command, cwd=repository, capture_output=True, check=False).returncode == 0


def checked_out(repository: Path) -> Path:
    shutil.copytree(DEMO_REPOSITORY, repository, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "-q", "."], cwd=repository, check=True)
    return repository


def options(model: MessagesStandIn, repository: Path, home: Path) -> ClaudeAgentOptions:
    home.mkdir()
    return ClaudeAgentOptions(
        cwd=repository,
        model="claude-sonnet-5-5",
        setting_sources=[],
        tools=TOOLS,
        allowed_tools=TOOLS,
        permission_mode="dontAsk",
        env={
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_API_KEY": model.api_key,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CONFIG_DIR": str(home / ".claude"),
            "HOME": str(home),
            "TMPDIR": str(home),
        },
    )


@pytest.mark.long  # tests/real/test_demo.py plays the same script to the same end, and is long too
async def test_the_script_repairs_the_demo_repository(tmp_path: Path) -> None:
    repository = checked_out(tmp_path / "pacer")
    assert not suite_passes(repository)
    model = MessagesStandIn(demo_script())
    async with model.serve():
        running = query(prompt=ISSUE_BODY, options=options(model, repository, tmp_path / "home"))
        said: list[Any] = [message async for message in running]
    assert suite_passes(repository)
    used = [b.name for m in said if isinstance(m, AssistantMessage) for b in m.content if isinstance(b, ToolUseBlock)]
    assert used == ["Bash", "Grep", "Read", "Read", "Read", "Edit", "Edit", "Bash"]
    result = said[-1]
    assert isinstance(result, ResultMessage)
    assert (result.subtype, result.is_error, result.num_turns) == ("success", False, len(used) + 1)
    assert "A bucket now earns its tokens" in str(result.result)
    assert (model.violations, model.errors, model.side_requests) == ([], [], [])
    assert set(model.calls) <= {"HEAD /api/hello", "POST /v1/messages"}
