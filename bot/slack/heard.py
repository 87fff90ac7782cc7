"""What somebody did in Slack, as frozen data: made by hearing.py from Slack's payloads, read by the worker.

`team` is always the workspace that the bot is installed in. Times (`ts`) are Slack's own strings: they name messages.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelType = Literal["channel", "group", "im", "mpim", ""]
"""Public channel, private channel, direct message, direct message of several; empty where the payload does not say."""


@dataclass(frozen=True)
class SlackSaid:
    """Somebody wrote a message, or changed one."""

    team: str
    channel: str
    channel_type: ChannelType
    ts: str
    thread_ts: str | None
    """The thread's first message; None for a message that is in no thread (it may begin one)."""
    user: str
    text: str
    """Slack's mrkdwn, with `<@U…>`, `<url|label>` and entities as they came."""
    blocks: tuple[Json, ...] = field(default=(), hash=False)
    """The message as Slack's blocks (`rich_text` for what people type); empty where the payload has none."""
    is_mention: bool = False
    """Whether it names the bot's user, or did before an edit."""
    bot_user: str = ""
    """The bot's own user in this workspace, where the payload tells it."""
    edited: bool = False
    """Whether this is a new wording of a message that was there already."""
    before: str = ""
    """The wording before the edit."""
    before_blocks: tuple[Json, ...] = field(default=(), hash=False)
    external: bool = False
    """Whether the channel is shared with another organisation, or the author belongs to one."""

    @property
    def root(self) -> str:
        """The timestamp that names the thread, begun or to be begun."""
        return self.thread_ts or self.ts


@dataclass(frozen=True)
class SlackUnsaid:
    """Somebody deleted a message."""

    team: str
    channel: str
    channel_type: ChannelType
    ts: str
    thread_ts: str | None
    user: str
    """Who had written it."""
    text: str
    is_mention: bool = False
    """Whether it named the bot's user."""

    @property
    def root(self) -> str:
        """The timestamp that names the thread."""
        return self.thread_ts or self.ts


@dataclass(frozen=True)
class SlashCommand:
    """Somebody typed the slash command; it stands in no thread, and others do not see it."""

    team: str
    channel: str
    channel_name: str
    """`directmessage` and `privategroup` where it is none of the public channels."""
    user: str
    text: str
    response_url: str = field(repr=False)
    """Takes up to five answers within half an hour, without a token."""
    trigger_id: str
    command: str

    @property
    def key(self) -> str:
        """Names this command for good: the message id of its session."""
        return self.trigger_id


@dataclass(frozen=True)
class ButtonPressed:
    """Somebody pressed a button of one of our messages."""

    team: str
    channel: str
    user: str
    action_id: str
    value: str
    block_id: str
    message_ts: str
    thread_ts: str | None
    response_url: str = field(repr=False)
    trigger_id: str


@dataclass(frozen=True)
class OptionChosen:
    """Somebody chose from a menu of one of our messages; `value` is the chosen option's."""

    team: str
    channel: str
    user: str
    action_id: str
    value: str
    block_id: str
    message_ts: str
    thread_ts: str | None
    response_url: str = field(repr=False)
    trigger_id: str


@dataclass(frozen=True)
class ShortcutUsed:
    """Somebody sent a message to the bot by the message's own menu."""

    team: str
    channel: str
    channel_name: str
    user: str
    """Who used the shortcut."""
    callback_id: str
    ts: str
    """The message's."""
    thread_ts: str | None
    author: str
    """Who wrote the message: a person, or empty where it was a bot."""
    text: str
    response_url: str = field(repr=False)
    trigger_id: str
    blocks: tuple[Json, ...] = field(default=(), hash=False)

    @property
    def root(self) -> str:
        """The timestamp that names the thread."""
        return self.thread_ts or self.ts


@dataclass(frozen=True)
class Reacted:
    """Somebody put one of the reactions that stop a session on a message, or took it away."""

    team: str
    channel: str
    ts: str
    """The message's."""
    user: str
    reaction: str
    added: bool
    author: str
    """Who wrote the message, where Slack says so."""


SlackHeard = SlackSaid | SlackUnsaid | SlashCommand | ButtonPressed | OptionChosen | ShortcutUsed | Reacted


@dataclass(frozen=True)
class Ignored:
    """Something that asks for nothing; the reason is one constant word for the counter."""

    reason: str
