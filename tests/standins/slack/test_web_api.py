"""The stand-in's Web API under slack_sdk's own client: what it does, and what it refuses with Slack's words."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.standins.slack import SlackStandIn
from tests.standins.slack.conftest import Clock, error

BUTTONS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Ready* to go, <https://x.test|see>"}},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": {"type": "plain_text", "text": "Stop"}, "action_id": "stop", "value": "s-1"},
            {
                "type": "static_select",
                "action_id": "repository",
                "placeholder": {"type": "plain_text", "text": "Repository"},
                "options": [{"text": {"type": "plain_text", "text": "acme/shop"}, "value": "acme/shop"}],
            },
        ],
    },
]


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def test_the_app_learns_who_it_is(slack: SlackStandIn, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0VTEAM", "B0VTEAM", "T0ACME")
    assert slack.calls == ["auth.test"]


async def test_a_conversation_reads_as_a_person_reads_it(slack: SlackStandIn, client: AsyncWebClient) -> None:
    asked = await slack.say("dev", "@vteam fix `a.py`, see https://x.test/1", by="ada")
    place = slack.channel("dev").id
    posted = await client.chat_postMessage(channel=place, text="Ready", blocks=BUTTONS, thread_ts=asked.ts)
    await client.reactions_add(channel=place, timestamp=asked.ts, name="eyes")
    await client.chat_update(channel=place, ts=posted["ts"], text="Done :tada: &amp; <@U0VTEAM>")
    await client.chat_postMessage(channel=place, text="Ready", blocks=BUTTONS, thread_ts=asked.ts)
    assert slack.thread("dev", asked.ts) == snapshot("""\
#dev
@ada:
    @vteam fix `a.py`, see https://x.test/1
    [👀 1]
@vteam (app):
    Done 🎉 & @vteam
