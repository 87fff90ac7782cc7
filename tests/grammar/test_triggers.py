"""The trigger tables, on both services: what must start nothing (0 of them may), and what must start something (all)."""

import html

import pytest

from handlers.command import may_hold_command
from tests.grammar.reading import BOT, DIALECT, github, slack

AT = f"<@{BOT}>"

# Each kind of text, as it is written on GitHub; {} is the prefix with a verb, or a mention with it.
NEVER = {
    "a code fence": "It printed\n\n```\n{} fix it\n```\n",
    "a fence with a language": "```sh\n{} fix it\n```",
    "a fence with tildes": "~~~\n{} fix it\n~~~",
    "an unclosed fence": "see:\n\n```\n{} fix it\n",
    "indented code": "see:\n\n    {} fix it\n",
    "inline code": "Write `{} fix it` here.",
    "inline code first": "`{} fix it`",
    "inline code with two ticks": "``{} fix ` it``",
    "a quote": "> {} fix it\n\nNo, thanks.",
    "a quote in a quote": "> > {} fix it",
    "a quoted list": "> - {} fix it",
    "an answer by e-mail": "Thanks!\n\nOn Mon, 3 Nov 2025 at 10:14, Ada <ada@example.com> wrote:\n> {} fix it\n",
    "an answer by e-mail without marks": "Thanks!\n\nOn Mon, 3 Nov 2025, Ada <ada@example.com> wrote:\n\n{} fix it\n",
    "an answer by e-mail with a wrapped line": "Yes.\n\nOn Mon, 3 Nov 2025, Ada\n<ada@example.com> wrote:\n\n{} fix it\n",
    "an answer from Outlook": "Yes.\n\nFrom: Ada\nSent: Monday\nTo: shop\nSubject: Re: x\n\n{} fix it",
    "a forwarded letter": "See below.\n\n-----Original Message-----\n\n{} fix it",
    "an HTML comment": "<!-- {} fix it -->",
    "an HTML comment over lines": "<!--\n{} fix it\n-->\nHello",
    "an unclosed HTML comment": "<!--\n{} fix it",
    "struck text": "~~{} fix it~~",
    "struck text with one tilde": "~{} fix it~",
    "struck in a sentence": "I was told: ~~please {} fix it~~ never mind.",
    "a longer word": "{}x fix it",
    "a preview of the bot": "{}-preview fix it",
    "a team or a path": "{}/team fix it",
    "a name with an underscore": "{}_two fix it",
    "the middle of a word": "see docs{} fix it",
    "the middle of an address": "see https://example.com{} fix it",
}
ONLY_GITHUB = {
    "a link's text": "[{} fix it](https://example.com)",
    "a reference's text": "[{} fix it][1]\n\n[1]: https://example.com",
    "a link's title": '[this](https://example.com "\n{} fix it\n")',
    "a picture's text": "![{} fix it](https://example.com/a.png)",
    "a table": "| who | what |\n| --- | --- |\n| Ada | {} fix it |",
    "a block of HTML": "<div>\n{} fix it\n</div>",
    "HTML's own code": "It says <code>\n{} fix it\n</code> here.",
    "HTML's own quote": "<blockquote>\n\n{} fix it\n\n</blockquote>",
    "HTML's own stroke": "So <del>\n{} fix it</del> it is.",
    "an unclosed quote of HTML": "<blockquote>\n\n{} fix it",
    "a quote with a tag that closes nothing": "> </blockquote>\n>\n> {} fix it",
    "struck text around a quote that closes it": "<del>\n\n> </del>\n\n{} fix it",
    "a quote that goes on": "> he said\n{} fix it",
    "code in a list": "- so:\n\n  ```\n  {} fix it\n  ```",
    "escaped": "\\{} fix it",
}
ONLY_SLACK = {
    "a quote to the end": ">>> he said\n{} fix it",
    "a link's label": "<https://example.com|{} fix it>",
    "another person": "<@U0THER> fix it",
    "a team of people": "<!subteam^S0TEAM|@vteam> fix it",
    "a channel": "<#C0FFEE|vteam> fix it",
    "an e-mail address": "<mailto:ada@vteam.example|ada@vteam.example> fix it",
    "words that look like a mention": "&lt;@" + BOT + "&gt; fix it",
}
NEVER_MENTIONED = {
    "an e-mail address": "Ask ada@vteam or ada@vteam.example to fix it",
    "another bot's team": "@acme/vteam fix it",
    "a domain": "@vteam.example fix it",
    "what is the bot's": "@vteam's plan is good",
    "a name on another site": "see https://example.com/@vteam for more",
    "an address with it in the middle": "see https://example.com/?by=@vteam&page=2 for more",
}
ALWAYS = {
    "the start": "{} fix it",
    "leading space": "   {} fix it",
    "Windows line ends": "Hello\r\n\r\n{} fix it\r\n",
    "after other lines": "It fails again.\n{} fix it",
    "a list": "- first\n- {} fix it",
    "a numbered list": "1. {} fix it",
    "after a quote": "> it fails\n\n{} fix it",
    "after a quote with a tag that nobody closes": "> <del>\n\n{} fix it",
    "after code": "```\nboom\n```\n\n{} fix it",
    "after code in the line above": "`boom`\n{} fix it",
    "after a comment of a template": "<!-- Describe it -->\n\n{} fix it",
    "below a letter's marked lines": "On Mon, 3 Nov 2025, Ada wrote:\n> it fails\n\n{} fix it",
    "after struck text": "~~no~~\n{} fix it",
}
MENTIONED = {
    "in a sentence": "The login fails again. {} fix it",
    "after a greeting": "Hey {}, fix it",
    "after a comma": "Please, {} fix it",
    "in capitals": "{} FIX it",
    "with a colon": "{}: fix it",
    "with a dash": "{} - fix it",
    "in brackets": "({} fix it",
    "after struck words": "~~no~~ {} fix it",
    "after code": "`boom`: {} fix it",
}


