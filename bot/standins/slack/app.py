"""The registration of the Slack app under test: its ids, tokens and signing secret, what it may do, hear and offer.

The stand-in is built around one of these; the bot is given the same tokens and signing secret.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "reactions:write",
        "users:read",
    }
)
EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "member_joined_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "reaction_added",
        "tokens_revoked",
    }
)


@dataclass(frozen=True, kw_only=True)
class SlackApp:
    """What the app's settings pages hold. `commands` are slash commands with their slash."""

    app_id: str = "A0VTEAM"
    bot_id: str = "B0VTEAM"
    user_id: str = "U0VTEAM"
    name: str = "vteam"
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    verification_token: str = field(repr=False)
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    commands: frozenset[str] = frozenset({"/vteam"})
    escaped: frozenset[str] = frozenset({"/vteam"})
    """The commands whose text comes with people, channels and links as entities (`should_escape`)."""
    shortcuts: frozenset[str] | None = None
    """Callback ids of its shortcuts; None where they are not checked."""


def register_slack_app(name: str = "vteam") -> SlackApp:
    """A new app with tokens of its own."""
    number = secrets.randbelow(10**12)
    return SlackApp(
        name=name,
        bot_token=f"xoxb-{number:012d}-{secrets.token_hex(12)}",
        app_token=f"xapp-1-A0VTEAM-{number:012d}-{secrets.token_hex(32)}",
        signing_secret=secrets.token_hex(16),
        verification_token=secrets.token_hex(12),
    )


def with_manifest(app: SlackApp, manifest: Mapping[str, Any]) -> SlackApp:
    """The app with exactly the scopes, events, commands and shortcuts that its manifest asks for."""
    features, settings = manifest.get("features", {}), manifest.get("settings", {})
    commands = features.get("slash_commands", ())
    return replace(
        app,
        scopes=frozenset(manifest["oauth_config"]["scopes"]["bot"]),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
        commands=frozenset(one["command"] for one in commands),
        escaped=frozenset(one["command"] for one in commands if one.get("should_escape")),
        shortcuts=frozenset(one["callback_id"] for one in features.get("shortcuts", ())),
    )
