"""One call of a Web API method as the rooms see it, and the arguments that methods share.

`door` makes the call after it has checked token, scope, rate limit and arguments; the rooms look things up and act.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictStr

from bot.standins.slack.limits import Tier
from bot.standins.slack.site import Site
from bot.standins.slack.strict import Nothing, Refusal, Strict
from bot.standins.slack.world import Channel, Json, Message

TS = re.compile(r"^\d{9,11}\.\d{6}$")
SCOPES = {"channel": "channels", "group": "groups", "im": "im"}


def _timestamp(value: str) -> str:
    # A number loses digits on its way and is then the ts of nothing: Slack takes the call and the message is lost.
    if not TS.match(value):
        raise ValueError("must be a message's ts, as a string")
    return value


Ts = Annotated[StrictStr, AfterValidator(_timestamp)]


class Paged(Strict):
    cursor: str | None = None
    limit: int = Field(default=100, ge=1, le=1000)


class InChannel(Strict):
    channel: str


@dataclass(frozen=True, kw_only=True)
class Call:
    site: Site
    given: Any

    @property
    def me(self) -> str:
        return self.site.app.user_id

    def channel(self, *, member: bool = True, channel_id: str | None = None) -> Channel:
        """The channel of the arguments, if the app may see it; and it must be in it unless told otherwise."""
        wanted = channel_id or self.given.channel
        found = self.site.world.channels.get(wanted)
        if found is None:
            raise Refusal("channel_not_found", violation=_not_an_id(wanted))
        inside = self.me in found.members
        if not inside and found.kind != "channel":
            raise Refusal("channel_not_found")
        if not inside and member:
            raise Refusal("not_in_channel")
        return found

    def open_channel(self, channel_id: str | None = None) -> Channel:
        found = self.channel(channel_id=channel_id)
        if found.archived:
            raise Refusal("is_archived")
        return found

    def message(self, place: Channel, ts: str) -> Message:
        found = place.message(ts)
        if found is None:
            raise Refusal("message_not_found")
        return found

    def need(self, place: Channel, right: Literal["read", "history"]) -> None:
        """What may be read depends on the channel's kind: channels:history, groups:history, im:history."""
        need_scope(self.site, f"{SCOPES[place.kind]}:{right}")


def need_scope(site: Site, scope: str) -> None:
    if scope not in site.app.scopes:
        raise Refusal("missing_scope", {"needed": scope, "provided": ",".join(sorted(site.app.scopes))})


def _not_an_id(wanted: str) -> str | None:
    return None if re.match(r"^[CDGU][A-Z0-9]+$", wanted) else f"{wanted!r} is not a channel's id"


Handler = Callable[[Call], Json]


@dataclass(frozen=True, kw_only=True)
class Method:
    """`json` is whether Slack reads a JSON body for it; `scope` of None is checked by the handler, if at all;
    `as_app` is whether it wants the app-level token."""

    name: str
    handler: Handler
    tier: Tier
    arguments: type[Strict] = Nothing
    scope: str | None = None
    json: bool = True
    as_app: bool = False


def paged(call: Call, items: Sequence[Any]) -> tuple[list[Any], Json]:
    """One page of items, and the metadata that leads to the next."""
    start = _offset(call.given.cursor)
    end = start + call.given.limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except ValueError:
        raise Refusal("invalid_cursor", violation="a cursor that was never given out") from None
