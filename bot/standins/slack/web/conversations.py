"""conversations.*: what channels there are, who is in them, and what was said. Reading methods take no JSON."""

from __future__ import annotations

from pydantic import Field

from bot.standins.slack import schema
from bot.standins.slack.strict import Refusal, Strict
from bot.standins.slack.web.call import Call, InChannel, Method, Paged, Ts, need_scope, paged
from bot.standins.slack.world import Channel, Json, Message


class Info(InChannel):
    include_locale: bool = False
    include_num_members: bool = False


class Open(Strict):
    channel: str | None = None
    users: str | None = None
    return_im: bool = False


class Members(Paged, InChannel):
    pass


class History(Paged, InChannel):
    limit: int = Field(default=100, ge=1, le=999)
    inclusive: bool = False
    include_all_metadata: bool = False
    latest: Ts | None = None
    oldest: Ts | None = None


class Replies(History):
    ts: Ts
    limit: int = Field(default=1000, ge=1, le=1000)


class Listing(Paged):
    exclude_archived: bool = False
    types: str = "public_channel"


class MyListing(Listing):
    user: str | None = None


TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def info(call: Call) -> Json:
    place = call.channel(member=False)
    call.need(place, "read")
    shown = schema.channel(call.site, place)
    if call.given.include_num_members:
        shown["num_members"] = len(place.members)
    return {"channel": shown}


def open_im(call: Call) -> Json:
    """One person alone: conversations of several are not offered here."""
    need_scope(call.site, "im:write")
    if call.given.channel:
        place = call.channel()
    else:
        user = call.site.world.users.get(call.given.users or "")
        if user is None or user.bot:
            raise Refusal("user_not_found" if call.given.users else "users_list_not_supplied")
        place = call.site.world.im_with(user, call.me)
    whole = schema.channel(call.site, place) if call.given.return_im else {"id": place.id}
    return {"channel": whole}


def members(call: Call) -> Json:
    place = call.channel(member=False)
    call.need(place, "read")
    page, more = paged(call, place.members)
    return {"members": page, **more}


def history(call: Call) -> Json:
    """The newest first; answers in threads are not there."""
    place = call.channel()
    call.need(place, "history")
    return _messages(call, place, _between(call.given, place.top_level)[::-1])


def replies(call: Call) -> Json:
    """The message that opened the thread, then its answers, the oldest first."""
    place = call.channel()
    call.need(place, "history")
    parent = place.message(call.given.ts)
    if parent is None:
        raise Refusal("thread_not_found")
    if parent.is_reply:
        return _messages(call, place, [parent])
    return _messages(call, place, [parent, *_between(call.given, place.replies(parent.ts))])


def _between(given: History, found: list[Message]) -> list[Message]:
    def inside(ts: str) -> bool:
        edges = (given.oldest, given.latest)
        if ts in edges:
            return given.inclusive
        return (given.oldest is None or ts > given.oldest) and (given.latest is None or ts < given.latest)

    return [one for one in found if inside(one.ts)]


def _messages(call: Call, place: Channel, found: list[Message]) -> Json:
    page, more = paged(call, found)
    metadata = call.given.include_all_metadata
    shown = [schema.message(call.site, place, one, metadata=metadata) for one in page]
    return {"messages": shown, "has_more": bool(more["response_metadata"]["next_cursor"]), **more}


def listing(call: Call) -> Json:
    wanted = {TYPES.get(one.strip(), "") for one in call.given.types.split(",")}
    found = [one for one in call.site.world.channels.values() if one.kind in wanted and _visible(call, one)]
    page, more = paged(call, [one for one in found if not (call.given.exclude_archived and one.archived)])
    return {"channels": [schema.channel(call.site, one) for one in page], **more}


def mine(call: Call) -> Json:
    wanted = {TYPES.get(one.strip(), "") for one in call.given.types.split(",")}
    user = call.given.user or call.me
    found = [one for one in call.site.world.channels.values() if one.kind in wanted and user in one.members]
    page, more = paged(call, [one for one in found if _visible(call, one)])
    return {"channels": [schema.channel(call.site, one) for one in page], **more}


def _visible(call: Call, one: Channel) -> bool:
    return one.kind == "channel" or call.me in one.members


READ = "channels:read"
METHODS = [
    Method(name="conversations.info", handler=info, tier="3", arguments=Info, json=False),
    Method(name="conversations.open", handler=open_im, tier="3", arguments=Open),
    Method(name="conversations.members", handler=members, tier="4", arguments=Members, json=False),
    Method(name="conversations.history", handler=history, tier="3", arguments=History, json=False),
    Method(name="conversations.replies", handler=replies, tier="3", arguments=Replies, json=False),
    Method(name="conversations.list", handler=listing, tier="2", arguments=Listing, scope=READ, json=False),
    Method(name="users.conversations", handler=mine, tier="3", arguments=MyListing, scope=READ, json=False),
]
