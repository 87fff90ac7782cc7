"""views.*: modals, opened by a fresh trigger_id, and Home tabs. What people type into them is in `interactions`."""

from __future__ import annotations

import time
from typing import Any

from bot.standins.slack.kit.check import checked_view
from bot.standins.slack.site import Site
from bot.standins.slack.strict import Refusal, Strict
from bot.standins.slack.web.call import Call, Method
from bot.standins.slack.world import Json, View

OWN = ("type", "title", "submit", "close", "blocks", "callback_id", "external_id", "private_metadata")
MOST_STACKED = 3


class Open(Strict):
    trigger_id: str
    view: Any


class Update(Strict):
    view: Any
    view_id: str | None = None
    external_id: str | None = None
    hash: str | None = None


class Publish(Strict):
    user_id: str
    view: Any
    hash: str | None = None


def shown(site: Site, view: View) -> Json:
    """A view as Slack's answers and interactions carry it."""
    content = view.content
    given = {name: content.get(name) for name in OWN}
    return given | {
        "id": view.id,
        "team_id": site.world.team_id,
        "private_metadata": content.get("private_metadata") or "",
        "callback_id": content.get("callback_id") or "",
        "external_id": content.get("external_id") or "",
        "state": {"values": view.values},
        "hash": view.hash,
        "clear_on_close": bool(content.get("clear_on_close")),
        "notify_on_close": bool(content.get("notify_on_close")),
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_id": site.app.app_id,
        "app_installed_team_id": site.world.team_id,
        "bot_id": site.app.bot_id,
    }


def made(site: Site, user: str, content: Json, *, under: View | None = None) -> View:
    """A new view before a person's eyes, on top of another or alone."""
    external = content.get("external_id")
    if external and any(one.content.get("external_id") == external and one.open for one in site.world.views.values()):
        raise Refusal("duplicate_external_id", violation=f"external_id {external!r} is taken")
    number = site.world.new_id("V")
    root, previous = (under.root, under.id) if under else (number, None)
    view = View(id=number, user=user, content=content, hash=_hash(site), root=root, previous=previous)
    site.world.views[number] = view
    return view


def _hash(site: Site) -> str:
    return f"{int(time.time())}.{site.world.new_id('h')}"


def changed(site: Site, view: View, content: Json) -> None:
    view.content, view.hash = content, _hash(site)


def open_view(call: Call) -> Json:
    content = checked_view(call.given.view)
    trigger = call.site.tickets.redeem(call.given.trigger_id)
    return {"view": shown(call.site, made(call.site, trigger.user, content))}


def push(call: Call) -> Json:
    content = checked_view(call.given.view)
    trigger = call.site.tickets.redeem(call.given.trigger_id)
    below = call.site.world.views.get(trigger.view or "")
    if below is None:
        raise Refusal("invalid_trigger_id", violation="pushed a view where none is open")
    stack = [one for one in call.site.world.views.values() if one.root == below.root and one.open]
    if len(stack) >= MOST_STACKED:
        raise Refusal("push_limit_reached", violation=f"more than {MOST_STACKED} views on one another")
    return {"view": shown(call.site, made(call.site, trigger.user, content, under=below))}


def update(call: Call) -> Json:
    view = _found(call)
    if call.given.hash and call.given.hash != view.hash:
        raise Refusal("hash_conflict")
    changed(call.site, view, checked_view(call.given.view))
    return {"view": shown(call.site, view)}


def _found(call: Call) -> View:
    given, views = call.given, call.site.world.views
    if (given.view_id is None) == (given.external_id is None):
        raise Refusal("invalid_arguments", violation="either view_id or external_id")
    wanted = views.get(given.view_id or "") or next(
        (one for one in views.values() if given.external_id and one.content.get("external_id") == given.external_id),
        None,
    )
    if wanted is None or not wanted.open:
        raise Refusal("not_found")
    return wanted


def publish(call: Call) -> Json:
    user, content = call.given.user_id, checked_view(call.given.view)
    if user not in call.site.world.users:
        raise Refusal("invalid_user_id")
    known = call.site.world.homes.get(user)
    if known and call.given.hash and call.given.hash != known.hash:
        raise Refusal("hash_conflict")
    if known is None:
        known = call.site.world.homes[user] = made(call.site, user, content)
    changed(call.site, known, content)
    return {"view": shown(call.site, known)}


METHODS = [
    Method(name="views.open", handler=open_view, tier="4", arguments=Open),
    Method(name="views.push", handler=push, tier="4", arguments=Open),
    Method(name="views.update", handler=update, tier="4", arguments=Update),
    Method(name="views.publish", handler=publish, tier="4", arguments=Publish),
]
