"""The wire between the bot and the stand-in: cut before or after a call was handled, and failing when a story says so."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.standins.github import Cut
from bot.standins.slack import SlackStandIn


@pytest.mark.parametrize(("when", "posted"), [("before", 0), ("after", 1)])
async def test_a_cut_call_was_handled_or_not(
    slack: SlackStandIn, client: AsyncWebClient, when: str, posted: int
) -> None:
    client.retry_handlers.clear()
    await client.auth_test()
    slack.cut = Cut(1, "after" if when == "after" else "before")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=slack.channel("dev").id, text="hello")
    assert len(slack.messages("dev")) == posted
    assert slack.calls == ["auth.test", "chat.postMessage"]


async def test_a_call_fails_as_often_as_it_was_told_to(slack: SlackStandIn, client: AsyncWebClient) -> None:
    slack.fail_next("chat.postMessage", status=503, times=2)
    place = slack.channel("dev").id
    for _ in range(2):
        with pytest.raises(SlackApiError) as failed:
            await client.chat_postMessage(channel=place, text="hello")
        assert failed.value.response.status_code == 503
    await client.chat_postMessage(channel=place, text="hello")
    slack.limits.refuse_next("chat.update", retry_after=7)
    with pytest.raises(SlackApiError) as limited:
        await client.chat_update(channel=place, ts=slack.last("dev").ts, text="again")
    assert limited.value.response.headers["Retry-After"] == "7"
    assert slack.violations == []