@vteam (app):
    *Ready* to go, see (https://x.test)
    [Stop] [Repository ▾ acme/shop]\
""")
    assert slack.violations == []


async def test_a_thread_is_read_with_the_metadata_that_marks_our_messages(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    place = slack.channel("dev").id
    top = await client.chat_postMessage(channel=place, text="top")
    mark = {"event_type": "vteam", "event_payload": {"key": "1"}}
    for number in range(3):
        await client.chat_postMessage(channel=place, text=f"{number}", thread_ts=top["ts"], metadata=mark)
    first = await client.conversations_replies(channel=place, ts=top["ts"], limit=3, include_all_metadata=True)
    assert [one["text"] for one in first["messages"]] == ["top", "0", "1"]
    assert first["messages"][1]["metadata"] == mark
    assert (first["messages"][0]["reply_count"], first["has_more"]) == (3, True)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_replies(channel=place, ts=top["ts"], limit=3, cursor=cursor)
    assert [(one["text"], "metadata" in one) for one in rest["messages"]] == [("2", False)]
    history = await client.conversations_history(channel=place)
    assert [one["text"] for one in history["messages"]] == ["top"]


async def test_where_the_app_is_not_it_neither_reads_nor_writes(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ids = {name: slack.channel(name).id for name in ("random", "vault")}
    with pytest.raises(SlackApiError) as outside:
        await client.chat_postMessage(channel=ids["random"], text="hi")
    with pytest.raises(SlackApiError) as hidden:
        await client.chat_postMessage(channel=ids["vault"], text="hi")
    assert (error(outside), error(hidden)) == ("not_in_channel", "channel_not_found")
    assert (await client.conversations_info(channel=ids["random"]))["channel"]["is_member"] is False
    assert slack.violations == []


async def test_only_its_own_messages_may_be_changed(slack: SlackStandIn, client: AsyncWebClient) -> None:
    asked, place = await slack.say("dev", "hello", by="ada"), slack.channel("dev").id
    with pytest.raises(SlackApiError) as update:
        await client.chat_update(channel=place, ts=asked.ts, text="no")
    with pytest.raises(SlackApiError) as delete:
        await client.chat_delete(channel=place, ts=asked.ts)
    with pytest.raises(SlackApiError) as gone:
        await client.chat_update(channel=place, ts="1790000000.999999", text="no")
    assert [error(one) for one in (update, delete, gone)] == [
        "cant_update_message",
        "cant_delete_message",
        "message_not_found",
    ]


async def test_one_person_alone_sees_a_whisper(slack: SlackStandIn, client: AsyncWebClient) -> None:
    place, grace = slack.channel("dev").id, slack.user("grace").id
    await client.chat_postEphemeral(channel=place, user=grace, text="psst <@U0VTEAM>")
    assert (slack.ephemerals("grace"), slack.ephemerals("ada")) == (["psst @vteam"], [])
    outsider = slack.create_user("eve").id
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postEphemeral(channel=place, user=outsider, text="psst")
    assert error(refused) == "user_not_in_channel"


async def test_a_direct_conversation_is_opened_once(slack: SlackStandIn, client: AsyncWebClient) -> None:
    ada = slack.user("ada").id
    first = await client.conversations_open(users=ada)
    second = await client.conversations_open(users=[ada])
    assert first["channel"]["id"] == second["channel"]["id"]
    posted = await client.chat_postMessage(channel=ada, text="hello")
    assert posted["channel"] == first["channel"]["id"]


async def test_reactions_are_there_once(slack: SlackStandIn, client: AsyncWebClient) -> None:
    asked, place = await slack.say("dev", "hello", by="ada"), slack.channel("dev").id
    await client.reactions_add(channel=place, timestamp=asked.ts, name="eyes")
    with pytest.raises(SlackApiError) as twice:
        await client.reactions_add(channel=place, timestamp=asked.ts, name="eyes")
    got = await client.reactions_get(channel=place, timestamp=asked.ts)
    assert got["message"]["reactions"] == [{"name": "eyes", "users": ["U0VTEAM"], "count": 1}]
    await client.reactions_remove(channel=place, timestamp=asked.ts, name="eyes")
    with pytest.raises(SlackApiError) as none:
        await client.reactions_remove(channel=place, timestamp=asked.ts, name="eyes")
    assert (error(twice), error(none)) == ("already_reacted", "no_reaction")
    assert slack.violations == []


async def test_a_permalink_leads_into_the_thread(slack: SlackStandIn, client: AsyncWebClient) -> None:
    place = slack.channel("dev").id
    asked = await slack.say("dev", "hello", by="ada")
    reply = await slack.say("dev", "again", by="grace", thread_ts=asked.ts)
    link = (await client.chat_getPermalink(channel=place, message_ts=reply.ts))["permalink"]
    assert link == f"{slack.url}/archives/{place}/p{reply.ts.replace('.', '')}?thread_ts={asked.ts}&cid={place}"


@pytest.mark.parametrize(
    ("blocks", "fault"),
    [
        ([section("x")] * 51, "no more than 50 items"),
        ([section("x" * 3001)], "/blocks/0/text/text"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "/blocks/0/text/text"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "/blocks/0/text/type"),
        ([{"type": "context", "elements": [section("x")["text"]] * 11}], "/blocks/0/elements"),
        ([{**section("x"), "block_id": "a"}, {**section("y"), "block_id": "a"}], "block_id 'a' is there twice"),
        ([BUTTONS[1], {**BUTTONS[1], "block_id": "b"}], "action_id 'repository' is there twice"),
        ([{**section("x"), "colour": "red"}], "/blocks/0/colour"),
        ([{"type": "section"}], "must have text or fields"),
        ([{"type": "sektion"}], "/blocks/0"),
    ],
)
async def test_broken_blocks_are_refused_with_the_place(
    slack: SlackStandIn, client: AsyncWebClient, blocks: list[Any], fault: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=slack.channel("dev").id, text="x", blocks=blocks)
    assert error(refused) == "invalid_blocks"
    assert fault in " ".join(refused.value.response["response_metadata"]["messages"])
    assert len(slack.violations) == 1


def button(**changed: Any) -> list[dict[str, Any]]:
    element = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
    return [{"type": "actions", "elements": [{**element, **changed}]}]


def menu(*options: tuple[str, str]) -> list[dict[str, Any]]:
    made = [{"text": {"type": "plain_text", "text": text}, "value": value} for text, value in options]
    return [{"type": "actions", "elements": [{"type": "static_select", "action_id": "m", "options": made}]}]


@pytest.mark.parametrize(
    "blocks",
    [
        button(text={"type": "plain_text", "text": "x" * 76}),
        button(text={"type": "plain_text", "text": ""}),
        button(value="x" * 2001),
        button(action_id="x" * 256),
        button(url="javascript:alert(1)"),
        button(style="default"),
        menu(),
        menu(*[(f"{number}", f"{number}") for number in range(101)]),
        menu(("x" * 76, "a")),
        menu(("a", "x" * 151)),
    ],
)
async def test_elements_keep_to_slacks_limits(slack: SlackStandIn, client: AsyncWebClient, blocks: list[Any]) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=slack.channel("dev").id, text="x", blocks=blocks)
    assert error(refused) == "invalid_blocks"


async def test_what_slack_would_lose_or_misread_is_a_violation(slack: SlackStandIn, client: AsyncWebClient) -> None:
    place = slack.channel("dev").id
    posted = await client.chat_postMessage(channel=place, text="x")
    long, longer = "x" * 4001, "x" * 40_001
    await client.chat_postMessage(channel=place, text=long)
    refused = {
        "msg_too_long": client.api_call("chat.postMessage", json={"channel": place, "text": longer}),
        "no_text": client.api_call("chat.postMessage", json={"channel": place, "text": " "}),
        "unknown_method": client.api_call("chat.shout"),
        "channel_not_found": client.api_call("chat.postMessage", json={"channel": "#dev", "text": "x"}),
    }
    for code, call in refused.items():
        with pytest.raises(SlackApiError) as one:
            await call
        assert error(one) == code
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("chat.postMessage", {"channel": place, "text": "x", "thread_ts": 1790000000.000001}),
        ("chat.postMessage", {"channel": place, "text": "x", "as_user": True}),
        ("conversations.history", {"channel": place}),
    ]
    for name, arguments in wrong:
        with pytest.raises(SlackApiError) as one:
            await client.api_call(name, json=arguments)
        assert error(one) == "invalid_arguments"
    with pytest.raises(SlackApiError) as updated:
        await client.chat_update(channel=place, ts=posted["ts"], text=long)
    assert error(updated) == "msg_too_long"
    assert len(slack.violations) == 8


async def test_tokens_and_scopes_are_checked(slack: SlackStandIn, client: AsyncWebClient) -> None:
    for token, code in [("xoxb-other", "invalid_auth"), (slack.registration.app_token, "not_allowed_token_type")]:
        with pytest.raises(SlackApiError) as refused:
            await AsyncWebClient(token, base_url=slack.api_url).auth_test()
        assert error(refused) == code
    with pytest.raises(SlackApiError) as scope:
        await client.team_info()
    assert scope.value.response.data == snapshot(
        {
            "ok": False,
            "error": "missing_scope",
            "needed": "team:read",
            "provided": "app_mentions:read,channels:history,channels:read,chat:write,commands,groups:history,groups:read,im:history,im:read,im:write,reactions:read,reactions:write,users:read",
        }
    )
    slack.uninstall()
    with pytest.raises(SlackApiError) as gone:
        await client.auth_test()
    assert error(gone) == "account_inactive"


async def test_too_many_posts_are_told_to_wait_and_asking_again_at_once_is_a_violation(
    slack: SlackStandIn, client: AsyncWebClient, clock: Clock
) -> None:
    place = slack.channel("dev").id
    for number in range(10):
        await client.chat_postMessage(channel=place, text=f"{number}")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=place, text="more")
    assert (limited.value.response.status_code, error(limited)) == (429, "ratelimited")
    assert limited.value.response.headers["Retry-After"] == "1"
    assert slack.violations == []
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=place, text="more")
    assert slack.violations == ["chat.postMessage: called again before Retry-After had passed"]
    clock.now += 1
    await client.chat_postMessage(channel=place, text="more")


async def test_edits_have_fifty_a_minute(slack: SlackStandIn, client: AsyncWebClient, clock: Clock) -> None:
    place = slack.channel("dev").id
    posted = await client.chat_postMessage(channel=place, text="0")
    for number in range(50):
        await client.chat_update(channel=place, ts=posted["ts"], text=f"{number + 1}")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_update(channel=place, ts=posted["ts"], text="more")
    clock.now += int(limited.value.response.headers["Retry-After"])
    await client.chat_update(channel=place, ts=posted["ts"], text="more")
    assert slack.messages("dev")[-1].text == "more"
    assert slack.violations == []


async def test_guests_strangers_and_shared_channels_are_told_apart(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.create_user("gus", guest=True)
    slack.create_user("eve", team="T0OTHER")
    slack.deactivate("grace")
    told = {name: (await client.users_info(user=slack.user(name).id))["user"] for name in ("gus", "eve", "grace")}
    assert (told["gus"]["is_restricted"], told["eve"].get("is_stranger"), told["grace"]["deleted"]) == (
        True,
        True,
        True,
    )
    assert (told["gus"]["team_id"], told["eve"]["team_id"]) == ("T0ACME", "T0OTHER")
    slack.share("dev")
    slack.join("dev", "eve")
    said = await slack.say("dev", "hello", by="eve")
    [found] = (await client.conversations_history(channel=slack.channel("dev").id, oldest=said.ts, inclusive=True))[
        "messages"
    ]
    assert (found["user_team"], found["team"]) == ("T0OTHER", "T0OTHER")
    await slack.drain()
    assert slack.deliveries[-1].payload["is_ext_shared_channel"] is True
    with pytest.raises(PermissionError):
        await slack.slash("/vteam", by="eve", channel="dev")


async def test_nobody_speaks_in_an_archived_channel(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.archive("dev")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=slack.channel("dev").id, text="x")
    assert error(refused) == "is_archived"
    with pytest.raises(PermissionError):
        await slack.say("dev", "x", by="ada")
