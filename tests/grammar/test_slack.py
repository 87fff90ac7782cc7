"""What Slack's messages say: rich text before the plain fallback, marks and entities read, links by their address."""

from typing import Any

import pytest

from handlers.command import Command, CommandError, NamedRepository, Target, read_slack, read_slash
from tests.grammar.reading import BOT, DIALECT, link, rich, said, section, slack, text, user

ISSUE = "https://github.com/acme/shop/issues/12"


def bullets(*items: dict[str, Any], style: str = "bullet", **more: int) -> dict[str, Any]:
    return {"type": "rich_text_list", "style": style, "elements": list(items), **more}


def quote(*inlines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_quote", "elements": list(inlines)}


def code(*inlines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_preformatted", "elements": list(inlines)}


NOTHING = {
    "code": [code(user(), text(" fix it"))],
    "code with a command": [code(text("/vteam fix it"))],
    "a quote": [quote(user(), text(" fix it"))],
    "a quote with a command": [quote(text("/vteam fix it"))],
    "inline code": [section(text("say "), user(code=True), text(" fix it", code=True))],
    "a command as inline code": [section(text("/vteam fix it", code=True))],
    "struck": [section(user(strike=True), text(" fix it", strike=True))],
    "a struck command": [section(text("/vteam fix it", strike=True))],
    "a link's label": [section(link("https://example.com", "/vteam fix it"))],
    "a link's address": [section(link("https://example.com/@vteam", ""))],
    "a quoted list": [bullets(section(user(), text(" fix it")), border=1)],
    "another person": [section(user("U0THER"), text(" fix it"))],
    "a typed fence": [section(text("```\n/vteam fix it\n```"))],
    "a typed quote": [section(text("> /vteam fix it"))],
    "entities that stay": [section(text(f"&lt;@{BOT}&gt; fix it"))],
    "a mark that was typed": [section(text(f"<@{BOT}> fix it"))],
    "no words": [],
}

SAID = {
    "a mention": ([section(user(), text(" fix it"))], [("fix", "it")]),
    "in a sentence": ([section(text("Hello "), user(), text(", please fix it"))], [("run", "please fix it")]),
    "in bold": ([section(user(bold=True), text(" fix", bold=True), text(" it"))], [("fix", "it")]),
    "a bullet": ([bullets(section(user(), text(" fix it")), section(text("/vteam ask why")))], [("fix", "it"), ("ask", "why")]),
    "a number": ([bullets(section(text("/vteam fix it")), style="ordered")], [("fix", "it")]),
    "an inner bullet": ([bullets(section(text("/vteam fix it")), indent=3)], [("fix", "it")]),
    "a link": ([section(user(), text(" fix "), link(ISSUE, "the issue"), text(" now"))], [("fix", "now")]),
    "code in it": (
        [section(user(), text(" fix "), text("main.py", code=True), text(":")), code(text("boom\n/vteam ask"))],
        [("fix", "`main.py`:\n```\nboom\n/vteam ask\n```")],
    ),
    "a quote in it": (
        [section(user(), text(" fix it\n")), quote(text("one\ntwo")), section(text("now"))],
        [("fix", "it\n> one\n> two\nnow")],
    ),
    "after a quote": ([quote(text("it fails")), section(user(), text(" fix it"))], [("fix", "it")]),
    "others in it": (
        [section(user(), text(" fix "), user("U0THER"), text(" "), {"type": "channel", "channel_id": "C1"}, text(" "),
                 {"type": "emoji", "name": "bug", "unicode": "1f41b"}, {"type": "emoji", "name": "shop"})],
        [("fix", "<@U0THER> <#C1> 🐛:shop:")],
    ),
    "raw signs": ([section(user(), text(" fix a < b && c > d"))], [("fix", "a < b && c > d")]),
    "struck in it": ([section(user(), text(" fix "), text("this", strike=True), text(" that"))], [("fix", "~~this~~ that")]),
    "two blocks": ([section(text("Hello")), section(text("/vteam fix it"))], [("fix", "it")]),
    "two lines": ([section(text("Hello\n/vteam fix a\n"), user(), text(" ask b"))], [("fix", "a"), ("ask", "b")]),
}  # fmt: skip


@pytest.mark.parametrize("elements", NOTHING.values(), ids=NOTHING.keys())
def test_rich_text_that_asks_for_nothing(elements: list[dict[str, Any]]) -> None:
    assert slack(rich(*elements)) == []


@pytest.mark.parametrize(("elements", "found"), SAID.values(), ids=SAID.keys())
def test_rich_text_that_asks_for_something(elements: list[dict[str, Any]], found: list[tuple[str, str]]) -> None:
    assert slack(rich(*elements)) == found


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (f"<@{BOT}> fix a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        (f"<@{BOT}> fix &amp;lt;b&amp;gt;", "&lt;b&gt;"),
        (f"<@{BOT}> fix <https://example.com/?a=1&amp;b=2|this page>", "https://example.com/?a=1&b=2"),
        (f"<@{BOT}> fix <https://example.com>", "https://example.com"),
        (f"<@{BOT}> fix what <@U0THER> said in <#C1|dev> to <!here>", "what <@U0THER> said in #dev to @here"),
        (f"<@{BOT}> fix it by <!date^1392734382^{{date}}|Tuesday>", "it by Tuesday"),
        (f"<@{BOT}> fix <mailto:a@example.com|a@example.com>", "a@example.com"),
        (f"*<@{BOT}>* fix it", "it"),
        (f"_<@{BOT}> fix it_", "it"),
    ],
)
def test_marks_and_entities_are_read(message: str, found: str) -> None:
    assert slack(message) == [("fix", found)]


def test_a_link_is_a_target_by_its_address() -> None:
    for message in (
        f"<@{BOT}> fix <{ISSUE}|shop#12>: now",
        rich(section(user(), text(" fix "), link(ISSUE, "x"), text(" now"))),
    ):
        [command] = read_slack(message, DIALECT)
        assert isinstance(command, Command)
        assert (command.target, command.text) == (Target(12, "acme/shop"), "now")


def test_an_error_is_placed_in_the_text_as_it_was_written() -> None:
    [error] = read_slack(f"a &amp; b\n<@{BOT}|vteam> fix a &amp; b --bogus 1", DIALECT)
    assert isinstance(error, CommandError)
    line = f"<@{BOT}|vteam> fix a &amp; b --bogus 1"
    assert (error.line, error.column, error.quoted) == (2, line.index("--bogus") + 1, line)
    assert error.quoted[error.caret :].startswith("--bogus")


def test_a_slash_command_begins_with_its_verb() -> None:
    [command] = read_slash("fix acme/shop#12 --repo acme/lib@v1 a &amp; b\nand more", DIALECT)
    assert isinstance(command, Command)
    assert (command.verb, command.target, command.text) == ("fix", Target(12, "acme/shop"), "a & b\nand more")
    assert command.options.repos == (NamedRepository("acme/lib", "v1"),)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", [("help", "")]),
        ("  ", [("help", "")]),
        ("help", [("help", "")]),
        ("STOP", [("cancel", "")]),
        ("ask is `/vteam fix` right?\n/vteam fix it", [("ask", "is `/vteam fix` right?\n/vteam fix it")]),
        ("fxi it", [("error", "I do not know the command `fxi`")]),
    ],
)
def test_a_slash_command_is_one_command(words: str, found: list[tuple[str, str]]) -> None:
    assert said(read_slash(words, DIALECT)) == found


HOSTILE: list[Any] = [
    {}, {"text": None}, {"text": 5}, {"blocks": None, "text": "x"}, {"blocks": 5}, {"blocks": [None, 5, []]},
    {"blocks": [{"type": "rich_text"}]}, {"blocks": [{"type": "rich_text", "elements": 5}]},
    rich({"type": "rich_text_section"}), rich({"type": "rich_text_list", "elements": [5], "indent": "x"}),
    rich(section({"type": "text"}, {"type": "text", "text": 5}, {"type": "user"}, {"type": "emoji", "unicode": "zz"})),
    rich(section({"type": "emoji", "unicode": "ffffffffff"}, {"type": "text", "text": "x", "style": 5})),
    rich({"type": "rich_text_list", "indent": 10**12, "offset": 10**12, "elements": [section(text("x"))]}),
]  # fmt: skip


@pytest.mark.parametrize("message", HOSTILE)
def test_a_message_of_another_shape_asks_for_nothing(message: Any) -> None:
    assert read_slack(message, DIALECT) == []
