"""Tells the app what has happened: builds Events API payloads and hands them to the sender.

The acts call this. An event goes out only if the app is installed, has subscribed to it, and may see the channel.
"""

from __future__ import annotations

import secrets
from typing import Any

from bot.standins.slack import schema
from bot.standins.slack.sending import Delivery
from bot.standins.slack.site import Site
from bot.standins.slack.world import Channel, Json, Message

SUBSCRIPTION = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
SCOPE = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}


def tell(site: Site, event: Json, *, subscription: str | None = None) -> None:
    """Sends one event in its envelope, if the app has asked for such."""
    if not site.installed or (subscription or event["type"]) not in site.app.events:
        return
    payload = {
        "token": site.app.verification_token,
        "team_id": site.world.team_id,
        "context_team_id": site.world.team_id,
        "context_enterprise_id": None,
        "api_app_id": site.app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": site.world.new_id("Ev"),
        "event_time": int(site.world.now()),
        "authorizations": [_authorization(site)],
        "is_ext_shared_channel": _shared(site, event),
        "event_context": f"4-{secrets.token_urlsafe(24)}",
    }
    site.sender.queue(Delivery(kind="events_api", name=_name(event), payload=payload))


def _shared(site: Site, event: Json) -> bool:
    place = event.get("channel") or event.get("item", {}).get("channel")
    return place in site.world.channels and site.world.channels[place].shared


def _name(event: Json) -> str:
    return f"{event['type']}.{event['subtype']}" if event.get("subtype") else str(event["type"])


def _authorization(site: Site) -> Json:
    return {
        "enterprise_id": None,
        "team_id": site.world.team_id,
        "user_id": site.app.user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }


def tell_message(site: Site, place: Channel, event: Json) -> None:
    """Any `message` event. The app hears of channels that it is in alone."""
    if site.app.user_id in place.members and SCOPE[place.kind] in site.app.scopes:
        event |= {"channel": place.id, "channel_type": place.kind}
        tell(site, event, subscription=SUBSCRIPTION[place.kind])


def posted(site: Site, place: Channel, message: Message) -> None:
    """A new message, and the mention in it if there is one."""
    event = schema.message(site, place, message, metadata=True, thread=message.is_reply)
    event["event_ts"] = message.ts
    tell_message(site, place, dict(event))
    mentioned = f"<@{site.app.user_id}>" in message.text
    if mentioned and place.kind != "im" and site.app.user_id in place.members and not message.by_app:
        tell(site, {**event, "type": "app_mention", "channel": place.id})


def changed(site: Site, place: Channel, message: Message, previous: Json, **more: Any) -> None:
    ts = site.world.new_ts()
    now = schema.message(site, place, message, metadata=True) | more
    event = {"type": "message", "subtype": "message_changed", "hidden": True, "message": now}
    tell_message(site, place, {**event, "previous_message": previous, "ts": ts, "event_ts": ts})


def deleted(site: Site, place: Channel, previous: Json) -> None:
    ts = site.world.new_ts()
    event = {"type": "message", "subtype": "message_deleted", "hidden": True, "deleted_ts": previous["ts"]}
    tell_message(site, place, {**event, "previous_message": previous, "ts": ts, "event_ts": ts})


def reacted(site: Site, place: Channel, message: Message, change: tuple[str, str, str]) -> None:
    """`change` is the event's type, the emoji's name and who did it."""
    kind, name, user = change
    if site.app.user_id not in place.members:
        return
    item = {"type": "message", "channel": place.id, "ts": message.ts}
    event = {"type": kind, "user": user, "reaction": name, "item": item, "item_user": message.user}
    tell(site, {**event, "event_ts": site.world.new_ts()})


def joined(site: Site, place: Channel, user: str, *, inviter: str | None) -> None:
    if site.app.user_id not in place.members:
        return
    letter = "G" if place.kind == "group" else "C"
    event = {"type": "member_joined_channel", "user": user, "channel": place.id, "channel_type": letter}
    event |= {"team": site.world.team_id, "event_ts": site.world.new_ts()}
    tell(site, {**event, "inviter": inviter} if inviter else event)
