"""Who and where: users and conversations as Slack tells them, remembered for a little while.

Called by whoever decides who may ask what, and how public an answer would be: what is remembered is never older than a
minute, for a channel may be opened to others at any time.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.slack.client import Slack, SlackRefused

Json = dict[str, Any]

USER_SECONDS, CHANNEL_SECONDS = 60.0, 60.0
MOST = 512


@dataclass(frozen=True)
class SlackUser:
    id: str
    name: str
    team: str
    bot: bool
    deleted: bool
    guest: bool
    """Whether they may see only some channels of the workspace."""
    external: bool
    """Whether they belong to another organisation."""


@dataclass(frozen=True)
class SlackChannel:
    id: str
    name: str
    private: bool
    """Whether it is a private channel or a direct message."""
    direct: bool
    external: bool
    """Whether another organisation takes part."""
    archived: bool
    member: bool
    """Whether the bot is in it."""


class Remembered[T]:
    """Answers by name, each for so many seconds, the oldest forgotten first."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, name: str) -> T | None:
        at, found = self._kept.get(name, (float("-inf"), None))
        return found if self._clock() - at < self._seconds else None

    def put(self, name: str, found: T) -> T:
        self._kept.pop(name, None)
        self._kept[name] = (self._clock(), found)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return found


class People:
    """The users and the conversations of the workspace."""

    def __init__(self, slack: Slack, clock: Callable[[], float] = time.monotonic) -> None:
        self._slack = slack
        self._users = Remembered[SlackUser](USER_SECONDS, clock)
        self._channels = Remembered[SlackChannel](CHANNEL_SECONDS, clock)

    async def user(self, user: str) -> SlackUser | None:
        """Who this is; None where Slack knows nobody of that name. Raises Later, SlackRefused."""
        found = self._users.get(user)
        if found is not None:
            return found
        told = await self._asked("users.info", "user", frozenset({"user_not_found", "user_not_visible"}), user=user)
        return self._users.put(user, _user(told)) if told else None

    async def channel(self, channel: str) -> SlackChannel | None:
        """Where this is; None where we cannot see it. Raises Later, SlackRefused."""
        found = self._channels.get(channel)
        if found is not None:
            return found
        told = await self._asked("conversations.info", "channel", frozenset({"channel_not_found"}), channel=channel)
        return self._channels.put(channel, _channel(told)) if told else None

    async def _asked(self, method: str, field: str, absent: frozenset[str], **arguments: str) -> Json | None:
        try:
            return dict((await self._slack.call(method, **arguments))[field])
        except SlackRefused as refused:
            if refused.code not in absent:
                raise
            return None


def _user(told: Json) -> SlackUser:
    profile = told.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or told.get("name", "")
    return SlackUser(
        id=told["id"],
        name=str(name),
        team=str(told.get("team_id", "")),
        bot=bool(told.get("is_bot")),
        deleted=bool(told.get("deleted")),
        guest=bool(told.get("is_restricted") or told.get("is_ultra_restricted")),
        external=bool(told.get("is_stranger")),
    )


def _channel(told: Json) -> SlackChannel:
    direct = bool(told.get("is_im") or told.get("is_mpim"))
    return SlackChannel(
        id=told["id"],
        name=str(told.get("name", "")),
        private=direct or bool(told.get("is_private")) or not told.get("is_channel"),
        direct=direct,
        external=bool(told.get("is_ext_shared") or told.get("is_pending_ext_shared")),
        archived=bool(told.get("is_archived")),
        member=direct or bool(told.get("is_member")),
    )
