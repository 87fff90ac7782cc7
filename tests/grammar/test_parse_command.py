"""`vteam parse` prints how a text is read, as JSON; and the installation's own handle and prefix count there."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from inline_snapshot import snapshot
from typer.testing import CliRunner

from bot.__main__ import app
from bot.settings import SettingMissing, Settings
from handlers.command import Dialect
from tests.grammar.reading import BOT, link, rich, section, text, user


def parse(words: str, *arguments: str) -> Any:
    """What the command prints for these words, run in this process."""
    unset = {name: None for name in os.environ if name.startswith("VTEAM_")}
    ran = CliRunner().invoke(app, ["parse", *arguments], input=words.encode(), env=unset, catch_exceptions=False)
    assert ran.exit_code == 0
    return json.loads(ran.stdout)


def program(words: str, *arguments: str, **environment: str) -> Any:
    """The same of a process of its own, with these settings in its environment."""
    command = [sys.executable, "-m", "bot", "parse", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VTEAM_")} | environment
    run = subprocess.run(command, input=words.encode(), capture_output=True, check=True, env=clean)
    return json.loads(run.stdout)


def test_a_comment_is_shown_as_it_is_read() -> None:
    body = (
        "Hello\r\n\r\n/vteam fix acme/shop#12 --max-cost $2.50 --no-draft --repo acme/lib@v1 the thing --timeout 30m\r\n"
        "> it fails\r\n\r\n/vteam fux it\r\n@robot ask why?"
    )
    assert parse(body, "--service", "github", "--handle", "@robot") == snapshot(
        {
            "commands": [
                {
                    "verb": "fix",
                    "target": {"repository": "acme/shop", "number": 12},
                    "options": {"max-cost": 2.5, "timeout": 1800, "repo": ["acme/lib@v1"], "draft": False},
                    "text": """\
the thing
> it fails\
""",
                    "line": 3,
                },
                {"verb": "ask", "target": None, "options": {}, "text": "why?", "line": 7},
            ],
            "errors": [{"line": 6, "column": 8, "message": "I do not know the command `fux`", "did_you_mean": "fix"}],
        }
    )


def test_a_message_is_shown_as_it_is_read() -> None:
    issue = "https://github.com/acme/shop/issues/12"
    message = rich(section(user(), text(" fix "), link(issue, "the issue"), text(" now --draft")))
    meant = {
        "verb": "fix",
        "target": {"repository": "acme/shop", "number": 12},
        "options": {"draft": True},
        "text": "now",
        "line": 1,
    }
    bot = ("--service", "slack", "--bot-id", BOT)
    for words in (
        f"<@{BOT}> fix <{issue}|the issue> now --draft",
        json.dumps(message),
        json.dumps(message["blocks"]),
        json.dumps({"type": "event_callback", "event": {"type": "app_mention", **message}}),
        json.dumps({"text": f"<@{BOT}> fix {issue} now --draft"}),
    ):
        assert parse(words, *bot) == {"commands": [meant], "errors": []}


def test_what_is_said_of_a_text_that_asks_for_nothing() -> None:
    assert parse("", "--service", "github") == {"commands": [], "errors": []}
    assert parse("[1, 2]", "--service", "slack") == {"commands": [], "errors": []}


def test_the_settings_of_the_installation_count() -> None:
    own = {"VTEAM_HANDLE": "fixer", "VTEAM_PREFIX": "/fixer"}
    read = program("/vteam fix a\n/fixer fix b\n@fixer ask c", "--service", "github", **own)
    assert [command["text"] for command in read["commands"]] == ["b", "c"]


def test_handle_and_prefix_make_the_dialect() -> None:
    settings = Settings.read(handle="Fix-Bot", prefix="/fb", github_url="https://github.example")
    assert settings.dialect == Dialect("Fix-Bot", "/fb", github_url="https://github.example")


@pytest.mark.parametrize(
    "given",
    [{"handle": "@vteam"}, {"handle": ""}, {"handle": "a b"}, {"handle": "-a"}, {"handle": "a" * 40}, {"prefix": "vteam"},
     {"prefix": "/"}, {"prefix": "/a b"}, {"prefix": "//a"}, {"prefix": "/" + "a" * 32}],
)  # fmt: skip
def test_a_name_that_nobody_could_write_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(SettingMissing, match=f"VTEAM_{next(iter(given)).upper()}: write"):
        Settings.read(**given)
