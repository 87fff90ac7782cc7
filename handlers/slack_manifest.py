"""The Slack app as Slack makes it from a manifest: what it may do, what it hears, where Slack reaches it.

Called by `vteam slack-manifest`. Pure; it asks for exactly what the bot's calls and ears need, and a test holds it to
that. Field names are those of https://docs.slack.dev/reference/app-manifest.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]

WEBHOOK_PATH = "/webhooks/slack"
COMMAND = "/vteam"
SEND = "send_to_vteam"
"""Callback id of the message shortcut."""
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hear who mentions it",
    "channels:history": "hear replies in its threads in public channels, and read what was said there before",
    "channels:read": "tell public channels from private ones, and those that are shared with others",
    "chat:write": "answer, and edit its answers",
    "commands": "take /vteam and “Send to vTeam”",
    "files:read": "see the images that its threads show",
    "groups:history": "the same in private channels that it is invited to",
    "groups:read": "the same of private channels that it is in",
    "im:history": "hear what is written to it directly",
    "im:read": "tell direct messages from channels",
    "im:write": "tell the asker in private what it cannot say in a channel",
    "reactions:read": "hear ✖ as a stop",
    "reactions:write": "show 👀 on what it has heard",
    "users:read": "tell people from bots, guests and other organisations, and know their names",
}
"""What the app may do, and what for."""
EVENTS = ("app_mention", "message.channels", "message.groups", "message.im", "reaction_added")


def slack_manifest(public_url: str, *, name: str = "vTeam", command: str = COMMAND, socket: bool = False) -> Json:
    """The manifest. `public_url`: the bot's address as Slack reaches it; with `socket` Slack reaches it by none.

    `command`: the slash command, which is the prefix of commands on GitHub too.
    """
    address = public_url.rstrip("/") + WEBHOOK_PATH
    at = {} if socket else {"request_url": address}
    slash = {
        "command": command,
        "description": "Fix, plan, review or ask, about an issue or a repository",
        "usage_hint": "fix owner/repo#12 · help",
        "should_escape": True,
    }
    shortcut = {
        "name": "Send to vTeam",
        "type": "message",
        "callback_id": SEND,
        "description": "Work on what this message asks for",
    }
    return {
        "display_information": {
            "name": name,
            "description": f"Write {command} fix … or mention it, and get a pull request.",
            "background_color": "#1f2937",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [slash if socket else {**slash, "url": address}],
            "shortcuts": [shortcut],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }


def creation_link(manifest_json: str) -> str:
    """The link on which a person creates the app from its manifest."""
    return f"https://api.slack.com/apps?{urlencode({'new_app': 1, 'manifest_json': manifest_json})}"
