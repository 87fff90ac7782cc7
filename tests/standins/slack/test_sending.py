"""What the stand-in sends: signed as Slack signs, built as Slack builds, sent again where Slack would."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.standins.slack import SlackStandIn
from tests.standins.slack.conftest import Door


async def a_day_in_the_channel(slack: SlackStandIn) -> None:
    """One of everything that is told."""
    asked = await slack.mention("dev", "fix it", by="ada")
    reply = await slack.say("dev", "me too", by="grace", thread_ts=asked.ts, broadcast=True)
    await slack.edit(asked, "<@U0VTEAM> fix it now", by="ada")
    await slack.react(asked, "x", by="grace")
    await slack.delete(reply, by="grace")
    await slack.say_as_other_bot("dev", "build failed")
    await slack.say("@vteam", "hello", by="ada")
    slack.join("dev", "vteam")
    slack.create_user("tom")
    slack.join("dev", "tom", inviter="ada")
    await slack.open_home("ada")
    await slack.say("random", "unheard", by="ada")
    await slack.slash("/vteam", "help", by="ada", channel="random")
    slack.uninstall()
    await slack.drain()


async def test_every_request_is_signed_and_every_event_told_once(slack: SlackStandIn, door: Door) -> None:
    await a_day_in_the_channel(slack)
    assert door.events == snapshot(
        [
            "message",
            "app_mention",
            "message.thread_broadcast",
            "message.message_changed",
            "reaction_added",
            "message.message_deleted",
            "message.bot_message",
            "message",
            "member_joined_channel",
            "message.channel_join",
            "app_home_opened",
            "tokens_revoked",
            "app_uninstalled",
        ]
    )
    verifier = SignatureVerifier(slack.registration.signing_secret)
    assert all(verifier.is_valid_request(one.body, one.headers) for one in door.heard)
    ids = [one.payload["event_id"] for one in door.heard if "event" in one.payload]
    assert len(set(ids)) == len(ids)
    assert slack.violations == []


async def test_a_mention_comes_twice_with_one_ts(slack: SlackStandIn, door: Door) -> None:
    asked = await slack.mention("dev", "fix it", by="ada")
    await slack.drain()
    message, mention = (one.payload["event"] for one in door.heard)
    assert (message["type"], mention["type"]) == ("message", "app_mention")
    assert message["ts"] == mention["ts"] == asked.ts
    assert message["client_msg_id"] == mention["client_msg_id"]
    assert door.last["authorizations"][0]["user_id"] == "U0VTEAM"


async def test_the_app_hears_itself(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    await client.chat_postMessage(channel=slack.channel("dev").id, text="Hello <@U0VTEAM>")
    await slack.drain()
    assert (door.events, door.last["event"]["bot_id"]) == (["message"], "B0VTEAM")


async def test_an_event_is_sent_again_until_it_is_acknowledged(slack: SlackStandIn, door: Door) -> None:
    door.status = 500
    await slack.say("dev", "hello", by="ada")
    await slack.drain()
    retries = [(one.headers.get("x-slack-retry-num"), one.headers.get("x-slack-retry-reason")) for one in door.heard]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({one.payload["event_id"] for one in door.heard}) == 1
    door.headers = {"X-Slack-No-Retry": "1"}
    await slack.say("dev", "hello again", by="ada")
    await slack.drain()
    assert len(door.heard) == 5


async def test_a_command_is_not_sent_again_and_the_person_is_told(slack: SlackStandIn, door: Door) -> None:
    door.status = 500
    await slack.slash("/vteam", "fix it", by="ada", channel="dev")
    await slack.drain()
    assert len(door.heard) == 1
    assert slack.ephemerals("ada") == ['/vteam failed with the error "dispatch_failed"']


async def test_a_command_comes_as_a_form_and_may_be_answered_at_once(slack: SlackStandIn, door: Door) -> None:
    door.answer = {"response_type": "in_channel", "text": "On it"}
    await slack.slash("/vteam", "fix acme/shop#1", by="ada", channel="dev")
    await slack.drain()
    payload = door.heard[0].payload
    assert {name: payload[name] for name in ("command", "text", "user_name", "channel_name")} == {
        "command": "/vteam",
        "text": "fix acme/shop#1",
        "user_name": "ada",
        "channel_name": "dev",
    }
    assert slack.transcript("dev") == snapshot("""\
#dev
@vteam (app):
    On it\
""")


async def test_what_is_held_may_be_turned_around(slack: SlackStandIn, door: Door) -> None:
    with slack.held_deliveries() as waiting:
        await slack.say("dev", "one", by="ada")
        await slack.say("dev", "two", by="ada")
        waiting.reverse()
        waiting.append(waiting[0])
    slack.lose_deliveries(1)
    await slack.say("dev", "three", by="ada")
    await slack.drain()
    assert [one.payload["event"]["text"] for one in door.heard] == ["two", "one", "two"]


@pytest.mark.parametrize("answer", [{"text": "x", "response_type": "everybody"}, {"blocks": [{"type": "sektion"}]}])
async def test_a_broken_answer_to_a_command_is_a_violation(slack: SlackStandIn, door: Door, answer: Any) -> None:
    door.answer = answer
    await slack.slash("/vteam", by="ada", channel="dev")
    await slack.drain()
    assert len(slack.violations) == 1
