"""What models and strangers write can do nothing in the bot's name, however it is dressed up."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crds.redaction import MASK
from handlers.quoting import plain_line, quoted, quoted_line

SHOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})
MENTION = re.compile(r"(?:^|[^A-Za-z0-9_\u2060])@[A-Za-z0-9]")
CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:#\d|GH-\d|[\w.-]+/[\w.-]+#\d|https?://)", re.IGNORECASE
)
TOKEN = "ghp_" + "a1B2" * 8

PIECES = st.sampled_from(
    ["@", "ada", "@ada", "&#64;", "&#x40;", "&commat;", "&#64", "&", "#", "64;", "`", "``", "```\n", "/", "_", "*", "<",
     "\\", "!--", "<!--", "-->", "vteam:progress:uid-1", "<b>", "</b>", "Fixes ", "fix: ", "Closes\n", "resolved\t",
     "#12", "GH-12", "acme/shop#3", "https://github.com/a/b/issues/1", "[x](", ")", " ", "\n", "\x00", "\u200b",
     "\u2060", "\ufeff", "\u202e", "x", "gh", "p_", TOKEN, TOKEN[:9], TOKEN[9:], "</details>", "<blockquote>",
     "<!DOCTYPE", "|", "\r\n"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text()


def visible(markdown: str) -> list[str]:
    """The pieces of text that GitHub looks through: what is shown, without code, which it leaves alone."""
    page = re.sub(r"<(pre|code)\b.*?</\1>", "", SHOWN.render(markdown), flags=re.DOTALL)
    return [html.unescape(piece) for piece in re.split(r"<[^<>]*>", page)]


@given(TEXTS)
def test_nobody_is_mentioned(text: str) -> None:
    assert not [piece for piece in visible(quoted(text)) if MENTION.search(piece)]


@given(TEXTS)
def test_no_issue_is_closed(text: str) -> None:
    assert not CLOSING.search(quoted(text))
    assert not [piece for piece in visible(quoted(text)) if CLOSING.search(piece)]


@given(TEXTS)
def test_nothing_is_hidden_and_no_marker_is_forged(text: str) -> None:
    assert "<!--" not in quoted(text)
    assert "<!--" not in quoted_line(text)


@given(TEXTS)
def test_no_secret_is_told(text: str) -> None:
    joined = text.translate(dict.fromkeys(map(ord, "\x00\u200b\u2060\ufeff\u202e\r")))
    for harmless in (quoted(text), plain_line(text), quoted_line(text)):
        assert TOKEN not in harmless
    if TOKEN in joined:
        assert MASK in quoted(text)


@given(TEXTS)
def test_quoting_twice_is_quoting_once(text: str) -> None:
    assert quoted(quoted(text)) == quoted(text)


@given(TEXTS, st.integers(1, 60))
def test_a_line_is_one_short_line(text: str, most: int) -> None:
    for line in (plain_line(text, most), quoted_line(text, most)):
        assert "\n" not in line
        assert not set("`|") & set(line)
    assert len(plain_line(text, most)) <= most + 2


@given(TEXTS, st.integers(1, 100))
def test_no_text_runs_on(text: str, most: int) -> None:
    assert len(quoted(text * 50, most)) <= most + 2


@pytest.mark.parametrize(
    "text",
    [
        "All 12 tests pass; see `src/login.py` line 3.",
        "Mail ada@example.com, a && b, x < y, List<int>, R&D",
        "Fixed the test. The fix is in #14.",
        "| a | b |\n| - | - |\n| 1 | 2 |\n\n- [x] done\n\n```py\nif a < b: pass\n```",
        "naïve café 你好 👩\u200d💻",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert quoted(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\t c", "a b c"),
        ("![x](http://tracker)", r"!\[x](http://tracker)"),
        ("<img src=x> <b>", "&lt;img src=x> &lt;b>"),
        ("| `rm` |", "rm"),
        ("main`; **x**", "main ; **x**"),
        ("  ", ""),
    ],
)
def test_a_line_brings_no_markup(text: str, line: str) -> None:
    assert quoted_line(text) == line
