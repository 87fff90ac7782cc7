"""`vteam demo` as a person starts it, on a terminal: what it shows, what it exits with, and what it leaves behind."""

import re
from pathlib import Path

import aiohttp
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

import bot
from bot.cluster import JOBS, PODS, SESSIONS, Cluster
from bot.serving import serving
from tests.real.children import VTEAM, environment, speaking_of, vteam
from tests.real.terminal import CTRL_C, on_a_terminal

pytestmark = pytest.mark.long

SOURCES = str(Path(bot.__file__).parent)
PARTS = (
    r"model: a script on this machine \(no model, no cost\)",
    r"agent: files, sockets and signals fenced by Landlock|agent: .*NOT CONFINED",
    r"✓ @ada wrote: /vteam fix the bucket",
    r"✓ session vteam/fix-1-\w+",
    r"✓ Job fix-1-\w+",
    r"✓ the agent works \(the Claude Code CLI, with its real tools\)",
    r"✓ the work was handed in as a git bundle, checked, and pushed",
    r"✓ the pull request is open",
    r"✓ Completed: Done\.",
    r"─ The thread ─",
    r"@ada \(collaborator\):",
    r"@vteam(\[bot\])? \(bot, edited\):",
    r"\*\*vTeam · fix\*\* — Done\.",
    r"─ Pull request #2: Fix: A worker that polls often never gets a token",
    r"The model behind this run was a script on this machine, not Claude",
    r"─ The diff ─",
    r"\+ +self\._updated \+= -\(-earned \* SECOND // self\.rate\)",
    r"─ The first prompt ─",
    r"█+░+",
    r"■ +code +[\d,]+ tokens",
    r"[\d,]+ of 32,000 tokens",
    r"[\d,]+ tokens in \d+ model calls",
    r"scripted: no cost",
    r"✓ `python3 -m unittest` fails on main and passes on vteam/issue-1-",
    r"http://127\.0\.0\.1:\d+/acme/pacer/pull/2 +\d+\.\d s in all",
)
"""What must be shown, in this order."""


def assert_in_order(text: str, patterns: tuple[str, ...]) -> None:
    place = 0
    for pattern in patterns:
        found = re.compile(pattern).search(text, place)
        assert found, f"{pattern} is not shown, or not in its place, in:\n{text}"
        place = found.end()


async def test_the_demo_shows_the_main_job_and_leaves_nothing(tmp_path: Path) -> None:
    env = environment(tmp_path)
    async with on_a_terminal([str(VTEAM), "demo"], env=env, cwd=tmp_path) as terminal:
        assert await terminal.ended() == 0, terminal.text
    assert_in_order(terminal.text, PARTS)
    assert re.search(r"turn [1-9]\d*: \w+", terminal.text), "what goes on is shown while it goes on"
    assert list((tmp_path / "tmp").iterdir()) == []
    assert speaking_of(f"{tmp_path}/tmp") == []


async def test_a_demo_that_is_kept_can_be_looked_at_until_ctrl_c(tmp_path: Path) -> None:
    env = environment(tmp_path)
    async with on_a_terminal([str(VTEAM), "demo", "--keep"], env=env, cwd=tmp_path) as terminal:
        await terminal.until("Ctrl-C ends it.")
        text = terminal.text
        kubeconfig = Path(_shown(text, r"kubectl --kubeconfig (\S+) -n vteam get as,jobs,pods"))
        assert kubeconfig.stat().st_mode & 0o077 == 0
        await _look_around(kubeconfig)
        await _browse(_shown(text, r"browser +(\S+)"), _shown(text, r"metrics +(\S+)"))
        assert "session_created" in Path(_shown(text, r"log +(/\S+)")).read_text()
        terminal.type(CTRL_C)
        assert await terminal.ended() == 0, terminal.text
    assert SOURCES not in terminal.text, "no traceback"
    assert list((tmp_path / "tmp").iterdir()) == []
    assert speaking_of(f"{tmp_path}/tmp") == []


def _shown(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


async def _look_around(kubeconfig: Path) -> None:
    """What kubectl would be told."""
    async with await Cluster.from_kubeconfig(kubeconfig) as cluster:
        [session] = (await cluster.list(SESSIONS, "vteam")).items
        [job] = (await cluster.list(JOBS, "vteam")).items
        [pod] = (await cluster.list(PODS, "vteam")).items
    assert session["status"]["phase"] == "Completed"
    assert job["metadata"]["name"] == session["metadata"]["name"]
    assert pod["status"]["phase"] == "Succeeded"


async def _browse(*addresses: str) -> None:
    async with aiohttp.ClientSession() as browser:
        for address in addresses:
            async with browser.get(address) as page:
                assert page.status == 200
                assert ("A worker that polls often" if "issues" in address else "vteam_sessions") in await page.text()


async def test_ctrl_c_in_the_middle_ends_everything(tmp_path: Path) -> None:
    env = environment(tmp_path)
    async with on_a_terminal([str(VTEAM), "demo"], env=env, cwd=tmp_path) as terminal:
        await terminal.until("✓ Job fix-1-")
        terminal.type(CTRL_C)
        assert await terminal.ended() == 130
    assert SOURCES not in terminal.text, "no traceback"
    assert list((tmp_path / "tmp").iterdir()) == []
    assert speaking_of(f"{tmp_path}/tmp") == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "localhost:11434", "http://["])
async def test_a_model_that_is_not_there_is_one_line(tmp_path: Path, address: str) -> None:
    ran = await vteam("demo", "--model-url", address, env=environment(tmp_path), cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert address in ran.err


async def test_a_model_that_fails_ends_the_demo_with_its_words(tmp_path: Path) -> None:
    """Whoever answers at the address is no model: the session ends with words, and what helps to see why is left."""
    async with serving(_no_model) as address:
        ran = await vteam("demo", "--model-url", address.url, env=environment(tmp_path), cwd=tmp_path)
    assert ran.code == 1
    assert "✗ Failed: The agent could not finish: The model's server ended the run" in ran.out
    assert "✗ There is no pull request" in ran.out
    assert "scripted" not in ran.out
    [left] = (tmp_path / "tmp").iterdir()
    assert f"What there was is left in {left}" in ran.out
    assert (left / "bot.log").exists()


async def _no_model(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PlainTextResponse("this is a coffee machine", 418)(scope, receive, send)
