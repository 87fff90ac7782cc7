"""What a person asks of `vteam run`, checked before anything that takes a second is imported or started.

Called by the command line; local_run.py does what it says. It reads the issue, the repository's place and the settings.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.checks import ANTHROPIC, free_port
from bot.local_repository import find
from bot.settings import SettingMissing, Settings
from crds.agentic_session import Task
from handlers.policy import NamespaceRule

NAMESPACE = "vteam"
LONGEST_ISSUE = 1_000_000
"""Bytes of the issue's file that are read."""
LONGEST_PROMPT = 65_000
"""Characters of it that a session may hold."""


@dataclass(frozen=True)
class LocalWish:
    """As it was typed."""

    repository: Path
    issue: Path
    task: str
    model_url: str | None = None
    model: str | None = None
    unconfined: bool = False


@dataclass(frozen=True)
class LocalOrder:
    """What can begin."""

    text: str
    stem: str
    """The name of the issue's file without its suffix."""
    repository: Path
    """Its root, or git's own folder of a bare one."""
    task: Task
    settings: Settings

    @classmethod
    def of(cls, wish: LocalWish) -> Self:
        """Raises SettingMissing, in one line, for what cannot begin."""
        text, repository = _issue(wish.issue), find(wish.repository)
        return cls(text, wish.issue.stem, repository, _task(wish.task), _settings(wish, repository))


def _issue(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_ISSUE).decode("utf-8", "replace").strip()
    except OSError as error:
        raise SettingMissing(f"--issue {path}: {error.strerror}") from None
    if not text:
        raise SettingMissing(f"--issue {path}: the file is empty")
    return text[:LONGEST_PROMPT]


def _task(name: str) -> Task:
    try:
        return Task(name)
    except ValueError:
        raise SettingMissing(f"--task {name}: one of {', '.join(Task)}") from None


def _settings(wish: LocalWish, repository: Path) -> Settings:
    read = Settings.read()
    update: dict[str, object] = {
        "database_url": None,
        "host": "127.0.0.1",
        "port": free_port(),
        "bot_url": "",
        "github_app_id": None,
        "namespaces": (NamespaceRule("*/*", NAMESPACE),),
        "local_repositories": (repository,),
        "connect_ports": (),
        "unconfined": wish.unconfined or read.unconfined,
        "progress_seconds": 1.0,
    }
    if wish.model_url:
        update["model_url"] = wish.model_url
    if wish.model:
        update["model"] = wish.model
    settings = read.model_copy(update=update)
    if settings.model_url == ANTHROPIC and settings.anthropic_api_key is None:
        raise SettingMissing(
            "There is no model to talk to: set ANTHROPIC_API_KEY for Claude, "
            "or give --model-url (and --model) of a server that speaks /v1/messages"
        )
    return settings
