"""reactions.*: the app's own emoji on messages."""

from __future__ import annotations

from bot.standins.slack import acts, schema
from bot.standins.slack.emoji import EMOJI
from bot.standins.slack.strict import Refusal, Strict
from bot.standins.slack.web.call import Call, Method, Ts
from bot.standins.slack.world import Channel, Json, Message


class OnMessage(Strict):
    channel: str
    timestamp: Ts


class Named(OnMessage):
    name: str


class Get(OnMessage):
    full: bool = False


def _target(call: Call) -> tuple[Channel, Message]:
    place = call.channel()
    return place, call.message(place, call.given.timestamp)


def _name(call: Call) -> str:
    if call.given.name not in EMOJI:
        raise Refusal("invalid_name", violation=f"no emoji is named {call.given.name!r}")
    return str(call.given.name)


def add(call: Call) -> Json:
    place, message = _target(call)
    if not acts.react(call.site, place, message, (_name(call), call.me)):
        raise Refusal("already_reacted")
    return {}


def remove(call: Call) -> Json:
    place, message = _target(call)
    if not acts.unreact(call.site, place, message, (_name(call), call.me)):
        raise Refusal("no_reaction")
    return {}


def get(call: Call) -> Json:
    place, message = _target(call)
    return {"type": "message", "channel": place.id, "message": schema.message(call.site, place, message)}


METHODS = [
    Method(name="reactions.add", handler=add, tier="3", arguments=Named, scope="reactions:write"),
    Method(name="reactions.remove", handler=remove, tier="2", arguments=Named, scope="reactions:write"),
    Method(name="reactions.get", handler=get, tier="3", arguments=Get, scope="reactions:read", json=False),
]
