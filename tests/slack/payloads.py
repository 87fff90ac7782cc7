"""Payloads as Slack sends them, for tests: whole envelopes with fields that nobody reads among them."""

from typing import Any

Json = dict[str, Any]

TEAM, BOT, ADA, BEN, CHANNEL = "T0001", "U0BOT", "U0ADA", "U0BEN", "C0001"


def said(text: str = "hello", **more: Any) -> Json:
    """Somebody writes a message in a public channel."""
    return envelope(
        {"type": "message", "channel": CHANNEL, "channel_type": "channel", "event_ts": "1.0", **message(text), **more}
    )


def mentioned(text: str = f"<@{BOT}> fix it", **more: Any) -> Json:
    """The bot is mentioned; Slack tells it a second time, as what it is."""
    return envelope({"type": "app_mention", "channel": CHANNEL, "event_ts": "1.0", **message(text), **more})


def message(text: str, **more: Any) -> Json:
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}
    return {"user": ADA, "text": text, "ts": "1700000000.000100", "team": TEAM, "blocks": [rich], **more}


def changed(now: str, before: str, *, edited: bool = True, **more: Any) -> Json:
    mark = {"edited": {"user": ADA, "ts": "1700000009.000000"}} if edited else {}
    return envelope(
        {
            "type": "message",
            "subtype": "message_changed",
            "channel": CHANNEL,
            "channel_type": "channel",
            "hidden": True,
            "ts": "1700000009.000200",
            "message": message(now, **mark, **more),
            "previous_message": message(before),
        }
    )


def deleted(text: str = "/vteam fix", **more: Any) -> Json:
    return envelope(
        {
            "type": "message",
            "subtype": "message_deleted",
            "channel": CHANNEL,
            "channel_type": "channel",
            "ts": "1700000010.000300",
            "deleted_ts": "1700000000.000100",
            "previous_message": message(text, **more),
        }
    )


def reacted(reaction: str = "x", *, user: str = ADA, kind: str = "reaction_added") -> Json:
    item = {"type": "message", "channel": CHANNEL, "ts": "1700000000.000100"}
    return envelope(
        {"type": kind, "user": user, "reaction": reaction, "item": item, "item_user": BOT, "event_ts": "2.0"}
    )


def envelope(event: Json, **more: Any) -> Json:
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "api_app_id": "A0001",
        "event": event,
        "type": "event_callback",
        "event_id": "Ev0001",
        "event_time": 1700000000,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True}],
        "is_ext_shared_channel": False,
        "event_context": "4-ctx",
        **more,
    }


def command(text: str = "fix acme/shop#12", **more: Any) -> Json:
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": CHANNEL,
        "channel_name": "general",
        "user_id": ADA,
        "user_name": "ada",
        "command": "/vteam",
        "text": text,
        "api_app_id": "A0001",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.test/commands/1",
        "trigger_id": "111.222.abc",
        **more,
    }


def pressed(action: Json | None = None, **more: Any) -> Json:
    button = {"type": "button", "action_id": "stop", "block_id": "b", "value": "vteam/s-1", "action_ts": "3.0"}
    return {
        "type": "block_actions",
        "user": {"id": ADA, "username": "ada", "team_id": TEAM},
        "api_app_id": "A0001",
        "container": {
            "type": "message",
            "message_ts": "1700000001.000100",
            "channel_id": CHANNEL,
            "thread_ts": "1700000000.000100",
        },
        "trigger_id": "111.222.def",
        "team": {"id": TEAM, "domain": "acme"},
        "channel": {"id": CHANNEL, "name": "general"},
        "message": {"type": "message", "bot_id": "B1", "user": BOT, "text": "…", "ts": "1700000001.000100"},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.test/actions/1",
        "actions": [action or button],
        **more,
    }


def shortcut(**more: Any) -> Json:
    return {
        "type": "message_action",
        "callback_id": "send_to_vteam",
        "trigger_id": "111.222.ghi",
        "message_ts": "1700000000.000100",
        "response_url": "https://hooks.slack.test/actions/2",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": BEN, "name": "ben"},
        "channel": {"id": CHANNEL, "name": "general"},
        "message": message("the login test is flaky"),
        **more,
    }
