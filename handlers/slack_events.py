"""What people do in Slack, with every fact that the answer needs. Frozen data, built by bot/slack/facts.py.

A command comes as the `CommandGiven` that it would be on GitHub: the verbs decide once for both services, and only the
place of the answers differs.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handlers.asked import CommandGiven
from handlers.events import SlackThread, Thread
from handlers.grammar.words import Dialect, Read


class Missing(StrEnum):
    """Why a command has no thread to be about."""

    REPOSITORY = "repository"
    """Nobody has said which repository is meant."""
    UNSEEN = "unseen"
    """It is not there, or the App is not, or the asker may not read it: one answer for all."""
    UNLINKED = "unlinked"
    """The asker has not said who they are on GitHub, and this takes it."""
    OUTSIDE = "outside"
    """The repository is private, and people of another organisation read along."""
    NOBODY = "nobody"
    """The verb takes no repository: `help` and `link`."""


@dataclass(frozen=True)
class SlackAsker:
    """Who asked in Slack, where, and where the answer goes."""

    place: SlackThread
    key: str
    """Names the message, the command or the press for good."""
    ts: str = ""
    """The message's own timestamp; empty where there is none."""
    login: str = ""
    """Their name on GitHub; empty where they have not linked it."""
    alone: bool = False
    """Whether only they saw the question, so that only they see the answer."""
    response_url: str = field(default="", repr=False)
    author: str = ""
    """Who wrote the words, where it is somebody else."""
    prefix: str = Dialect().prefix
    """The slash command by which the bot is called here."""


@dataclass(frozen=True)
class HeardCommand:
    read: Read
    given: CommandGiven | None = None
    """The command with the facts of its thread; None where something is missing."""
    missing: Missing | None = None
    name: str = ""
    """What they named, `owner/name#n`; empty where they named nothing."""


@dataclass(frozen=True)
class SlackAsked:
    """Somebody asked for something."""

    asker: SlackAsker
    heard: tuple[HeardCommand, ...]
    choice: tuple[str, ...] = ()
    """Repositories that may be meant, where nobody has said which."""
    document: dict[str, Any] = field(default_factory=dict, hash=False)
    """What was said, as it is kept until the answer is there."""
    seconds: float = 600.0
    """How long the answer is waited for."""


@dataclass(frozen=True)
class RepositoryChosen:
    """The question which repository is meant has its answer; what was asked comes after as `SlackAsked`."""

    asker: SlackAsker
    question: str
    repository: str
    """Empty where the time is over and there is no default."""
    by_time: bool = False
    keep: bool = False
    """Whether the asker may make it the channel's default."""


@dataclass(frozen=True)
class SessionShown:
    """The asker has clicked: what was said in Slack may be told in the issue."""

    asker: SlackAsker
    thread: Thread
    words: str
    answer: str
    uid: str
    own: bool
    """Whether it is theirs to show."""


@dataclass(frozen=True)
class DefaultKept:
    """The chosen repository is to be the channel's default."""

    asker: SlackAsker
    repository: str
    may: bool


SlackEvent = SlackAsked | RepositoryChosen | SessionShown | DefaultKept
