"""What a reader does not see does not reach the agent, and is counted; what a reader sees stays as it is."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.context.sanitise import one_line, sanitise, sanitise_code

HIDDEN = {
    "a comment": "seen <!-- evil --> seen",
    "a comment over lines": "seen\n\n<!--\nevil\n\nevil\n-->\n\nseen",
    "a comment that is never closed": "seen\n\n<!-- evil",
    "a comment in raw HTML between backticks": "seen\n\n<div>\n`<!-- evil -->`\n</div>",
    "a comment behind escaped backticks": "seen \\`<!-- evil -->\\`",
    "a comment in a fence that raw HTML makes none": "seen\n\n<div>\n```\n<!-- evil -->\n```\n</div>",
    "a comment over a quote's lines": "> seen <!-- evil\n> evil --> seen",
    "the rest of a fence's first line": "seen\n\n```py evil\ncode\n```",
    "an element that is not displayed": "seen <span style='color:red; display: none'>evil</span>",
    "an element with others of its name in it": "<div hidden>\n\n<div>evil</div>evil\n\n</div>\n\nseen",
    "a transparent element": "seen <b style=opacity:0>evil</b>",
    "a script": "<script>\nevil\n\nevil\n</script>\nseen",
    "a link definition that nothing links to": "[//]: # (evil)\nseen",
    "tags of Unicode": "seen" + "".join(chr(0xE0000 + ord(letter)) for letter in "evil"),
    "variation selectors that carry bytes": "seen" + "".join(chr(0xE0100 + ord(letter)) for letter in "evil"),
    "zero width": "se\u200b\u2060\ufeffen",
    "bidirectional controls": "\u202eseen\u202c\u2066",
    "terminal escapes": "\x1b[8mseen\x1b[0m\x1b]0;evil\x07",
    "blanks off the screen": "seen" + " " * 5000 + ".",
}

SEEN = [
    "`<!-- seen -->` in code",
    "```\n<!-- seen -->\n```",
    "    <!-- seen -->",
    "- a\n\n  ```html\n  <!-- seen -->\n  ```\n",
    "the `<script>` tag, and all that follows",
    "not closed, so seen: x <!-- y",
    "<details><summary>More</summary>\n\nseen\n\n</details>",
    "List<String> and a < b > c",
    "[1]: https://example.com 'title'\nsee [1]",
    "👨\u200d👩\u200d👧 ❤️ 1️⃣ می\u200cخواهم क्\u200dष",
    "tabs\tand\n\n\nblank lines\n",
]


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_text_is_taken_out_and_counted(text: str) -> None:
    clean = sanitise(text)
    assert "evil" not in clean.text
    assert "seen" in clean.text
    assert clean.hidden == len(text) - len(clean.text) > 0


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays_as_it_is(text: str) -> None:
    assert sanitise(text) == type(sanitise(""))(text, 0)


def test_a_text_that_is_no_unicode_becomes_one() -> None:
    assert sanitise("a\ud800b\r\nc\rd").text == "a\ufffdb\nc\nd"


def test_comments_in_code_are_the_code() -> None:
    assert sanitise_code("<!-- page -->\n\u200bx") == "<!-- page -->\nx"


def test_a_line_has_no_line_break_in_it() -> None:
    assert one_line("a\n<!-- evil -->\tb", 100) == "a b"


@given(st.lists(st.sampled_from(["<!--", "-->", "<div hidden>", "</div>", "`", "```", "\n", "\n\n", "evil", "<", ">"])))
@settings(max_examples=200, deadline=None)
def test_sanitising_only_ever_takes_out(parts: list[str]) -> None:
    text = "".join(parts)
    clean = sanitise(text)
    rest = iter(text)
    assert all(letter in rest for letter in clean.text)
    assert clean.hidden == len(text) - len(clean.text)


@pytest.mark.parametrize(
    "part", ["x <!-- ", "<div hidden>", "<!a ", "`a", "<a b='c", "[a]: # (", "\n<div>\n", " ", "\n"]
)
def test_hostile_repetition_takes_no_hostile_time(part: str) -> None:
    """Half a megabyte of each; a quadratic search would take minutes, and the suite with it."""
    sanitise(part * (500_000 // len(part)))


def test_the_command_reads_any_bytes() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "runner", "sanitise"],
        input=b"seen <!-- evil --> \xff\xfe",
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == "seen  \ufffd\ufffd"
