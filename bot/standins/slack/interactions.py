"""Builds what Slack sends when a person uses a command, a shortcut, a button, a menu or a view. The verbs call it.

https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

from bot.standins.slack import schema
from bot.standins.slack.answers import command_answered, command_failed
from bot.standins.slack.kit.check import elements
from bot.standins.slack.sending import Delivery
from bot.standins.slack.site import Site
from bot.standins.slack.tickets import ResponseUrl
from bot.standins.slack.web import views
from bot.standins.slack.world import Channel, Ephemeral, Json, Message, User, View

CHANNEL_NAME = {"im": "directmessage", "group": "privategroup"}
Surface = Message | Ephemeral | View


def slash(site: Site, place: Channel, user: User, words: tuple[str, str]) -> Delivery:
    """`words` are the command and what stands behind it."""
    command = words[0]
    url = ResponseUrl(place.id, user.id, site.world.now())
    return site.sender.queue(
        Delivery(
            kind="slash_commands",
            name=command,
            payload=_command(site, place, user, words) | {"response_url": response_url(site, url, kind="commands")},
            answered=lambda answer: command_answered(site, url, answer),
            failed=lambda reason: command_failed(site, url, command=command, reason=reason),
        )
    )


def _command(site: Site, place: Channel, user: User, words: tuple[str, str]) -> Json:
    return {
        "token": site.app.verification_token,
        "team_id": site.world.team_id,
        "team_domain": site.world.team_domain,
        "channel_id": place.id,
        "channel_name": CHANNEL_NAME.get(place.kind, place.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": words[0],
        "text": words[1],
        "api_app_id": site.app.app_id,
        "is_enterprise_install": "false",
        "trigger_id": site.tickets.trigger(user.id),
    }


def opening(site: Site, kind: str, user: User, *, view: str | None = None) -> Json:
    """What every interaction starts with."""
    team = {"id": site.world.team_id, "domain": site.world.team_domain}
    who = {"id": user.id, "username": user.name, "name": user.name}
    who["team_id"] = site.world.team_of(user.id)
    return {
        "type": kind,
        "user": who,
        "api_app_id": site.app.app_id,
        "token": site.app.verification_token,
        "team": team,
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": site.tickets.trigger(user.id, view=view),
    }


def response_url(site: Site, url: ResponseUrl, *, kind: str = "actions") -> str:
    return f"{site.url}/{kind}/{site.world.team_id}/{site.tickets.response_url(url)}"


def of_channel(place: Channel) -> Json:
    return {"id": place.id, "name": CHANNEL_NAME.get(place.kind, place.name)}


def block_actions(site: Site, user: User, surface: Surface, action: Json) -> Delivery:
    view = surface.id if isinstance(surface, View) else None
    payload = opening(site, "block_actions", user, view=view) | where(site, user, surface)
    payload |= {"actions": [action], "state": {"values": surface.values}}
    return site.sender.queue(Delivery(kind="interactive", name="block_actions", payload=payload))


def where(site: Site, user: User, surface: Surface) -> Json:
    """The place of an interaction: its container, and the message or the view around it."""
    if isinstance(surface, View):
        return {"container": {"type": "view", "view_id": surface.id}, "view": views.shown(site, surface)}
    whisper = isinstance(surface, Ephemeral)
    place = place_of(site, surface)
    container = {"type": "message", "message_ts": surface.ts, "channel_id": place.id, "is_ephemeral": whisper}
    if surface.thread_ts:
        container["thread_ts"] = surface.thread_ts
    url = ResponseUrl(place.id, user.id, site.world.now(), surface.ts, surface.thread_ts, whisper)
    found = {"container": container, "channel": of_channel(place), "response_url": response_url(site, url)}
    if isinstance(surface, Message):
        found["message"] = schema.message(site, place, surface, metadata=True)
    return found


def place_of(site: Site, surface: Message | Ephemeral) -> Channel:
    if isinstance(surface, Ephemeral):
        return site.world.channels[surface.channel]
    found = next((one for one in site.world.channels.values() if surface in one.messages), None)
    if found is None:
        raise LookupError(f"the message {surface.ts} is gone")
    return found


def find_element(surface: Surface, action_id: str) -> tuple[Json, Json]:
    """The block and the element of an action id."""
    blocks = surface.content["blocks"] if isinstance(surface, View) else surface.blocks
    pairs = [(block, element) for block in blocks for element in elements(block)]
    found = next((pair for pair in pairs if pair[1]["action_id"] == action_id), None)
    if found is None:
        there = ", ".join(pair[1]["action_id"] for pair in pairs) or "nothing"
        raise LookupError(f"no {action_id} to use; there is {there}")
    return found


def shortcut(site: Site, user: User, callback_id: str, message: Message | None) -> Delivery:
    """A shortcut of a message's menu, or of the whole workspace where there is no message."""
    if site.app.shortcuts is not None and callback_id not in site.app.shortcuts:
        raise LookupError(f"the app offers no shortcut {callback_id}")
    kind = "message_action" if message else "shortcut"
    payload = opening(site, kind, user) | {"callback_id": callback_id, "action_ts": site.world.new_ts()}
    if message:
        place = place_of(site, message)
        url = ResponseUrl(place.id, user.id, site.world.now(), message.ts, message.thread_ts)
        payload |= {
            "message_ts": message.ts,
            "channel": of_channel(place),
            "response_url": response_url(site, url),
            "message": schema.message(site, place, message, metadata=True),
        }
    return site.sender.queue(Delivery(kind="interactive", name=kind, payload=payload))
