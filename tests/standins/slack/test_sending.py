"""What the stand-in sends: signed as Slack signs, built as Slack builds, sent again where Slack would."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.standins.slack import SlackApp, SlackStandIn, with_manifest
from tests.standins.slack.conftest import Clock, Door, error


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


class SlacksTime(SignatureClock):
    """slack_sdk's clock, set to the stand-in's."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


async def test_every_request_is_signed_and_every_event_told_once(slack: SlackStandIn, door: Door, clock: Clock) -> None:
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
    verifier = SignatureVerifier(slack.registration.signing_secret, SlacksTime(clock.now))
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


async def test_a_late_acknowledgement_is_noted_and_the_event_comes_again(slack: SlackStandIn, door: Door) -> None:
    slack.site.sender.patience = 0.5
    door.waits.set()
    await slack.say("dev", "hello", by="ada")
    await door.waiting.wait()
    door.waits.clear()
    await slack.drain()
    [delivery] = slack.deliveries
    *late, last = [one.outcome for one in delivery.attempts]
    assert (set(late), last) == ({"http_timeout"}, "ok")
    assert door.heard[-1].headers["x-slack-retry-reason"] == "http_timeout"
    assert set(slack.violations) == {"message: not acknowledged within 0.5 s"}


async def test_the_request_url_is_verified_by_a_challenge(slack: SlackStandIn, door: Door) -> None:
    door.answer = {"challenge": "another"}
    assert not await slack.verify_url()
    door.echo = "challenge"
    assert await slack.verify_url()


async def test_the_app_hears_and_may_what_its_manifest_asks_for(
    slack_app: SlackApp, door_and_url: tuple[Door, str]
) -> None:
    manifest = {
        "features": {"slash_commands": [{"command": "/v"}], "shortcuts": [{"callback_id": "send"}]},
        "oauth_config": {"scopes": {"bot": ["chat:write", "channels:history"]}},
        "settings": {"event_subscriptions": {"bot_events": ["message.channels", "message.groups"]}},
    }
    door, url = door_and_url
    slack = SlackStandIn(with_manifest(slack_app, manifest))
    slack.request_url = url
    async with slack.serve():
        slack.create_channel("dev", members=["ada"])
        slack.create_channel("vault", private=True, members=["ada"])
        said = await slack.mention("dev", "hello", by="ada")
        await slack.say("vault", "groups:history is not granted", by="ada")
        await slack.react(said, "x", by="ada")
        await slack.drain()
        assert door.events == ["message"]
        with pytest.raises(LookupError, match="no command /vteam"):
            await slack.slash("/vteam", by="ada", channel="dev")
        with pytest.raises(LookupError, match="no shortcut other"):
            await slack.shortcut(said, "other", by="ada")
        client = AsyncWebClient(slack_app.bot_token, base_url=slack.api_url)
        with pytest.raises(SlackApiError) as refused:
            await client.reactions_add(channel=slack.channel("dev").id, timestamp=said.ts, name="eyes")
        assert error(refused) == "missing_scope"
