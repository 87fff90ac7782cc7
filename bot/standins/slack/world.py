"""The records of a Slack workspace: people, channels, messages, threads, reactions, views. Nothing here does I/O.

The Web API, the events, the page and the verbs all read and change this one state.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["channel", "group", "im"]
Clock = Callable[[], float]


@dataclass(kw_only=True)
class User:
    id: str
    name: str
    real_name: str
    bot: bool = False
    deleted: bool = False
    guest: bool = False
    team: str | None = None
    """The other organisation that they belong to, if any."""

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


@dataclass(kw_only=True)
class Reaction:
    name: str
    users: list[str]


@dataclass(kw_only=True)
class Message:
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    by_app: bool = False
    thread_ts: str | None = None
    subtype: str | None = None
    broadcast: bool = False
    client_msg_id: str | None = None
    metadata: Json | None = None
    edited: Json | None = None
    updates: int = 0
    reactions: list[Reaction] = field(default_factory=list)
    username: str | None = None
    files: list[Json] = field(default_factory=list)
    unfurl: bool = True
    values: Json = field(default_factory=dict)
    """What is chosen in its menus, by block and action."""

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(kw_only=True)
class Ephemeral:
    """A message that one person sees, until they load the channel again."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    by: str = ""
    values: Json = field(default_factory=dict)


@dataclass(kw_only=True)
class Channel:
    id: str
    name: str
    kind: Kind
    created: int
    creator: str
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    archived: bool = False
    shared: bool = False
    """Whether another organisation takes part (Slack Connect)."""

    def message(self, ts: str) -> Message | None:
        return next((one for one in self.messages if one.ts == ts), None)

    def replies(self, ts: str) -> list[Message]:
        """The answers in the thread that the message of this ts opened, oldest first."""
        return [one for one in self.messages if one.thread_ts == ts and one.ts != ts]

    @property
    def top_level(self) -> list[Message]:
        """What the channel itself shows: no answers of threads, except those that were sent to it too."""
        return [one for one in self.messages if not one.is_reply or one.broadcast]


@dataclass(kw_only=True)
class View:
    """A modal or a Home tab that a person looks at. `values` is what they have typed so far."""

    id: str
    user: str
    content: Json
    hash: str
    root: str
    previous: str | None = None
    open: bool = True
    values: Json = field(default_factory=dict)
    errors: Json = field(default_factory=dict)
    """What the app has found wrong with the last submission, by block."""


class World:
    """Everything that this workspace knows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._last = 0
        self.team_id = "T0ACME"
        self.team_name = "Acme"
        self.team_domain = "acme"
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Ephemeral] = []
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}

    def now(self) -> float:
        return self._clock()

    def new_id(self, letter: str) -> str:
        return f"{letter}0{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """A timestamp that no message has: microseconds, always later than the one before."""
        self._last = max(int(self.now() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def user_named(self, name: str) -> User | None:
        return next((one for one in self.users.values() if one.name == name.lower()), None)

    def add_user(self, name: str, *, real_name: str | None = None) -> User:
        """The person of that name, made when there is none yet."""
        known = self.user_named(name)
        if known:
            return known
        user = User(id=self.new_id("U"), name=name.lower(), real_name=real_name or name.title())
        self.users[user.id] = user
        return user

    def channel_named(self, name: str) -> Channel | None:
        return next((one for one in self.channels.values() if one.kind != "im" and one.name == name), None)

    def add_channel(self, name: str, kind: Kind, *, creator: str) -> Channel:
        letter = "D" if kind == "im" else "C"
        channel = Channel(
            id=self.new_id(letter), name=name, kind=kind, created=int(self.now()), creator=creator, members=[creator]
        )
        self.channels[channel.id] = channel
        return channel

    def team_of(self, user_id: str) -> str:
        found = self.users.get(user_id)
        return (found.team if found else None) or self.team_id

    def im_with(self, user: User, bot: str) -> Channel:
        """The direct conversation between a person and the app, opened on first use."""
        found = next((one for one in self._ims() if user.id in one.members), None)
        if found is None:
            found = self.add_channel("", "im", creator=user.id)
            found.members.append(bot)
        return found

    def _ims(self) -> Iterator[Channel]:
        return (one for one in self.channels.values() if one.kind == "im")
