"""Slack's door over HTTP: only what Slack has signed comes in, and what asks for something is kept once, at once."""

import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.slack.heard import SlackSaid, SlashCommand
from bot.slack.hearing import read
from bot.standins.slack.sending import signed
from bot.store import Delivery, SlackLink
from tests.slack.conftest import Rig
from tests.slack.payloads import (
    ADA,
    BOT,
    CHANNEL,
    TEAM,
    Json,
    changed,
    command,
    deleted,
    envelope,
    mentioned,
    pressed,
    reacted,
    said,
    shortcut,
)

TS = "1700000000.000100"


async def knock(
    rig: Rig, body: bytes, headers: dict[str, str] | None = None, *, secret: str = "", late: float = 0.0
) -> tuple[int, str]:
    """A request by hand, signed so many seconds ago; the status and the text of the answer."""
    key = secret or rig.workspace.registration.signing_secret
    sent = {**signed(key, body, at=int(rig.clock() - late)), "Content-Type": "application/json", **(headers or {})}
    async with aiohttp.ClientSession() as http, http.post(rig.door_url, data=io.BytesIO(body), headers=sent) as answer:
        return answer.status, await answer.text()


async def tell(rig: Rig, payload: Json) -> int:
    status, _ = await knock(rig, json.dumps(payload).encode())
    return status


def form(fields: Json) -> tuple[bytes, dict[str, str]]:
    return urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


async def leased(rig: Rig) -> list[Delivery]:
    await rig.workspace.drain()
    return [one.delivery for one in await rig.store.inbox.lease(100, 60.0)]


async def link(rig: Rig, ts: str = TS) -> None:
    """The thread is one of ours."""
    await rig.store.slack_links.put(
        SlackLink(TEAM, CHANNEL, ts, repository="acme/shop", repository_id=1, number=12, installation=1)
    )


async def test_a_mention_is_kept_once_though_slack_tells_it_twice(rig: Rig) -> None:
    message = await rig.workspace.mention("dev", "fix the login test", by="ada")
    [delivery] = await leased(rig)
    heard = read(delivery.event, delivery.payload)
    assert isinstance(heard, SlackSaid)
    assert (heard.ts, heard.is_mention, heard.channel) == (message.ts, True, rig.workspace.channel("dev").id)
    assert (delivery.source, json.loads(delivery.payload).get("token")) == ("slack", None)
    assert len(rig.workspace.deliveries) == 2
    assert rig.workspace.violations == []


async def test_what_slack_sends_again_is_the_same_delivery(rig: Rig) -> None:
    await rig.workspace.mention("dev", "fix it", by="ada")
    for delivery in rig.workspace.deliveries:
        rig.workspace.repeat(delivery)
    await rig.workspace.slash("/vteam", "help", by="ada", channel="dev")
    rig.workspace.repeat(rig.workspace.deliveries[-1])
    assert sorted(await rig.kept()) in (["command", "event:app_mention"], ["command", "event:message"])


async def test_a_slash_command_is_kept_and_answered_at_once(rig: Rig) -> None:
    await rig.workspace.slash("/vteam", "fix acme/shop#12 the payload of the parser", by="ada", channel="random")
    [delivery] = await leased(rig)
    heard = read(delivery.event, delivery.payload)
    assert isinstance(heard, SlashCommand)
    assert heard.text == "fix acme/shop#12 the payload of the parser"
    assert rig.workspace.ephemerals("ada") == ["On it."]
    assert rig.workspace.violations == []


async def test_what_is_said_privately_needs_no_mention(rig: Rig) -> None:
    await rig.workspace.say("@vteam", "help", by="ada")
    assert await rig.kept() == ["event:message"]


async def test_talk_among_people_is_not_kept(rig: Rig) -> None:
    first = await rig.workspace.say("dev", "shall we fix it?", by="ada")
    await rig.workspace.say("dev", "yes", by="grace", thread_ts=first.ts)
    await rig.workspace.edit(first, "shall we fix it soon?", by="ada")
    await rig.workspace.delete(first, by="ada")
    await rig.workspace.say_as_other_bot("dev", "build 7 failed")
    await rig.workspace.react(await rig.workspace.say("dev", "well", by="ada"), "tada", by="grace")
    assert await rig.kept() == []
    assert rig.counted("ignored", "not_for_us") == 5
    assert rig.counted("ignored", "subtype") == 1
    assert rig.counted("ignored", "other_reaction") == 1


async def test_our_own_words_are_not_kept(rig: Rig) -> None:
    place = await rig.said()
    await rig.slack.call("chat.postMessage", channel=place.channel, thread_ts=place.ts, text="hello")
    assert await rig.kept() == []


@pytest.mark.parametrize(
    "payload",
    [
        said(ts="1700000005.000000", thread_ts=TS),
        changed("b", "a"),
        changed("b", "a", thread_ts=TS),
        deleted("never mind", thread_ts=TS),
    ],
    ids=["reply", "edit of its first message", "edit of a reply", "deleted reply"],
)
async def test_in_a_thread_of_ours_everything_is_kept(rig: Rig, payload: Json) -> None:
    assert await tell(rig, payload) == 200
    assert await rig.kept() == []  # not one of ours yet
    await link(rig)
    assert await tell(rig, payload) == 200
    assert len(await rig.kept()) == 1


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (mentioned(), "event:app_mention"),
        (said(f"<@{BOT}> fix it"), "event:message"),
        (changed("fix it", f"<@{BOT}> fix it"), "event:message_changed"),
        (deleted(f"<@{BOT}> fix it"), "event:message_deleted"),
        (reacted("x"), "event:reaction_added"),
        (command(), "command"),
        (pressed(), "action"),
        (shortcut(), "shortcut"),
    ],
)
async def test_what_asks_for_something_is_kept(rig: Rig, payload: Json, event: str) -> None:
    body, headers = form({"payload": json.dumps(payload)})
    if event == "command":
        body, headers = form(payload)
    elif event.startswith("event:"):
        body, headers = json.dumps(payload).encode(), {}
    status, _ = await knock(rig, body, headers)
    assert status == 200
    assert await rig.kept() == [event]


