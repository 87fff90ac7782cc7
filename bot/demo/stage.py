"""The demo's stage: a stand-in GitHub with a repository and an issue, a model, and `vteam up` as a process of its own.

Called by story.py. The bot is a real child process with real settings: it can be killed and started again.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.checks import free_port
from bot.cluster import Cluster
from bot.settings import Settings
from bot.standins.demo import (
    COMMENT_BODY,
    COMMENTER,
    DEMO_REPOSITORY,
    ISSUE_AUTHOR,
    ISSUE_BODY,
    ISSUE_TITLE,
    REPOSITORY_NAME,
    demo_script,
)
from bot.standins.github import AppRegistration, GitHubStandIn, register_app
from bot.standins.messages import MessagesStandIn

START_SECONDS = 120.0
STOP_SECONDS = 60.0
SCRIPTED_MODEL = "scripted"
"""No model's name, so that no price is put on what costs nothing."""
SCRIPT_PACE = 0.02
"""Seconds between two pieces of the script's stream: fast, yet one sees it work."""


@dataclass(frozen=True)
class Model:
    """Who answers: Claude, a server of the user's own, or the script."""

    url: str
    key: str | None = field(repr=False)
    name: str | None
    scripted: bool = False

    @property
    def words(self) -> str:
        """Who it is, for people."""
        return (
            "a script on this machine (no model, no cost)"
            if self.scripted
            else f"{self.name or Settings.model_fields['model'].default} at {self.url}"
        )


class BotProcess:
    """`vteam up` as a child process, in the demo's data folder."""

    def __init__(self, folder: Path, environment: dict[str, str], port: int) -> None:
        self.folder, self.port = folder, port
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self.status: int | None = None
        """How the last one ended."""

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig that the control plane writes."""
        return self.folder / "cluster" / "kubeconfig"

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def log(self) -> Path:
        """Where its log goes."""
        return self.folder / "bot.log"

    async def start(self) -> None:
        """Starts it, and waits until it is ready. Raises RuntimeError with its last words where it is not."""
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the demo's terminal is the demo's alone, which then ends the bot.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "up"),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._ready()
        except TimeoutError:
            await self.stop()
            raise RuntimeError(f"the bot is not ready after {START_SECONDS:.0f} s: see {self.log}") from None

    async def _ready(self) -> None:
        async with aiohttp.ClientSession() as client:
            while True:
                if self._process is None or self._process.returncode is not None:
                    raise RuntimeError(f"the bot did not start: {self._last_words()}")
                try:
                    async with client.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    def _last_words(self) -> str:
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    async def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends it: politely, unless another signal is given, and for certain."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        self.status = process.returncode


@dataclass
class Stage:
    github: GitHubStandIn
    bot: BotProcess
    model: Model
    repository: str
    issue: int

    @asynccontextmanager
    async def cluster(self) -> AsyncIterator[Cluster]:
        """The demo's cluster, through the kubeconfig as kubectl would use it."""
        async with await Cluster.from_kubeconfig(self.bot.kubeconfig) as cluster:
            yield cluster


@asynccontextmanager
async def set_stage(
    folder: Path, model: Model | None, *, unconfined: bool = False, more: Mapping[str, str] | None = None
) -> AsyncIterator[Stage]:
    """Everything up and ready, the issue written, nothing asked yet.

    `model` None is the script; `more` are settings of the bot beyond the demo's own.
    """
    async with AsyncExitStack() as stack:
        registration = register_app("vteam")
        github = GitHubStandIn(folder / "github", registration)
        await stack.enter_async_context(github.serve())
        speaker = model or await _scripted(stack)
        port = free_port()
        settings = _environment(folder, github, registration, (speaker, port, unconfined)) | dict(more or {})
        bot = BotProcess(folder, settings, port)
        issue = await _written(github)
        github.webhook_url = f"http://127.0.0.1:{port}/webhooks/github"
        stack.push_async_callback(bot.stop)
        await bot.start()
        yield Stage(github, bot, speaker, REPOSITORY_NAME, issue)


async def _scripted(stack: AsyncExitStack) -> Model:
    messages = MessagesStandIn(demo_script(), typed=False)
    messages.pace = SCRIPT_PACE
    url = await stack.enter_async_context(messages.serve())
    return Model(url, messages.api_key, SCRIPTED_MODEL, scripted=True)


async def _written(github: GitHubStandIn) -> int:
    await github.create_repository(REPOSITORY_NAME, DEMO_REPOSITORY)
    github.grant(REPOSITORY_NAME, ISSUE_AUTHOR, role="write")
    github.create_user(COMMENTER)
    github.install(REPOSITORY_NAME.partition("/")[0])
    issue = await github.open_issue(REPOSITORY_NAME, ISSUE_TITLE, body=ISSUE_BODY, by=ISSUE_AUTHOR)
    await github.comment(REPOSITORY_NAME, issue.number, body=COMMENT_BODY, by=COMMENTER)
    return int(issue.number)


def _environment(
    folder: Path, github: GitHubStandIn, registration: AppRegistration, rest: tuple[Model, int, bool]
) -> dict[str, str]:
    """The settings of the child: only these, and the few variables that a process needs to live."""
    model, port, unconfined = rest
    key_file = folder / "app.pem"
    key_file.touch(mode=0o600)
    key_file.write_text(registration.private_key_pem, "utf-8")
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE") if name in os.environ
    }
    settings = {
        "VTEAM_DATA_DIR": str(folder),
        "VTEAM_PORT": str(port),
        "VTEAM_GITHUB_URL": github.url,
        "VTEAM_GITHUB_API_URL": github.api_url,
        "VTEAM_GITHUB_APP_ID": str(registration.app_id),
        "VTEAM_GITHUB_PRIVATE_KEY_FILE": str(key_file),
        "VTEAM_GITHUB_WEBHOOK_SECRET": registration.webhook_secret,
        "VTEAM_MODEL_URL": model.url,
        "VTEAM_SCRIPTED": str(model.scripted).lower(),
        "VTEAM_UNCONFINED": str(unconfined).lower(),
        "VTEAM_CONNECT_PORTS": github.url.rsplit(":", 1)[1],
        "VTEAM_PROGRESS_SECONDS": "1",
    }
    if model.key:
        settings["ANTHROPIC_API_KEY"] = model.key
    if model.name:
        settings["VTEAM_MODEL"] = model.name
    return kept | settings
