"""Buttons, menus, shortcuts, views and response URLs, as a person uses them and the app hears and answers them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from inline_snapshot import snapshot
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.standins.slack import SlackStandIn
from bot.standins.slack.world import Message
from tests.standins.slack.conftest import Clock, Door, error
from tests.standins.slack.test_web_api import BUTTONS, section

MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "ask",
    "title": {"type": "plain_text", "text": "Send to vTeam"},
    "submit": {"type": "plain_text", "text": "Send"},
    "private_metadata": "m-1",
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "task",
            "label": {"type": "plain_text", "text": "Task"},
            "element": {"type": "plain_text_input", "action_id": "task", "initial_value": "fix it"},
        },
        {
            "type": "input",
            "block_id": "where",
            "optional": True,
            "label": {"type": "plain_text", "text": "Where"},
            "element": BUTTONS[1]["elements"][1],
        },
    ],
}


async def offered(slack: SlackStandIn, client: AsyncWebClient) -> Message:
    await client.chat_postMessage(channel=slack.channel("dev").id, text="Ready", blocks=BUTTONS)
    return slack.last("dev")


async def test_a_click_says_who_where_and_on_what(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    message = await offered(slack, client)
    await slack.choose(message, "repository", "acme/shop", by="grace")
    await slack.click(message, "stop", by="ada")
    await slack.drain()
    payload = door.last
    assert (payload["type"], payload["user"]["name"], payload["channel"]["name"]) == ("block_actions", "ada", "dev")
    assert payload["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": slack.channel("dev").id,
        "is_ephemeral": False,
    }
    [action] = payload["actions"]
    assert (action["action_id"], action["value"], action["type"]) == ("stop", "s-1", "button")
    [state] = payload["state"]["values"].values()
    assert state["repository"]["selected_option"]["value"] == "acme/shop"
    assert payload["message"]["ts"] == message.ts
    assert slack.violations == []


async def test_what_is_not_offered_cannot_be_used(slack: SlackStandIn, client: AsyncWebClient) -> None:
    message = await offered(slack, client)
    with pytest.raises(LookupError, match="no retry to use; there is stop, repository"):
        await slack.click(message, "retry", by="ada")
    with pytest.raises(ValueError, match="acme/vault is not offered"):
        await slack.choose(message, "repository", "acme/vault", by="ada")
    slack.create_user("eve")
    with pytest.raises(PermissionError):
        await slack.click(message, "stop", by="eve")


async def test_a_response_url_whispers_replaces_and_wears_out(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    message = await offered(slack, client)
    await slack.click(message, "stop", by="ada")
    await slack.drain()
    url = AsyncWebhookClient(door.last["response_url"])
    assert (await url.send(text="Only for you", response_type="ephemeral")).body == "ok"
    await url.send(text="Stopped", replace_original=True)
    assert (slack.ephemerals("ada"), message.text, message.blocks) == (["Only for you"], "Stopped", [])
    for _ in range(3):
        await url.send(text="More", response_type="in_channel")
    assert (await url.send(text="Sixth")).status_code == 404
    assert slack.violations == ["response_url: a response_url used more than 5 times"]


async def test_a_whisper_is_replaced_and_removed_through_its_own_url(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    place, ada = slack.channel("dev").id, slack.user("ada").id
    await client.chat_postEphemeral(channel=place, user=ada, text="Which?", blocks=BUTTONS)
    [whisper] = slack.whispers("ada")
    await slack.choose(whisper, "repository", "acme/shop", by="ada")
    await slack.drain()
    assert (door.last["container"]["is_ephemeral"], "message" in door.last) == (True, False)
    url = AsyncWebhookClient(door.last["response_url"])
    await url.send(text="acme/shop it is", replace_original=True)
    assert slack.ephemerals("ada") == ["acme/shop it is"]
    await url.send(delete_original=True)
    assert slack.ephemerals("ada") == []


async def test_a_response_url_ends_after_half_an_hour(slack: SlackStandIn, door: Door, clock: Clock) -> None:
    await slack.slash("/vteam", "help", by="ada", channel="random")
    await slack.drain()
    clock.now += 1801
    assert (await AsyncWebhookClient(door.last["response_url"]).send(text="late")).status_code == 404
    async with httpx.AsyncClient(trust_env=False) as raw:
        assert (await raw.post(f"{slack.url}/actions/T0ACME/made/up", json={"text": "x"})).status_code == 404
    assert slack.violations == ["response_url: a response_url that was never given out"]


async def opened(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    """ada uses the shortcut on a message, and the app opens its view."""
    message = await slack.say("dev", "the login is broken", by="grace")
    await slack.shortcut(message, "send_to_vteam", by="ada")
    await slack.drain()
    assert (door.last["type"], door.last["message"]["text"]) == ("message_action", "the login is broken")
    await client.views_open(trigger_id=door.last["trigger_id"], view=MODAL)


async def test_a_shortcut_opens_a_view_and_its_values_come_back(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    await opened(slack, client, door)
    view = slack.view("ada")
    await slack.submit(view, {"repository": "acme/shop"})
    await slack.drain()
    sent = door.last["view"]
    assert (door.last["type"], sent["callback_id"], sent["private_metadata"]) == ("view_submission", "ask", "m-1")
    assert sent["state"]["values"] == snapshot(
        {
            "task": {"task": {"type": "plain_text_input", "value": "fix it"}},
            "where": {
                "repository": {
                    "type": "static_select",
                    "selected_option": {"text": {"type": "plain_text", "text": "acme/shop"}, "value": "acme/shop"},
                }
            },
        }
    )
    assert not view.open
    assert slack.violations == []


async def test_a_view_may_find_fault_be_updated_pushed_and_closed(
    slack: SlackStandIn, client: AsyncWebClient, door: Door
) -> None:
    await opened(slack, client, door)
    view = slack.view("ada")
    with pytest.raises(ValueError, match="Task: please complete this field"):
        await slack.submit(view, {"task": ""})
    answers: list[Any] = [
        {"response_action": "errors", "errors": {"task": "Too short"}},
        {"response_action": "update", "view": {**MODAL, "title": {"type": "plain_text", "text": "Again"}}},
        {"response_action": "push", "view": {**MODAL, "title": {"type": "plain_text", "text": "Sure?"}}},
    ]
    for door.answer in answers:
        await slack.submit(view, {"task": "x"})
        await slack.drain()
    assert (view.errors, view.content["title"]["text"]) == ({}, "Again")
    top = slack.view("ada")
    assert (top.content["title"]["text"], top.previous) == ("Sure?", view.id)
    await slack.close_view(top)
    await slack.drain()
    assert (door.last["type"], slack.view("ada")) == ("view_closed", view)
    door.answer = {"response_action": "clear"}
    await slack.submit(view, {"task": "x"})
    await slack.drain()
    with pytest.raises(LookupError):
        slack.view("ada")
    assert slack.violations == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "dance"},
        {"response_action": "update", "view": {**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}},
    ],
)
async def test_a_broken_answer_to_a_view_is_a_violation(
    slack: SlackStandIn, client: AsyncWebClient, door: Door, answer: Any
) -> None:
    await opened(slack, client, door)
    door.answer = answer
    await slack.submit(slack.view("ada"))
    await slack.drain()
    assert len(slack.violations) == 1


async def test_a_trigger_opens_one_view_within_three_seconds(
    slack: SlackStandIn, client: AsyncWebClient, door: Door, clock: Clock
) -> None:
    await opened(slack, client, door)
    with pytest.raises(SlackApiError) as twice:
        await client.views_open(trigger_id=door.last["trigger_id"], view=MODAL)
    await slack.shortcut(None, "anything", by="ada")
    await slack.drain()
    clock.now += 3.5
    with pytest.raises(SlackApiError) as late:
        await client.views_open(trigger_id=door.last["trigger_id"], view=MODAL)
    with pytest.raises(SlackApiError) as invented:
        await client.views_open(trigger_id="1.2.3", view=MODAL)
    assert [error(one) for one in (twice, late, invented)] == [
        "exchanged_trigger_id",
        "expired_trigger_id",
        "invalid_trigger_id",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"submit": None},
        {"blocks": []},
        {"blocks": [section("x")] * 101},
        {"private_metadata": "x" * 3001},
        {"colour": "red"},
    ],
)
async def test_broken_views_are_refused(
    slack: SlackStandIn, client: AsyncWebClient, door: Door, change: dict[str, Any]
) -> None:
    await slack.shortcut(None, "anything", by="ada")
    await slack.drain()
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=door.last["trigger_id"], view={**MODAL, **change})
    assert error(refused) == "invalid_arguments"
    assert len(slack.violations) == 1


async def test_an_external_menu_is_filled_by_the_app(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    element = {"type": "external_select", "action_id": "issue", "min_query_length": 0}
    blocks = [{"type": "actions", "elements": [element]}]
    await client.chat_postMessage(channel=slack.channel("dev").id, text="Which?", blocks=blocks)
    door.answer = {"options": [{"text": {"type": "plain_text", "text": "#1 Login"}, "value": "1"}]}
    options = await slack.suggest(slack.last("dev"), "issue", "log", by="ada")
    assert (door.heard[-1].payload["value"], [one["value"] for one in options]) == ("log", ["1"])


async def test_the_home_tab_is_each_persons_own(slack: SlackStandIn, client: AsyncWebClient, door: Door) -> None:
    await client.views_publish(user_id=slack.user("ada").id, view={"type": "home", "blocks": [section("Hi *Ada*")]})
    assert slack.home("ada") == "Hi *Ada*"
    await slack.open_home("ada")
    await slack.drain()
    assert door.last["event"]["view"]["type"] == "home"
