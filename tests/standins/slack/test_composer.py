"""Slack's message box: what people type, as blocks and as mrkdwn."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.standins.slack.composer import Names, compose, escaped_command
from bot.standins.slack.kit.blocks import MessageBlock

NAMES = Names({"vteam": "U0VTEAM", "ada": "U1"}.get, {"dev": "C1"}.get)


def composed(typed: str) -> tuple[str, list[Any]]:
    made = compose(typed, NAMES, block_id="b")
    TypeAdapter(list[MessageBlock]).validate_python(made.blocks)
    return made.text, made.blocks[0]["elements"]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("hello", "hello"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("@vteam fix it", "<@U0VTEAM> fix it"),
        ("ask @ada, or @ada.", "ask <@U1>, or <@U1>."),
        ("mail me@vteam.com or @nobody", "mail me@vteam.com or @nobody"),
        ("<@U0VTEAM> plan", "<@U0VTEAM> plan"),
        ("see #dev, not #none and a#dev", "see <#C1>, not #none and a#dev"),
        ("see https://x.test/a?b=1.", "see <https://x.test/a?b=1>."),
        ("https://x.test/?a=1&b=2", "<https://x.test/?a=1&amp;b=2>"),
        ("*bold* _it_ ~no~ `co *de*`", "*bold* _it_ ~no~ `co *de*`"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("`@vteam` and *@vteam*", "`@vteam` and *<@U0VTEAM>*"),
        ("> quoted\nanswer", "&gt; quoted\nanswer"),
        ("- one\n- two\n1. three", "• one\n• two\n1. three"),
        ("so:\n```\n@vteam fix\n```\nok", "so:\n```@vteam fix```\nok"),
        ("open ```@vteam fix", "open \n```@vteam fix```"),
        ("on it :eyes: 10:30:45", "on it :eyes: 10:30:45"),
        ("@here look", "<!here> look"),
        ("stop ❌ ⚠️ it", "stop :x: :warning: it"),
    ],
)
def test_text_is_what_slack_would_send(typed: str, text: str) -> None:
    assert composed(typed)[0] == text


def test_a_command_comes_with_entities_and_otherwise_as_typed() -> None:
    typed = "fix *acme/shop#1* for @ada & @nobody in #dev, see https://x.test/1?a=b `@here`"
    assert escaped_command(typed, NAMES) == (
        "fix *acme/shop#1* for <@U1|ada> &amp; @nobody in <#C1|dev>, see <https://x.test/1?a=b> `@here`"
    )


def test_blocks_keep_code_quotes_and_mentions_apart() -> None:
    _, elements = composed("@vteam *fix* `a.py`\n> @vteam no\n```\n@vteam\n```\n- @vteam too")
    assert [one["type"] for one in elements] == [
        "rich_text_section",
        "rich_text_quote",
        "rich_text_preformatted",
        "rich_text_list",
    ]
    assert elements[0]["elements"] == [
        {"type": "user", "user_id": "U0VTEAM"},
        {"type": "text", "text": " "},
        {"type": "text", "text": "fix", "style": {"bold": True}},
        {"type": "text", "text": " "},
        {"type": "text", "text": "a.py", "style": {"code": True}},
        {"type": "text", "text": "\n"},
    ]
    assert elements[2]["elements"] == [{"type": "text", "text": "@vteam"}]
    assert elements[3]["elements"][0]["elements"][0] == {"type": "user", "user_id": "U0VTEAM"}
