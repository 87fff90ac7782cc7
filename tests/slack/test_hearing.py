"""What is heard in Slack's payloads: one model a kind of thing, and a reason for each that asks for nothing."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.heard import (
    ButtonPressed,
    Ignored,
    OptionChosen,
    Reacted,
    ShortcutUsed,
    SlackHeard,
    SlackSaid,
    SlackUnsaid,
    SlashCommand,
)
from bot.slack.hearing import kind, read
from tests.slack.payloads import (
    ADA,
    BEN,
    BOT,
    CHANNEL,
    TEAM,
    Json,
    changed,
    command,
    deleted,
    envelope,
    mentioned,
    message,
    pressed,
    reacted,
    said,
    shortcut,
)

TS = "1700000000.000100"


def heard(payload: Json) -> SlackHeard | Ignored:
    return read(kind(payload), orjson.dumps(payload))


def saying(payload: Json) -> SlackSaid:
    found = heard(payload)
    assert isinstance(found, SlackSaid)
    return found


def test_a_message_in_a_channel() -> None:
    found = saying(said("hello <https://a.test|there>"))
    assert (found.team, found.channel, found.channel_type, found.user) == (TEAM, CHANNEL, "channel", ADA)
    assert (found.ts, found.thread_ts, found.root, found.text) == (TS, None, TS, "hello <https://a.test|there>")
    assert [block["type"] for block in found.blocks] == ["rich_text"]
    assert (found.is_mention, found.bot_user, found.edited, found.external) == (False, BOT, False, False)


def test_a_reply_in_a_thread_belongs_to_the_threads_first_message() -> None:
    found = saying(said(ts="1700000005.000000", thread_ts=TS))
    assert (found.ts, found.root) == ("1700000005.000000", TS)


@pytest.mark.parametrize(
    "payload", [mentioned(), said(f"hi <@{BOT}> fix it"), said(f"<@{BOT}|vteam> help")], ids=["event", "text", "label"]
)
def test_a_mention_is_known_from_the_event_and_from_the_text(payload: Json) -> None:
    assert saying(payload).is_mention


def test_another_users_mention_is_none_of_ours() -> None:
    assert not saying(said(f"<@{BEN}> look")).is_mention


def test_an_edit_has_both_wordings() -> None:
    found = saying(changed("fix it well", "fix it"))
    assert (found.ts, found.edited, found.text, found.before) == (TS, True, "fix it well", "fix it")
    assert len(found.before_blocks) == 1


def test_a_message_of_another_organisation_is_external() -> None:
    assert saying(said(user_team="T0999")).external
    assert saying(envelope(said()["event"], is_ext_shared_channel=True)).external


def test_in_a_shared_channel_the_workspace_is_the_one_that_has_the_bot() -> None:
    assert saying(envelope(said(user_team="T0999")["event"], team_id="T0999")).team == TEAM


def test_a_deleted_message() -> None:
    assert heard(deleted("fix it", thread_ts="1.2")) == SlackUnsaid(
        TEAM, CHANNEL, "channel", ts=TS, thread_ts="1.2", user=ADA, text="fix it"
    )


def test_a_deleted_message_with_replies_leaves_a_tombstone() -> None:
    payload = changed("This message was deleted.", "fix it", subtype="tombstone", user="USLACKBOT", edited=False)
    found = heard(payload)
    assert isinstance(found, SlackUnsaid)
    assert (found.ts, found.user, found.text) == (TS, ADA, "fix it")


def test_a_slash_command() -> None:
    found = heard(command())
    assert isinstance(found, SlashCommand)
    assert (found.team, found.channel, found.channel_name, found.user) == (TEAM, CHANNEL, "general", ADA)
    assert (found.command, found.text, found.key) == ("/vteam", "fix acme/shop#12", "111.222.abc")
    assert "hooks.slack.test" not in repr(found)  # whoever has that address speaks in our name


def test_a_button() -> None:
    found = heard(pressed())
    assert isinstance(found, ButtonPressed)
    assert (found.action_id, found.value, found.block_id, found.user) == ("stop", "vteam/s-1", "b", ADA)
    assert (found.message_ts, found.thread_ts) == ("1700000001.000100", TS)


def test_a_choice_from_a_menu() -> None:
    option = {"text": {"type": "plain_text", "text": "shop"}, "value": "acme/shop"}
    found = heard(pressed({"type": "static_select", "action_id": "pick", "block_id": "q-1", "selected_option": option}))
    assert isinstance(found, OptionChosen)
    assert (found.action_id, found.value, found.block_id) == ("pick", "acme/shop", "q-1")


def test_a_message_sent_by_its_own_menu() -> None:
    found = heard(shortcut())
    assert isinstance(found, ShortcutUsed)
    assert (found.user, found.author, found.text, found.callback_id) == (
        BEN,
        ADA,
        "the login test is flaky",
        "send_to_vteam",
    )
    assert (found.ts, found.root, len(found.blocks)) == (TS, TS, 1)


@pytest.mark.parametrize("kind", ["reaction_added", "reaction_removed"])
def test_a_reaction_that_stops(kind: str) -> None:
    assert heard(reacted("heavy_multiplication_x", kind=kind)) == Reacted(
        TEAM,
        CHANNEL,
        ts=TS,
        user=ADA,
        reaction="heavy_multiplication_x",
        added=kind == "reaction_added",
        author=BOT,
    )


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (said(bot_id="B1"), "bot"),
        (said(user=BOT), "bot"),
        (changed("b", "a", bot_id="B1"), "bot"),
        (reacted(user=BOT), "bot"),
        (said(subtype="channel_join"), "subtype"),
        (changed("same", "same"), "not_edited"),
        (changed("with a preview", "with", edited=False), "not_edited"),
        (mentioned(edited={"user": ADA, "ts": "2.0"}), "edited_mention"),
        (reacted("tada"), "other_reaction"),
        (pressed({"type": "checkboxes", "action_id": "c", "selected_options": []}), "other_action"),
        (pressed({"type": "static_select", "action_id": "c", "selected_option": None}), "other_action"),
        (pressed(actions=[]), "incomplete_payload"),
        (shortcut(message={}), "incomplete_payload"),
        (envelope({"type": "message", "channel": 7, "ts": "1.0"}), "incomplete_payload"),
        (envelope({"type": "team_join"}), "unknown_kind"),
        ({"type": "block_suggestion"}, "unknown_kind"),
        ({}, "unknown_kind"),
    ],
)
def test_what_asks_for_nothing_has_a_reason(payload: Json, reason: str) -> None:
    assert heard(payload) == Ignored(reason)


@pytest.mark.parametrize("body", [b"", b"[1]", b"7", b"{", b"\xff"])
def test_a_body_that_is_no_object_is_ignored(body: bytes) -> None:
    assert isinstance(read("event:message", body), Ignored)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WHOLE = [said(), mentioned(), changed("b", "a"), deleted(), reacted(), command(), pressed(), shortcut()]


@given(data=st.data())
def test_a_payload_of_any_shape_is_heard_or_ignored(data: st.DataObject) -> None:
    payload = orjson.loads(orjson.dumps(data.draw(st.sampled_from(WHOLE))))
    place: Any = payload
    while True:  # replace one value, at any depth, by anything
        key = data.draw(st.sampled_from(sorted(place))) if isinstance(place, dict) else 0
        inner = place[key]
        if not isinstance(inner, dict) or not inner or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = inner
    assert heard(payload) is not None


def test_the_fields_of_a_message_are_not_looked_for_in_the_wrong_place() -> None:
    # An edit's own timestamp is that of the change, not of the message.
    assert saying(changed("b", "a")).ts == message("b")["ts"]
