"""What holds for any text: it is read without an exception, what is quoted or code never counts, lines are in order."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.command import (
    VERBS,
    Command,
    CommandError,
    Read,
    may_hold_command,
    read_commands,
    read_slack,
    read_slash,
)  # fmt: skip
from tests.grammar.reading import BOT, DIALECT

PIECES = st.sampled_from(
    ["/vteam fix it", "/vteam", "@vteam", "@vteam ask", f"<@{BOT}>", f"<@{BOT}|vteam> fix", "<https://x.y|z>", "`", "```", "~", "~~~",
     "~~", "> ", "- ", "1. ", "    ", "\t", "\n", "\r\n", "\n\n", "<!--", "-->", "<a ", "<del>", "</del>", "<blockquote>", "[", "](",
     ")", "**", "_", "\\", "\x00", "\ue000", "\ue0001\ue001", "0", "text", "# ", "---", "|", "&#64;", "&amp;", "&lt;", "𝓥", "\u2028",
     "On 1 Ada wrote:", "From: a\nSent: b\nTo: c", "--draft", "--base '", "#12", "a/b#1", "?", ", "]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=16).map("".join) | st.text(max_size=200)


def lines_of(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def check(read: list[Read], body: str) -> None:
    """What holds for whatever was read."""
    lines = lines_of(body)
    assert [one.line for one in read] == sorted({one.line for one in read})
    for place, one in enumerate(read):
        if isinstance(one, Command):
            assert one.verb in VERBS
            assert one.ordinal == place
            assert one.text == one.text.strip()
        else:
            assert 1 <= one.column <= len(lines[one.line - 1]) + 1
            assert one.quoted in lines[one.line - 1]
            assert 0 <= one.caret <= len(one.quoted) <= 200
            assert one.message


@given(TEXTS)
def test_any_comment_is_read(body: str) -> None:
    read = read_commands(body, DIALECT)
    assert may_hold_command(body, DIALECT) or not read
    check(read, body)


@given(TEXTS)
def test_any_message_is_read(body: str) -> None:
    read = read_slack(body, DIALECT)
    assert may_hold_command(body, DIALECT) or not read
    check(read, body)
    assert len(read_slash(body, DIALECT)) == 1


@given(TEXTS)
def test_what_stands_in_a_quote_never_counts(body: str) -> None:
    assert read_commands("\n".join(f"> {line}" for line in lines_of(body)), DIALECT) == []
    assert read_slack("\n".join(f"&gt; {line}" for line in lines_of(body)), DIALECT) == []


@given(TEXTS)
def test_what_stands_in_a_fence_never_counts(body: str) -> None:
    inner = body.replace("`", "'")
    assert read_commands(f"```\n{inner}\n```", DIALECT) == []
    assert read_slack(f"```\n{inner}\n```", DIALECT) == []


INLINES = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "user", "link", "emoji", "channel", "date", "new"])},
    optional={"text": PIECES, "user_id": st.sampled_from([BOT, "U2"]), "url": PIECES, "name": PIECES, "unicode": PIECES,
              "style": st.dictionaries(st.sampled_from(["bold", "code", "strike"]), st.booleans())},
)  # fmt: skip
ELEMENTS = st.recursive(
    INLINES,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"]),
         "elements": st.lists(inner, max_size=4)},
        optional={"indent": st.integers(-1, 9), "border": st.integers(0, 1), "style": st.sampled_from(["ordered", "bullet"])},
    ),
    max_leaves=8,
)  # fmt: skip


@given(st.lists(ELEMENTS, max_size=4))
def test_any_rich_text_is_read(elements: list[Mapping[str, Any]]) -> None:
    for one in read_slack({"blocks": [{"type": "rich_text", "elements": elements}]}, DIALECT):
        assert isinstance(one, Command | CommandError)


@given(st.lists(INLINES, max_size=6), st.sampled_from(["rich_text_quote", "rich_text_preformatted"]))
def test_what_slack_marks_as_quoted_or_code_never_counts(inlines: list[Mapping[str, Any]], kind: str) -> None:
    blocks = [{"type": "rich_text", "elements": [{"type": kind, "elements": inlines}]}]
    assert read_slack({"blocks": blocks}, DIALECT) == []


@given(st.sampled_from(sorted(VERBS)), st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_words_come_back_as_they_were_written(verb: str, words: str) -> None:
    if verb not in ("ok", "budget"):
        for call in ("/vteam", "@vteam"):
            [read] = read_commands(f"{call} {verb} {words}", DIALECT)
            assert isinstance(read, Command)
            assert (read.verb, read.text) == (verb, words)