def escaped(text: str) -> str:
    """As Slack sends what people type."""
    return html.escape(text, quote=False)


@pytest.mark.parametrize("body", [*NEVER.values(), *ONLY_GITHUB.values()], ids=[*NEVER, *ONLY_GITHUB])
@pytest.mark.parametrize("call", ["/vteam", "@vteam"])
def test_what_must_not_trigger_on_github(body: str, call: str) -> None:
    assert github(body.replace("{}", call)) == []


@pytest.mark.parametrize("body", NEVER_MENTIONED.values(), ids=NEVER_MENTIONED.keys())
def test_what_is_no_mention(body: str) -> None:
    assert github(body) == []
    assert slack(escaped(body)) == []


# A mark of Slack's ends with its own sign, so that nothing can stick to it; where a name could, it is no mark.
STICKING = {"a longer word", "a preview of the bot", "a team or a path", "a name with an underscore"}
WITHIN = {"the middle of a word", "the middle of an address"}


@pytest.mark.parametrize("body", NEVER.values(), ids=NEVER.keys())
@pytest.mark.parametrize("call", ["/vteam", "@vteam"])
def test_what_must_not_trigger_in_slack(body: str, call: str) -> None:
    assert slack(escaped(body.replace("{}", call))) == []


@pytest.mark.parametrize("kind", [kind for kind in NEVER if kind not in STICKING | WITHIN])
def test_what_must_not_trigger_in_slack_by_a_mark(kind: str) -> None:
    before, after = NEVER[kind].split("{}")
    assert slack(escaped(before) + AT + escaped(after)) == []
    assert slack(before + AT + after) == []


@pytest.mark.parametrize("body", ONLY_SLACK.values(), ids=ONLY_SLACK.keys())
@pytest.mark.parametrize("call", ["/vteam", "@vteam", AT])
def test_what_only_slack_can_say_and_must_not_trigger(body: str, call: str) -> None:
    assert slack(body.replace("{}", call)) == []


@pytest.mark.parametrize("body", ALWAYS.values(), ids=ALWAYS.keys())
@pytest.mark.parametrize("call", ["/vteam", "@vteam"])
def test_what_must_trigger_on_github(body: str, call: str) -> None:
    assert github(body.replace("{}", call)) == [("fix", "it")]
    assert may_hold_command(body.replace("{}", call))


@pytest.mark.parametrize("body", ALWAYS.values(), ids=ALWAYS.keys())
@pytest.mark.parametrize("call", ["/vteam", "@vteam", AT, f"<@{BOT}|vteam>"])
def test_what_must_trigger_in_slack(body: str, call: str) -> None:
    before, after = body.split("{}")
    message = escaped(before) + call + escaped(after)
    assert slack(message) == slack({"text": message}) == [("fix", "it")]
    assert may_hold_command(message, DIALECT)


@pytest.mark.parametrize("body", MENTIONED.values(), ids=MENTIONED.keys())
def test_a_mention_triggers_anywhere_in_the_text(body: str) -> None:
    assert github(body.replace("{}", "@vteam")) == [("fix", "it")]
    assert github(body.replace("{}", "@VTeam")) == [("fix", "it")]
    before, after = body.split("{}")
    assert slack(escaped(before) + AT + escaped(after)) == [("fix", "it")]
