"""apps.connections.open: a link for Socket Mode, against the app-level token."""

from __future__ import annotations

from bot.standins.slack.strict import Refusal
from bot.standins.slack.web.call import Call, Method
from bot.standins.slack.world import Json


def open_connection(call: Call) -> Json:
    if not call.site.sender.socket_mode:
        raise Refusal("socket_mode_disabled")
    return {"url": call.site.sender.sockets.link()}


METHODS = [Method(name="apps.connections.open", handler=open_connection, tier="1", as_app=True)]