@pytest.mark.parametrize(
    ("late", "secret", "headers"),
    [
        (0, "wrong", {}),
        (301, "", {}),
        (-600, "", {}),
        (0, "", {"X-Slack-Signature": ""}),
        (0, "", {"X-Slack-Signature": "v0=\xe4"}),
        (0, "", {"X-Slack-Request-Timestamp": "yesterday"}),
        (0, "", {"X-Slack-Request-Timestamp": "²"}),
        (0, "", {"X-Slack-Request-Timestamp": "9" * 400}),
    ],
)
async def test_what_slack_has_not_signed_just_now_is_refused_in_words(
    rig: Rig, late: float, secret: str, headers: dict[str, str]
) -> None:
    status, words = await knock(rig, json.dumps(mentioned()).encode(), headers, secret=secret, late=late)
    assert status == 401
    assert "signing secret" in words
    assert await rig.kept() == []
    assert rig.counted("refused", "bad_signature") == 1


async def test_the_signature_is_that_of_this_body(rig: Rig) -> None:
    headers = signed(rig.workspace.registration.signing_secret, b"{}", at=int(rig.clock()))
    async with aiohttp.ClientSession() as http:
        async with http.post(rig.door_url, data=b"\xff", headers=headers) as answer:
            assert answer.status == 401
        async with http.post(rig.door_url, data=b'{"a": 1}', headers=headers) as answer:
            assert answer.status == 401


async def test_a_body_that_is_too_large_is_not_read(rig: Rig) -> None:

    status, words = await knock(rig, b" " * 5_000_001)
    assert (status, "5,000,000 bytes" in words) == (413, True)


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"null", b"a=1", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(rig: Rig, body: bytes) -> None:
    status, words = await knock(rig, body)
    assert (status, "JSON object" in words) == (400, True)


@pytest.mark.parametrize("body", [b"", b"payload={", b"payload=[1]", b"payload=1", b"payload=", b"a=1&" * 200])
async def test_a_form_without_an_object_is_refused(rig: Rig, body: bytes) -> None:
    status, words = await knock(rig, body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert (status, "JSON object" in words) == (400, True)


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "event_callback", "event": 7},
        {"type": "event_callback", "team_id": 7, "event": {"type": "message", "channel": [], "user": {}}},
        {"type": "block_actions", "user": 7, "team": 7, "channel": 7, "actions": 7},
        {"type": "message_action", "message": 7, "view": 7},
        {"type": "block_suggestion"},
        {"authorizations": 7},
        envelope({"type": "moon_phase"}),
        json.loads('{"type": "event_callback", "event": {"type": "message", "text": "\\ud800"}}'),
    ],
)
async def test_a_signed_body_of_no_known_shape_starts_nothing(rig: Rig, payload: Json) -> None:
    assert await tell(rig, payload) in (200, 400)
    assert await rig.kept() == []


async def test_half_a_letter_is_kept_as_a_question_mark(rig: Rig) -> None:
    body = json.dumps(said("LETTER fix", channel_type="im")).replace("LETTER", "\\ud83d")
    assert (await knock(rig, body.encode()))[0] == 200
    [delivery] = await leased(rig)
    heard = read(delivery.event, delivery.payload)
    assert isinstance(heard, SlackSaid)
    assert (heard.text, heard.user) == ("? fix", ADA)


async def test_slack_is_shown_that_the_address_is_ours(rig: Rig) -> None:
    status, words = await knock(rig, b'{"type": "url_verification", "challenge": "3eZb", "token": "x"}')
    assert (status, json.loads(words)) == (200, {"challenge": "3eZb"})
    assert (await knock(rig, b'{"type": "url_verification", "challenge": "3eZb"}', secret="wrong"))[0] == 401


@contextmanager
def slow(store: Path) -> Iterator[None]:
    """Somebody else writes into the store, and does not end."""
    other = sqlite3.connect(store, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def test_slack_is_answered_within_its_three_seconds_though_the_store_is_slow(rig: Rig, tmp_path: Path) -> None:
    asked, headers = form(command())
    with slow(tmp_path / "store.db"):
        status, words = await knock(rig, asked, headers)
    assert (status, "please ask again" in words) == (200, True)
    assert rig.counted("refused", "slow_store") == 1
    # Nobody will send the command again: it is kept all the same, as soon as the store is there.
    assert await rig.kept() == ["command"]


@pytest.mark.long
async def test_what_was_not_kept_in_time_slack_sends_again(rig: Rig, tmp_path: Path) -> None:
    body = json.dumps(mentioned()).encode()
    with slow(tmp_path / "store.db"):
        assert (await knock(rig, body))[0] == 503
    assert (await knock(rig, body))[0] == 200
    assert await rig.kept() == ["event:app_mention"]


async def test_our_own_fault_is_logged_and_counted_and_slack_sends_it_again(rig: Rig) -> None:
    await rig.close_store()
    with capture_logs() as lines:
        assert await tell(rig, said("my secret plan", channel_type="im")) == 500
    assert rig.metrics.registry.get_sample_value("vteam_faults_total", {"where": "slack_door"}) == 1
    [line] = lines
    assert (line["event"], "my secret plan" in str(line)) == ("slack_door_failed", False)
