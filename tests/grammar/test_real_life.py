"""Texts as mail programs, phones and keyboards make them, on both services: what triggers, what does not, what is meant."""

import html
from decimal import Decimal

import pytest

from handlers.command import Options
from tests.grammar.reading import command, error, github, slack

# The head of the letter that an e-mail answers, as mail programs write it.
LETTERS = {
    "Outlook with a copy": "From: Ada\nSent: Tuesday\nCc: Tom\nTo: shop\nSubject: Re: x",
    "Outlook on a Mac": "From: Ada\nSubject: Re: x\nDate: Tuesday\nTo: shop",
    "Apple's forwarding": "Begin forwarded message:\n\nFrom: Ada",
    "Gmail in Portuguese": "Em ter., 18 de nov. de 2025 às 15:14, Ada <ada@example.com> escreveu:",
    "Gmail in Japanese": "2025年11月18日(火) 15:14 Ada <ada@example.com>:",
    "Gmail in Chinese": "Ada <ada@example.com> 于2025年11月18日周二 15:14写道：",
    "Gmail in Polish": "wt., 18 lis 2025 o 15:14 Ada <ada@example.com> napisał(a):",
    "Gmail in Swedish": "Den tis 18 nov. 2025 kl 15:14 skrev Ada <ada@example.com>:",
    "Gmail in Russian": "вт, 18 нояб. 2025 г. в 15:14, Ada <ada@example.com>:",
    "Gmail, where GitHub hides the address": "On Tue, Nov 18, 2025 at 3:14 PM Ada ***@***.***> wrote:",
    "Outlook in Swedish": "Från: Ada\nSkickat: tisdag\nTill: shop\nÄmne: x",
    "Outlook in Russian": "От: Ada\nОтправлено: вторник\nКому: shop",
    "Outlook in Chinese": "发件人: Ada\n发送时间: 2025年\n收件人: shop",
}
NEVER = {
    "a block of style": "@vteam{color:red}",
    "a decorator": "@vteam(retries=3)",
    "a formula": "$@vteam$ is 3",
    "somebody's address": "ada@vteam fix it",
    "a heading": "## /vteam fix it",
    "a path": "/vteam/foo is the folder",
    "two slashes": "//vteam fix it",
    "a full-width slash": "／vteam fix it",
    "a sign without width in the word": "/v\u200bteam fix it",
    "a letter of another script": "/vt\u0435am fix it",
    "a task that is done": "- [x] /vteam fix it",
    "code in HTML": "It says <code>\n@vteam fix it\n</code> here.",
    "a key": "Type <kbd>@vteam fix it</kbd>.",
    "code in code of HTML": "<pre>\n<code>x</code>\n@vteam fix it\n</pre>",
    "a link's title": '[docs](https://example.com "@vteam fix it")',
    "a fence within a quote": "> ```\n> ```@vteam fix it",
}
ALWAYS = {
    "a task": "- [ ] /vteam fix it",
    "a task below a task": "- [x] this\n  - [ ] @vteam fix it",
    "a bullet that was pasted": "• /vteam fix it",
    "a number that Markdown takes for text": "We need\n2. /vteam fix it",
    "a mark of a right-to-left keyboard": "\u200f/vteam fix it",
    "a mark of a file": "\ufeff/vteam fix it",
    "Chinese without spaces": "请@vteam fix it",
    "Korean without spaces": "제발@vteam fix it",
    "below an unclosed tag": "the <br> tag\n@vteam fix it",
    "politely": "/vteam please fix it",
    "above a letter": "/vteam fix it\n\nOn Tue, Nov 18, 2025 at 3:14 PM Ada ***@***.***>\nwrote:\n\n> so?\n>\n> —\n> Reply",
    "below an address and a time": "Ada <ada@example.com> saw it at 15:14:\n\n/vteam fix it",
    "below a list of branches": "From: main\nTo: release\n\n/vteam fix it",
}


def both(body: str) -> list[list[tuple[str, str]]]:
    """What the text says on GitHub, and what in Slack, which escapes it."""
    return [github(body), slack(html.escape(body, quote=False))]


@pytest.mark.parametrize("head", LETTERS.values(), ids=LETTERS.keys())
def test_the_letter_that_is_answered_asks_for_nothing(head: str) -> None:
    assert both(f"Thanks!\n\n{head}\n\n/vteam fix it\n") == [[], []]
    assert both(f"/vteam fix it\n\n{head}\n\n/vteam ask why\n") == [[("fix", "it")]] * 2


@pytest.mark.parametrize("body", NEVER.values(), ids=NEVER.keys())
def test_what_asks_for_nothing(body: str) -> None:
    assert both(body) == [[], []]


@pytest.mark.parametrize("body", ALWAYS.values(), ids=ALWAYS.keys())
def test_what_asks_for_something(body: str) -> None:
    assert both(body) == [[("fix", "it")]] * 2


def test_a_mention_may_stand_in_a_script_without_spaces() -> None:
    assert both("@vteam请修复登录") == [[("run", "请修复登录")]] * 2


@pytest.mark.parametrize("written", ["––draft", "−−draft", "―draft", "－－draft", "--no‑draft"])
def test_whatever_a_phone_makes_of_the_dashes_it_is_an_option(written: str) -> None:
    assert command(f"/vteam fix {written} it").options == Options(draft="no" not in written)


def test_an_option_with_a_colon_is_not_taken_for_text() -> None:
    assert error("/vteam fix --max-cost: 5 it").message.startswith("`--max-cost` needs a value")
    assert command("/vteam fix --strict: it").text == "--strict: it"


@pytest.mark.parametrize(
    "written", ["10", "$10", "$ 10", "10$", "10 USD", "10 dollars", "10.", "to 10", "raise to $10", "raise it to 10!"]
)
def test_an_amount_is_written_in_many_ways(written: str) -> None:
    assert command(f"/vteam budget {written}").options.max_cost == Decimal(10)


@pytest.mark.parametrize("written", ["+5", "-5", "0", "raise 10", "10,50", "€10", "1e3", "10 20", "ten"])
def test_an_amount_that_could_mean_something_else_is_refused(written: str) -> None:
    assert error(f"/vteam budget {written}").message.startswith("`budget` takes an amount")


@pytest.mark.parametrize("written", ["--help", "-h", "-help", "HELP", "?"])
def test_help_is_given_however_it_is_asked_for(written: str) -> None:
    assert github(f"/vteam {written}") == [("help", "")]


@pytest.mark.parametrize("words", ["can you fix it?", "please look at it", "the test fails"])
def test_nobody_who_writes_a_sentence_is_asked_whether_they_mean_to_cancel(words: str) -> None:
    assert error(f"/vteam {words}").did_you_mean == "run"


@pytest.mark.parametrize("written", ["`3f8a1c2`.", "3f8a1c2, thanks"])
def test_a_commit_may_have_a_sign_behind_it(written: str) -> None:
    assert command(f"/vteam ok {written}").text == "3f8a1c2"
