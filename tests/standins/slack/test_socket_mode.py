"""Socket Mode under the real handler of slack-bolt: a websocket, envelopes, acknowledgements, new sockets for old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.standins.slack import SlackStandIn
from tests.standins.slack.conftest import error
from tests.standins.slack.test_interactions import offered


@asynccontextmanager
async def connected(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, slack.registration.app_token, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.connected()
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture
def app(slack: SlackStandIn, client: AsyncWebClient) -> AsyncApp:
    slack.request_url, slack.socket_mode = None, True
    return AsyncApp(token=slack.registration.bot_token, client=client)


async def test_bolt_hears_mentions_commands_and_clicks(
    slack: SlackStandIn, client: AsyncWebClient, app: AsyncApp
) -> None:
    heard: list[Any] = []

    @app.event("app_mention")
    async def mentioned(event: Any) -> None:
        heard.append(event["text"])

    @app.event("message")
    async def said() -> None:
        pass

    @app.command("/vteam")
    async def commanded(ack: Any, command: Any) -> None:
        await ack(f"Got {command['text']}")

    @app.action("stop")
    async def clicked(ack: Any, body: Any) -> None:
        await ack()
        heard.append(body["actions"][0]["value"])

    message = await offered(slack, client)
    async with connected(slack, app):
        await slack.mention("dev", "fix it", by="ada")
        await slack.slash("/vteam", "status", by="ada", channel="dev")
        await slack.click(message, "stop", by="ada")
        await slack.drain()
        async with asyncio.timeout(60):
            while len(heard) < 2:
                await asyncio.sleep(0.01)
    assert heard == ["<@U0VTEAM> fix it", "s-1"]
    assert slack.ephemerals("ada") == ["Got status"]
    assert slack.violations == []


async def test_the_app_comes_back_when_slack_takes_its_sockets_away(slack: SlackStandIn, app: AsyncApp) -> None:
    heard: list[str] = []

    @app.event("message")
    async def said(event: Any) -> None:
        heard.append(event["text"])

    async with connected(slack, app):
        await slack.say("dev", "before", by="ada")
        await slack.drain()
        await slack.refresh_sockets()
        await slack.connected()
        await slack.say("dev", "after", by="ada")
        await slack.drain()
        async with asyncio.timeout(60):
            while len(heard) < 2:
                await asyncio.sleep(0.01)
    assert heard == ["before", "after"]
    assert slack.violations == []


async def test_without_a_socket_an_event_is_tried_again_and_given_up(slack: SlackStandIn, app: AsyncApp) -> None:
    await slack.say("dev", "hello", by="ada")
    await slack.slash("/vteam", "help", by="ada", channel="dev")
    await slack.drain()
    event, _ = slack.deliveries
    assert [one.outcome for one in event.attempts] == ["connection_failed"] * 4
    assert slack.ephemerals("ada") == ['/vteam failed with the error "dispatch_failed"']


async def test_a_link_is_good_once_and_nonsense_is_a_violation(slack: SlackStandIn, app: AsyncApp) -> None:
    opener = AsyncWebClient(slack.registration.app_token, base_url=slack.api_url)
    link = (await opener.apps_connections_open(app_token=slack.registration.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(link) as socket:
            hello = await socket.receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", 1)
            await slack.say("dev", "hello", by="ada")
            envelope = await socket.receive_json()
            assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
            await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "no"}})
            await socket.send_json({"envelope_id": "other"})
            await socket.send_str("no JSON")
            await slack.drain()
            async with asyncio.timeout(60):
                while len(slack.violations) < 3:
                    await asyncio.sleep(0.01)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(link)
    assert len(slack.violations) == 4


async def test_links_are_for_apps_in_socket_mode_with_their_own_token(slack: SlackStandIn, app: AsyncApp) -> None:
    with pytest.raises(SlackApiError) as token:
        await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.registration.bot_token)
    slack.socket_mode = False
    with pytest.raises(SlackApiError) as off:
        await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=slack.registration.app_token)
    assert (error(token), error(off)) == ("not_allowed_token_type", "socket_mode_disabled")
