"""Markdown as Slack shows it: what it looks like, and that no foreign text mentions, links or breaks out."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from bot.slack.mrkdwn import link, mrkdwn

FORGE = ("https://github.com/",)
OURS = re.compile(r"<https://github\.com/[^<>|\s]*(\|[^<>]*)?>")


def test_a_message_with_everything_in_it() -> None:
    text = """<!-- vteam:progress:1 -->
# Done *well*

**bold _both_** ~~gone~~ `code` and List<String>,<br>see https://github.com/acme/shop/pull/1.

- [x] accepted
- [ ] the agent works
  - nested
1. one

> quoted
> more
>
> second

| file | lines |
| --- | ---: |
| `a.py` | 12 |
| **b.py** & | 3 |

<details><summary>Context: 5 of 6 tokens</summary>

| source | taken |
| - | - |
</details>

```python
if a < b: pass
```
after"""
    assert mrkdwn(text, FORGE) == snapshot("""\
*Done _well_*

*bold _both_* ~gone~ `code` and List&lt;String&gt;,
see <https://github.com/acme/shop/pull/1>.

•   ☑ accepted
•   ☐ the agent works
    ◦   nested

1.  one

> quoted
> more
>
> second

```
file    lines
──────  ─────
a.py    12
b.py &amp;  3
```

Context: 5 of 6 tokens

```
if a &lt; b: pass
```

after\
""")


def test_a_table_that_is_too_wide_becomes_a_list() -> None:
    text = f"| session | task |\n| - | - |\n| vteam/s-1 | {'x' * 80} |\n| vteam/s-2 | fix |"
    assert mrkdwn(text) == f"• vteam/s-1 · {'x' * 80}\n• vteam/s-2 · fix"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[the log](https://evil.test/?a=1&b=<x>)", "the log (https://evil.test/?a=1&amp;b=%3Cx%3E)"),
        ("[pull 1](https://github.com/acme/shop/pull/1)", "<https://github.com/acme/shop/pull/1|pull 1>"),
        ("[https://github.com/acme](https://github.com/evil)", "<https://github.com/evil>"),
        ("[github.com/acme](https://github.com.evil.test/)", "github.com/acme (https://github.com.evil.test/)"),
        ("![shot](https://evil.test/p.png)", "shot (https://evil.test/p.png)"),
        ("[a|b>](https://github.com/x|y)", "<https://github.com/x%7Cy|a|b&gt;>"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](mailto:all@acme.test)", "x (mailto:all@acme.test)"),
        ("<https://evil.test>", "https://evil.test"),
    ],
)
def test_a_link_says_where_it_leads_and_only_the_forges_can_be_clicked(markdown: str, shown: str) -> None:
    assert mrkdwn(markdown, FORGE) == shown


@pytest.mark.parametrize(
    "markdown",
    [
        "<!channel> <!here> <@U0ADA> <#C0001> <!subteam^S1|all>",
        "&lt;!channel&gt;",
        "&#60;!everyone&#62;",
        "`<!channel>` ``<@U0ADA>``",
        "```\n<!channel>\n```",
        "    <!channel>",
        "[<!channel>](https://github.com/acme)",
        "[x](https://github.com/><!channel>)",
        "| <!channel> |\n| - |\n| <@U0ADA> |",
        "<details><summary><!channel></summary>",
        "![<!channel>](<x>)",
        '[x](https://github.com/ "<!channel>")',
        "\x03<!channel>\x04\x02",
        "- [x] <!channel>\n> <!here>",
        "<div>\n<!channel>\n</div>",
    ],
)
def test_no_way_to_write_a_mention_makes_one(markdown: str) -> None:
    shown = mrkdwn(markdown, FORGE)
    assert "<" not in OURS.sub("", shown)


def test_code_cannot_be_left_by_what_stands_in_it() -> None:
    assert mrkdwn("````\n```\n<!channel>\n````").count("```") == 2
    assert mrkdwn("\\`\\`\\` not code").count("```") == 0


def test_a_link_of_ours_leads_to_the_web() -> None:
    assert link("https://a.test/?x=1&y=2", "the <rest>") == "<https://a.test/?x=1&amp;y=2|the &lt;rest&gt;>"
    with pytest.raises(ValueError, match="http"):
        link("javascript:x", "rest")


PARTS = st.sampled_from(
    [
        "<!channel>",
        "<@U1>",
        "<#C1>",
        "&lt;",
        "&amp;",
        "`",
        "```",
        "~~~",
        "*",
        "_",
        "~",
        "[",
        "](",
        ")",
        "![",
        "|",
        "-",
        ">",
        "#",
        "1.",
        "<details>",
        "</details>",
        "<summary>",
        "<br>",
        "<!--",
        "-->",
        "https://github.com/a",
        "https://evil.test/",
        "\n",
        "\n\n",
        "\\",
        "[x]",
        "\t",
    ]
)
MARKDOWN = st.lists(PARTS | st.text(max_size=6), max_size=30).map("".join)


@given(MARKDOWN)
@example("> ```\n> <!channel>")
def test_any_text_is_shown_and_nothing_in_it_is_slacks(text: str) -> None:
    shown = mrkdwn(text, FORGE)
    bare = OURS.sub("", shown)
    assert "<" not in bare
    assert re.search(r"&(?!amp;|lt;|gt;)", bare) is None
    assert not re.search("[\x00-\x08\x0b-\x1f]", shown)
