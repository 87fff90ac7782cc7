"""What the bot says in Slack, before it is made into blocks: Markdown, with what can be pressed or chosen below it.

Made by the decisions (handlers/wording/slack.py), rendered by bot/slack. Frozen data; no mrkdwn and no block is known
here.
"""

from dataclasses import dataclass
from typing import Literal

STOP, RETRY, RAISE, APPROVE, SHOW = "vteam-stop", "vteam-retry", "vteam-raise", "vteam-approve", "vteam-show"
"""What a button asks for; its value is `namespace/name` of the session (a raise has ` dollars` after it)."""
CHOOSE = "vteam-choose-repository"
"""The picker's menu; its message has the question in the block's id."""
KEEP = "vteam-keep-default"
"""Use the chosen repository for this channel; the value is the repository."""


@dataclass(frozen=True)
class Button:
    action: str
    label: str
    value: str
    style: Literal["", "primary", "danger"] = ""
    confirm: str = ""
    """A question to be confirmed before it counts; empty where none is needed."""


@dataclass(frozen=True)
class Menu:
    """A choice of at most 100 plain strings."""

    action: str
    block: str
    """Identifier of the block: names the question."""
    prompt: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class SlackMessage:
    markdown: str
    """GitHub's Markdown; what is foreign in it has passed quoting.py."""
    mention: str = ""
    """User who is mentioned before the text."""
    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None
    link: str = ""
    """Where the rest is, should the text have to be cut."""
