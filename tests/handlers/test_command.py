"""Which words are a command: what people mean for the bot is heard, and what is code, quoted or hidden never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.command import ALIASES, VERBS, Command, CommandError, may_hold_command, read_commands

NO_COMMAND = {
    "no prefix": "please fix this",
    "another bot": "/deploy fix it",
    "a longer word": "/vteamx fix it",
    "a longer mention": "@vteam-preview fix it",
    "a path": "/vteam/fix it",
    "a file": "/vteam.md is the file",
    "no space": "/vteam: fix it",
    "in the middle of a line": "you can write /vteam fix it here",
    "after a word": "hello /vteam fix it",
    "a code fence": "```\n/vteam fix it\n```",
    "a fence with tildes": "~~~sh\n/vteam fix it\n~~~",
    "an open fence": "see:\n\n```\n/vteam fix it",
    "a fence in a list": "- so:\n  ```\n  /vteam fix it\n  ```",
    "indented code": "see:\n\n    /vteam fix it",
    "indented code by a tab": "see:\n\n\t/vteam fix it",
    "inline code": "`/vteam fix it`",
    "inline code over lines": "so `that\n/vteam fix it\nhere` you see",
    "a quote": "> /vteam fix it",
    "a quote in a quote": "> > /vteam fix it\n>\n> yes",
    "a quote that goes on": "> he said\n/vteam fix it",
    "a list in a quote": "> - /vteam fix it",
    "an e-mail's quote": "Thanks!\n\nOn Monday, Ada wrote:\n> /vteam fix it\n",
    "an HTML comment": "<!-- /vteam fix it -->",
    "an HTML comment over lines": "<!--\n/vteam fix it\n-->",
    "an HTML comment in a paragraph": "well <!-- hidden\n/vteam fix it\n--> yes",
    "an open HTML comment": "<!--\n/vteam fix it",
    "raw HTML": "<div>\n/vteam fix it\n</div>",
    "a tag over lines": 'see <a title="\n/vteam fix it\n" href="x">this</a>',
    "a link's text": "[/vteam fix it](https://example.com)",
    "a link's address": "[this](\n/vteam\n)",
    "a link's definition": "[this]:\n/vteam",
    "a heading": "# /vteam fix it",
    "bold": "**/vteam fix it**",
    "escaped": "\\/vteam fix it",
    "a table": "| a |\n| --- |\n| /vteam fix it |",
    "struck": "~~/vteam fix it~~",
    "a forged sign": "\ue0000\ue001 fix it\n\n`/vteam fix it`",
}

COMMANDS = {
    "alone": ("/vteam fix", [("fix", "")]),
    "with its text": ("/vteam fix the login test", [("fix", "the login test")]),
    "bare": ("/vteam", [("help", "")]),
    "bare with a full stop": ("/vteam .", [("help", "")]),
    "leading space": ("   /vteam fix it  ", [("fix", "it")]),
    "upper case": ("/VTEAM FIX It", [("fix", "It")]),
    "CRLF": ("Hello\r\n\r\n/vteam fix it\r\nand that\r\n", [("fix", "it\nand that")]),
    "old Mac": ("/vteam fix it\r/vteam ask why", [("fix", "it"), ("ask", "why")]),
    "after a line": ("Hello\n/vteam fix it", [("fix", "it")]),
    "after a quote": ("> it fails\n\n/vteam fix it", [("fix", "it")]),
    "after code": ("```\nboom\n```\n/vteam fix it", [("fix", "it")]),
    "after a comment": ("<!-- a template -->\n\n/vteam fix it", [("fix", "it")]),
    "a list": ("- /vteam fix it\n* /vteam ask why", [("fix", "it"), ("ask", "why")]),
    "a numbered list": ("1. /vteam fix it\n2. /vteam ask why", [("fix", "it"), ("ask", "why")]),
    "a list with a tab": ("-\t/vteam fix it", [("fix", "it")]),
    "a list in a list": ("- so\n  - /vteam fix it", [("fix", "it")]),
    "a tab": ("/vteam\tfix\tit", [("fix", "it")]),
    "no-break space": ("/vteam\u00a0fix it", [("fix", "it")]),
    "an alias": ("/vteam stop", [("cancel", "")]),
    "a colon": ("/vteam fix: it", [("fix", "it")]),
    "a question mark": ("/vteam status?", [("status", "")]),
    "with code in it": (
        "/vteam fix this:\n\n```\nboom\n/vteam ask\n```\n\nnow",
        [("fix", "this:\n\n```\nboom\n/vteam ask\n```\n\nnow")],
    ),
    "with a quote in it": ("/vteam fix this\n\n> it fails\n", [("fix", "this\n\n> it fails")]),
    "several": ("/vteam fix a\n/vteam plan b\ntext\n/vteam ask c", [("fix", "a"), ("plan", "b\ntext"), ("ask", "c")]),
    "with a signature": ("/vteam fix it\n-- \nAda", [("fix", "it\n-- \nAda")]),
    "folded away": ("<details>\n\n/vteam fix it\n\n</details>", [("fix", "it\n\n</details>")]),
}


@pytest.mark.parametrize("body", NO_COMMAND.values(), ids=NO_COMMAND.keys())
def test_what_is_no_command(body: str) -> None:
    assert read_commands(body) == []


@pytest.mark.parametrize(("body", "found"), COMMANDS.values(), ids=COMMANDS.keys())
def test_what_is_a_command(body: str, found: list[tuple[str, str]]) -> None:
    assert [(each.verb, each.text) for each in read_commands(body) if isinstance(each, Command)] == found


def test_a_command_knows_its_line_and_its_place() -> None:
    body = "Hello\n\n/vteam fix a\n\n> /vteam fix no\n\n/vteam sing\n/vteam ask b"
    assert [(each.line, getattr(each, "ordinal", None)) for each in read_commands(body)] == [(3, 0), (7, None), (8, 2)]


@pytest.mark.parametrize(
    ("word", "meant"), [("fux", "fix"), ("reveiw", "review"), ("halp", "help"), ("cancle", "cancel"), ("xyzzy", None)]
)
def test_a_word_that_is_no_verb_is_asked_back(word: str, meant: str | None) -> None:
    [error] = read_commands(f"/vteam {word} it")
    assert isinstance(error, CommandError)
    assert (error.line, error.column, error.did_you_mean) == (1, 8, meant)
    assert error.quoted == f"/vteam {word} it"


def test_an_endless_line_is_quoted_in_part() -> None:
    [error] = read_commands("/vteam " + "x" * 60_000)
    assert isinstance(error, CommandError)
    assert len(error.quoted) == 200
    assert len(error.message) < 200


@pytest.mark.parametrize("verb", [*VERBS, *ALIASES])
def test_every_verb_and_alias_is_understood(verb: str) -> None:
    [command] = read_commands(f"/vteam {verb}{' 3f8a1c2' if verb == 'ok' else ''}")
    assert isinstance(command, Command)
    assert command.verb == ALIASES.get(verb, verb)


@pytest.mark.parametrize("body", ["text\n" * 13_000 + "\n/vteam fix it", "![ \n\n" * 13_000 + "/vteam fix it"])
def test_a_command_is_heard_at_the_end_of_the_longest_comment(body: str) -> None:
    assert [each.line for each in read_commands(body)] == [body.count("\n") + 1]


@pytest.mark.parametrize(
    "line", ["text of some length that goes on\n", "2025-11-03 [main] WARN a_b.c: <init> failed *\n"]
)
def test_a_command_is_heard_at_the_end_of_the_longest_paragraph(line: str) -> None:
    body = line * (60_000 // len(line)) + "so, @vteam fix it\n/vteam ask why"
    assert [getattr(each, "verb", None) for each in read_commands(body)] == ["fix", "ask"]


def test_a_command_is_heard_above_a_log_that_fills_the_comment() -> None:
    [command] = read_commands("/vteam fix it\n" + "E: no such file\n" * 4_000)
    assert isinstance(command, Command)
    assert command.text.count("E: no such file") == 4_000


PIECES = st.sampled_from(
    ["/vteam fix it", "/vteam", "`", "```", "> ", "- ", "1. ", "    ", "\t", "\n", "\r\n", "\n\n", "<!--", "-->", "<a ",
     "[", "](", ")", "**", "\\", "\x00", "\ue000", "\ue001", "0", "text", "# ", "---", "|", "&#64;", "𝓥", "\u2028"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join) | st.text())
def test_any_text_is_read(body: str) -> None:
    found = read_commands(body)
    lines = [each.line for each in found]
    assert lines == sorted(set(lines))
    assert may_hold_command(body) or not found
    for each in found:
        assert isinstance(each, CommandError) or each.verb in VERBS


@given(st.lists(PIECES, max_size=14).map("".join))
def test_what_stands_in_a_quote_never_counts(body: str) -> None:
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert read_commands("\n".join(f"> {line}" for line in lines)) == []


@given(st.lists(PIECES.filter(lambda piece: "`" not in piece), max_size=14).map("".join))
def test_what_stands_in_a_fence_never_counts(body: str) -> None:
    assert read_commands(f"```\n{body}\n```") == []
