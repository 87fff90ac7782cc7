"""The pages: what a person can look at, and that nothing which people write becomes more than text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.standins.slack import SlackStandIn
from bot.standins.slack.page.text import Text
from bot.standins.slack.reading import Reader
from bot.standins.slack.world import World
from tests.standins.slack.conftest import Door
from tests.standins.slack.test_interactions import opened
from tests.standins.slack.test_web_api import BUTTONS

HOSTILE = "<script>alert(1)</script> & <javascript:alert(1)|click> *x*"


@pytest.fixture
async def web(slack: SlackStandIn) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=slack.url, follow_redirects=True, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("mrkdwn", "page"),
    [
        ("*bold* _it_ ~no~ `a *b*`", "<p><b>bold</b> <em>it</em> <s>no</s> <code>a *b*</code></p>"),
        (
            "*<https://x.test/a_b_c|see _it_>*",
            '<p><b><a href="https://x.test/a_b_c" rel="nofollow">see _it_</a></b></p>',
        ),
        ("2*3*4 a_b_c", "<p>2*3*4 a_b_c</p>"),
        ("&gt; said\nso", "<blockquote>said</blockquote><p>so</p>"),
        ("one\n```a < b\n*c*```", "<p>one</p><pre>a &lt; b\n*c*</pre>"),
        ("<!here> <javascript:alert(1)|x> :tada:", '<p><span class="mention">@here</span> x 🎉</p>'),
        ("&lt;b&gt; &amp;amp;", "<p>&lt;b&gt; &amp;amp;</p>"),
    ],
)
def test_mrkdwn_shows_as_slack_shows_it(mrkdwn: str, page: str) -> None:
    assert str(Text(Reader(World(lambda: 0.0))).mrkdwn(mrkdwn)) == page


async def test_a_channel_and_its_threads_can_be_read(
    slack: SlackStandIn, client: AsyncWebClient, web: httpx.AsyncClient
) -> None:
    place = slack.channel("dev").id
    asked = await slack.say("dev", "@vteam fix `a.py`", by="ada")
    posted = await client.chat_postMessage(channel=place, text="Ready", blocks=BUTTONS, thread_ts=asked.ts)
    await client.reactions_add(channel=place, timestamp=asked.ts, name="eyes")
    await client.chat_postEphemeral(channel=place, user=slack.user("grace").id, text="psst", thread_ts=asked.ts)
    channel = (await web.get("/")).text
    assert all(words in channel for words in ("# dev", "<code>a.py</code>", "👀 1", "1 reply"))
    link = (await client.chat_getPermalink(channel=place, message_ts=posted["ts"]))["permalink"]
    thread = (await web.get(link)).text
    assert all(words in thread for words in ("<b>Ready</b> to go", ">Stop</span>", "Only visible to @grace"))
    assert slack.violations == []


async def test_what_people_write_stays_text(
    slack: SlackStandIn, client: AsyncWebClient, web: httpx.AsyncClient
) -> None:
    asked = await slack.say("dev", HOSTILE, by="ada")
    blocks: list[dict[str, Any]] = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": HOSTILE},
            "fields": [{"type": "mrkdwn", "text": HOSTILE}],
        },
        {"type": "header", "text": {"type": "plain_text", "text": HOSTILE}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": HOSTILE}]},
        {"type": "markdown", "text": HOSTILE},
    ]
    await client.chat_postMessage(channel=slack.channel("dev").id, text=HOSTILE, blocks=blocks, thread_ts=asked.ts)
    answer = await web.get(f"/archives/{slack.channel('dev').id}/p{asked.ts.replace('.', '')}")
    assert not re.search(r"<script|href=.javascript", answer.text)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_views_and_deliveries_can_be_looked_at(
    slack: SlackStandIn, client: AsyncWebClient, door: Door, web: httpx.AsyncClient
) -> None:
    await opened(slack, client, door)
    view = (await web.get(f"/views/{slack.view('ada').id}")).text
    assert all(words in view for words in ("Send to vTeam", "fix it", ">Send</span>"))
    assert "message_action" in (await web.get("/deliveries")).text
    assert "the login is broken" in (await web.get("/deliveries/1")).text


async def test_an_address_that_is_none_is_a_violation(slack: SlackStandIn, web: httpx.AsyncClient) -> None:
    assert (await web.get("/archives/C0NONE")).status_code == 404
    assert (await web.get("/favicon.ico")).status_code == 404
    assert slack.violations == []
    assert (await web.post("/chat.postMessage")).status_code == 404
    assert slack.violations == ["POST /chat.postMessage: no such page"]
