"""Finds commands in what a person wrote, on GitHub and in Slack: one grammar over two readers, pure.

Called by the handlers of what was said, by the doors to leave plain comments alone, and by `vteam parse`. Code, quotes
and hidden text never trigger; whatever else is in a text, it is read without an exception.
"""

from collections.abc import Mapping
from typing import Any

from handlers.grammar import markdown, slack
from handlers.grammar.parse import read_all
from handlers.grammar.starts import DEFAULT, Found, Start, may_hold_command
from handlers.grammar.verbs import ALIASES, VERBS
from handlers.grammar.words import Command, CommandError, Dialect, NamedRepository, Options, Read, Target

__all__ = [
    "ALIASES",
    "PREFIX",
    "VERBS",
    "Command",
    "CommandError",
    "Dialect",
    "NamedRepository",
    "Options",
    "Read",
    "Target",
    "may_hold_command",
    "read_commands",
    "read_slack",
    "read_slash",
    "slack_text",
]

PREFIX = DEFAULT.prefix
"""What begins a command where the installation has not chosen another prefix."""


def read_commands(body: str, dialect: Dialect = DEFAULT) -> list[Read]:
    """All commands of a comment in GitHub's Markdown, in their order."""
    if not may_hold_command(body, dialect):
        return []
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return read_all(lines, markdown.find(lines, dialect), dialect)


def read_slack(message: Mapping[str, Any] | str, dialect: Dialect) -> list[Read]:
    """All commands of a Slack message: an event's message with `blocks` or `text`, or mrkdwn."""
    whole = slack.message_of(message, dialect)
    return slack.placed(read_all(whole.lines, slack.find(whole, dialect), dialect), whole)


def slack_text(message: Mapping[str, Any] | str, dialect: Dialect) -> str:
    """A Slack message as plain text, commands and all."""
    return slack.message_of(message, dialect).rendered.text


def read_slash(text: str, dialect: Dialect) -> list[Read]:
    """The one command of a Slack slash command, whose name Slack has taken away: `fix acme/shop#12 …`."""
    whole = slack.message_of(text, dialect)
    start = Start(line=0, begin=0, at=0, end=0, mentioned=False)
    return slack.placed(read_all(whole.lines, Found((start,), len(whole.lines)), dialect), whole)
