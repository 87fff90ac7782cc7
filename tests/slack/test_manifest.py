"""The manifest asks for what the bot's calls and ears need, and for nothing else; half a configuration is refused."""

import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.settings import SettingMissing, Settings
from bot.slack.configured import check_slack, slash_command
from handlers.slack_manifest import EVENTS, SCOPES, creation_link, slack_manifest

ROOT = Path(__file__).parents[2]
NEEDS = {
    # https://docs.slack.dev/reference/methods: each method with the scopes of a bot's token for the conversations we use
    "auth.test": set(),
    "chat.getPermalink": set(),
    "chat.postMessage": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "conversations.info": {"channels:read", "groups:read", "im:read"},
    "conversations.open": {"im:write"},
    "reactions.add": {"reactions:write"},
    "reactions.remove": {"reactions:write"},
    "users.info": {"users:read"},
    # https://docs.slack.dev/reference/events
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "slash commands and shortcuts": {"commands"},
    "files by their private address": {"files:read"},
}


def called() -> set[str]:
    """The Web API methods that the code calls."""
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "bot" / "slack").glob("*.py"))
    methods = r"(?:auth|chat|conversations|reactions|users|views|files|team|bots|usergroups|pins|dnd)"
    return set(re.findall(rf'"({methods}\.[a-zA-Z.]+)"', source))


def test_the_scopes_are_those_of_the_calls_and_the_events() -> None:
    assert called() <= set(NEEDS)
    used = called() | set(EVENTS) | {"slash commands and shortcuts", "files by their private address"}
    assert used == set(NEEDS)
    assert set().union(*(NEEDS[each] for each in used)) == set(SCOPES)


def test_over_http_all_comes_to_one_address() -> None:
    made = slack_manifest("https://bot.example.com/")
    address = "https://bot.example.com/webhooks/slack"
    settings = made["settings"]
    assert made["features"]["slash_commands"][0]["url"] == address
    assert (settings["event_subscriptions"]["request_url"], settings["interactivity"]["request_url"]) == (
        address,
        address,
    )
    assert settings["socket_mode_enabled"] is False


def test_for_socket_mode_there_is_no_address() -> None:
    made = slack_manifest("", socket=True)
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in orjson.dumps(made).decode()


def test_slacks_limits_on_names_and_descriptions() -> None:
    made = slack_manifest("https://bot.example.com")
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    [command] = made["features"]["slash_commands"]
    assert command["command"].startswith("/")
    assert len(command["description"]) <= 2000
    [shortcut] = made["features"]["shortcuts"]
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150


def test_the_command_line_prints_it() -> None:
    ran = CliRunner().invoke(app, ["slack-manifest", "--url", "https://bot.example.com"])
    assert ran.exit_code == 0
    assert orjson.loads(ran.stdout) == slack_manifest("https://bot.example.com")
    assert creation_link(orjson.dumps(slack_manifest("https://bot.example.com")).decode()) in ran.stderr
    socket = CliRunner().invoke(app, ["slack-manifest", "--socket"])
    assert orjson.loads(socket.stdout)["settings"]["socket_mode_enabled"] is True
    with pytest.raises(SettingMissing, match="VTEAM_PUBLIC_URL"):
        CliRunner().invoke(app, ["slack-manifest"], catch_exceptions=False)


def test_the_slash_command_is_the_prefix_of_commands() -> None:
    assert slash_command(Settings.read(prefix="/bot")) == "/bot"
    assert slack_manifest("https://a.test", command="/bot")["features"]["slash_commands"][0]["command"] == "/bot"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slack_signing_secret": "s"}, "VTEAM_SLACK_BOT_TOKEN is not set"),
        ({"slack_app_token": "xapp-1"}, "VTEAM_SLACK_BOT_TOKEN is not set"),
        ({"slack_bot_token": "xoxb-1"}, "VTEAM_SLACK_SIGNING_SECRET"),
        ({"slack_bot_token": "xoxp-1", "slack_signing_secret": "s"}, "VTEAM_SLACK_BOT_TOKEN: this token begins with"),
        ({"slack_bot_token": "xoxb-1", "slack_app_token": "xoxb-1"}, "VTEAM_SLACK_APP_TOKEN: this token begins with"),
    ],
)
def test_half_a_configuration_is_refused_in_one_line(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingMissing, match=words) as refused:
        check_slack(Settings.read(**given))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s"},
        {"slack_bot_token": "xoxb-1\n", "slack_app_token": "xapp-1"},
    ],
)
def test_a_whole_configuration_or_none_is_taken(given: dict[str, str]) -> None:
    check_slack(Settings.read(**given))


def test_without_slack_nothing_of_slack_is_imported() -> None:
    program = "import bot.halves, bot.worker, bot.wiring, sys; print([m for m in sys.modules if m.startswith('slack')])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"
