"""A message in Slack's form: its blocks, and that none is ever over a limit."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from bot.slack.cutting import cut, pieces
from bot.slack.render import rendered
from bot.standins.slack.kit.check import checked_blocks
from handlers.slack_words import CHOOSE, STOP, Button, Menu, SlackMessage
from tests.slack.test_mrkdwn import FORGE, MARKDOWN, OURS


def test_progress_with_a_button() -> None:
    stop = Button(STOP, "Stop", "vteam/s-1", style="danger", confirm="Stop this session?")
    shown = rendered(SlackMessage("**vTeam · fix** — I will fix it.", mention="U0ADA", buttons=(stop,)), FORGE)
    assert shown.text == "<@U0ADA> *vTeam · fix* — I will fix it."
    assert list(shown.blocks) == snapshot(
        [
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "<@U0ADA> *vTeam · fix* — I will fix it.", "verbatim": True},
            },
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "vteam-stop",
                        "text": {"type": "plain_text", "text": "Stop"},
                        "value": "vteam/s-1",
                        "style": "danger",
                        "confirm": {
                            "title": {"type": "plain_text", "text": "Stop"},
                            "text": {"type": "plain_text", "text": "Stop this session?"},
                            "confirm": {"type": "plain_text", "text": "Yes"},
                            "deny": {"type": "plain_text", "text": "No"},
                        },
                    }
                ],
            },
        ]
    )


def test_a_question_with_a_menu() -> None:
    menu = Menu(CHOOSE, "question-1", "Choose a repository", ("acme/shop", "acme/till", "acme/shop"))
    shown = rendered(SlackMessage("Which repository is it about?", menu=menu))
    assert list(shown.blocks[1:]) == snapshot(
        [
            {
                "type": "actions",
                "block_id": "question-1",
                "elements": [
                    {
                        "type": "static_select",
                        "action_id": "vteam-choose-repository",
                        "placeholder": {"type": "plain_text", "text": "Choose a repository"},
                        "options": [
                            {"text": {"type": "plain_text", "text": "acme/shop"}, "value": "acme/shop"},
                            {"text": {"type": "plain_text", "text": "acme/till"}, "value": "acme/till"},
                        ],
                    }
                ],
            }
        ]
    )


def test_what_is_too_long_is_cut_and_a_link_leads_to_the_rest() -> None:
    paragraphs = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(100))
    shown = rendered(SlackMessage(paragraphs, link="https://github.com/acme/shop/issues/1"), FORGE)
    *sections, rest = shown.blocks
    assert sum(len(each["text"]["text"]) for each in sections) <= 11_000
    assert all(each["text"]["text"].startswith("Paragraph") for each in sections)  # cut between paragraphs
    assert rest == snapshot(
        {
            "type": "context",
            "elements": [
                {
                    "type": "mrkdwn",
                    "text": "<https://github.com/acme/shop/issues/1|This was too long for Slack. The rest is here.>",
                    "verbatim": True,
                }
            ],
        }
    )


def test_nothing_to_say_is_still_a_message() -> None:
    assert rendered(SlackMessage("<!-- hidden -->")).blocks[0]["text"]["text"] == "…"


def test_who_is_mentioned_is_a_user_and_nothing_else() -> None:
    assert rendered(SlackMessage("hi", mention="!channel")).text == "hi"


def test_code_that_is_cut_is_closed_and_opened_again() -> None:
    code = "```\n" + "\n".join(f"line {number}" for number in range(60)) + "\n```"
    found = pieces(code, 100)
    assert len(found) > 4
    assert all(piece.startswith("```\n") and piece.endswith("\n```") for piece in found)
    assert "\n".join(piece[4:-4] for piece in found) == code[4:-4]


def test_a_link_is_never_cut_in_two() -> None:
    line = "word " * 15 + "<https://github.com/acme/shop/pull/1|the pull request> " + "word " * 20
    assert all(piece.count("<") == piece.count(">") for piece in pieces(line, 90))
    assert any("<https://github.com/acme/shop/pull/1|the pull request>" in piece for piece in pieces(line, 90))


def test_a_quote_that_is_cut_stays_a_quote() -> None:
    assert all(piece.startswith("> ") for piece in pieces("> " + "word " * 100, 80))


@pytest.mark.parametrize("most", [60, 3000])
@given(text=MARKDOWN.map(lambda text: text * 20))
def test_pieces_are_within_the_limit_and_lose_no_word(most: int, text: str) -> None:
    found = pieces(text, most)
    assert all(0 < len(piece) <= most for piece in found)
    if "<" not in text:
        kept = re.sub(r"[`>\s]", "", "".join(found))
        assert kept == re.sub(r"[`>\s]", "", text)


def test_a_text_that_fits_is_not_cut() -> None:
    assert cut("whole", 5) == ("whole", False)
    assert cut("one two", 60) == ("one two", False)


LINES = st.text(max_size=400)
BUTTON = st.builds(
    Button,
    action=st.text(min_size=1, max_size=300),
    label=LINES,
    value=st.text(max_size=2100),
    style=st.sampled_from(["", "primary", "danger"]),
    confirm=LINES,
)
MENU = st.builds(
    Menu,
    action=st.just(CHOOSE),
    block=st.text(min_size=1, max_size=300),
    prompt=LINES,
    options=st.lists(st.text(max_size=200), max_size=130).map(tuple),
)
MESSAGE = st.builds(
    SlackMessage,
    markdown=MARKDOWN,
    mention=st.sampled_from(["", "U0ADA", "!channel"]),
    buttons=st.lists(BUTTON, max_size=30).map(tuple),
    menu=st.none() | MENU,
    link=st.sampled_from(["", "https://github.com/acme/shop/issues/1"]),
)


@settings(max_examples=60)
@given(MESSAGE, st.sampled_from([1, 3, 400]))
def test_no_message_is_over_slacks_limits(message: SlackMessage, times: int) -> None:
    shown = rendered(replace(message, markdown=message.markdown * times), FORGE)
    assert 0 < len(shown.text) <= 4000
    assert 0 < len(shown.blocks) <= 50
    checked_blocks(list(shown.blocks))  # as strict as Slack: it raises where a block is over a limit or of no shape
    text = shown.text.removeprefix("<@U0ADA> ")
    assert "<" not in OURS.sub("", text)
