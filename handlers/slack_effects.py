"""What can be done in Slack: effects that `decide` returns and bot/slack/performing.py carries out. Frozen data only.

Every effect may be carried out twice and must then have happened once: a message is known by its key.
"""

from dataclasses import dataclass, field
from typing import Any

from handlers.events import SlackThread, Thread
from handlers.slack_words import SlackMessage


@dataclass(frozen=True)
class TellSlack:
    """Make or edit the one progress message of a session, and note it in the status."""

    namespace: str
    name: str
    place: SlackThread
    """Where; without a `ts` this message begins the thread."""
    key: str
    message: SlackMessage
    known: str | None
    """Timestamp of the message, where the status has it."""
    about: Thread | None = None
    """What a thread that begins with this message is about."""


@dataclass(frozen=True)
class CloseSlack:
    """The closing words in Slack: one new message, noted in the status."""

    namespace: str
    name: str
    place: SlackThread
    key: str
    message: SlackMessage
    since: float
    """When the session ended, in seconds since the epoch: nobody waits for Slack for ever."""


@dataclass(frozen=True)
class SayInSlack:
    """One new message, known by its key; or, for the asker alone, one that only they see."""

    place: SlackThread
    key: str
    message: SlackMessage
    alone: bool = False
    """Whether only `place.user` is to see it."""
    response_url: str = field(default="", repr=False)
    """Where Slack takes an answer to a command, wherever the bot may or may not speak."""


@dataclass(frozen=True)
class ReactInSlack:
    place: SlackThread
    ts: str
    """The message's."""
    name: str


@dataclass(frozen=True)
class LinkSlack:
    """The thread in Slack is about this from now on."""

    place: SlackThread
    about: Thread
    key: str = ""
    """Key of its sessions, where it is about no issue."""


@dataclass(frozen=True)
class AskInSlack:
    """Keep what was said, and ask which repository it is about: one question, with an end to the waiting."""

    place: SlackThread
    question: str
    document: dict[str, Any] = field(hash=False)
    """What was said, as it is taken up again when the answer is there."""
    message: SlackMessage
    seconds: float
    response_url: str = field(default="", repr=False)


@dataclass(frozen=True)
class SettleQuestion:
    """The question has its answer, and that was acted on: the picker says so, and nobody waits any more."""

    place: SlackThread
    question: str
    message: SlackMessage
    response_url: str = field(default="", repr=False)


@dataclass(frozen=True)
class KeepDefault:
    """This channel means this repository from now on."""

    place: SlackThread
    repository: str


@dataclass(frozen=True)
class BeginLinking:
    """Ask GitHub for a code by which the asker proves who they are there, and show it to them alone."""

    place: SlackThread
    question: str
    """Names this wish for good: one code for it, however often it is delivered."""
    response_url: str = field(default="", repr=False)


SlackEffect = (
    TellSlack
    | CloseSlack
    | SayInSlack
    | ReactInSlack
    | LinkSlack
    | AskInSlack
    | SettleQuestion
    | KeepDefault
    | BeginLinking
)
