"""auth.test, users.*, team.info and bots.info: who the app is, and who people are."""

from __future__ import annotations

from bot.standins.slack import schema
from bot.standins.slack.strict import Refusal, Strict
from bot.standins.slack.web.call import Call, Method, Paged, paged
from bot.standins.slack.world import Json


class OneUser(Strict):
    user: str
    include_locale: bool = False


class Users(Paged):
    include_locale: bool = False


class OneBot(Strict):
    bot: str


def auth_test(call: Call) -> Json:
    app, world = call.site.app, call.site.world
    return {
        "url": f"{call.site.url}/",
        "team": world.team_name,
        "user": app.name,
        "team_id": world.team_id,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def _email(call: Call) -> bool:
    return "users:read.email" in call.site.app.scopes


def user_info(call: Call) -> Json:
    found = call.site.world.users.get(call.given.user)
    if found is None:
        raise Refusal("user_not_found")
    return {"user": schema.user(call.site, found, email=_email(call))}


def users(call: Call) -> Json:
    page, more = paged(call, list(call.site.world.users.values()))
    return {"members": [schema.user(call.site, one, email=_email(call)) for one in page], **more}


def team_info(call: Call) -> Json:
    world = call.site.world
    return {"team": {"id": world.team_id, "name": world.team_name, "domain": world.team_domain}}


def bot_info(call: Call) -> Json:
    if call.given.bot != call.site.app.bot_id:
        raise Refusal("bot_not_found")
    return {"bot": {**schema.bot_profile(call.site), "user_id": call.me}}


METHODS = [
    Method(name="auth.test", handler=auth_test, tier="special"),
    Method(name="users.info", handler=user_info, tier="4", arguments=OneUser, scope="users:read", json=False),
    Method(name="users.list", handler=users, tier="2", arguments=Users, scope="users:read", json=False),
    Method(name="team.info", handler=team_info, tier="3", scope="team:read", json=False),
    Method(name="bots.info", handler=bot_info, tier="3", arguments=OneBot, scope="users:read", json=False),
]
