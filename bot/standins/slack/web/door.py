"""The way in to the Web API: finds the method, checks token, scope, rate and arguments, and writes the answer.

Whatever it does not know it refuses, and writes down as a violation. The wire stands before it.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.standins.slack.limits import Tier
from bot.standins.slack.site import Site
from bot.standins.slack.strict import Refusal, Violation, read
from bot.standins.slack.web import apps, chat, conversations, people, reactions, views
from bot.standins.slack.web.call import Call, Method, need_scope

ROOMS = [apps, chat, conversations, people, reactions, views]
METHODS: dict[str, Method] = {method.name: method for room in ROOMS for method in room.METHODS}
STRUCTURED = ("blocks", "metadata", "view", "attachments")


class ApiDoor:
    """One handler for all methods, as a Starlette endpoint."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, request: Request) -> Response:
        name = request.path_params["method"]
        try:
            answer, status, headers = await self._answer(request, name), 200, {}
        except Refusal as refusal:
            if refusal.violation:
                self._site.violations.append(Violation(name, refusal.violation))
            answer, status, headers = refusal.document(), refusal.status, dict(refusal.headers)
        headers |= {"X-OAuth-Scopes": ",".join(sorted(self._site.app.scopes)), "X-Slack-Req-Id": "0"}
        return JSONResponse(answer, status, headers)

    async def _answer(self, request: Request, name: str) -> dict[str, Any]:
        method = METHODS.get(name)
        if method is None:
            raise Refusal("unknown_method", {"req_method": name}, violation="no such method here")
        self._recognise(request, method)
        if method.scope:
            need_scope(self._site, method.scope)
        given = await _arguments(request, method)
        # slack-bolt sends the team with every call; Slack reads it where a token serves several.
        if given.pop("team_id", self._site.world.team_id) != self._site.world.team_id:
            raise Refusal("team_not_found", violation="the team_id of another workspace")
        self._site.limits.count(name, method.tier, channel=_bucket(method.tier, given))
        call = Call(site=self._site, given=read(method.arguments, given))
        return {"ok": True, **method.handler(call)}

    def _recognise(self, request: Request, method: Method) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token or scheme != "Bearer":
            raise Refusal("not_authed", violation="no token in the Authorization header")
        app = self._site.app
        wanted, other = (app.app_token, app.bot_token) if method.as_app else (app.bot_token, app.app_token)
        if token == other:
            raise Refusal("not_allowed_token_type", violation=f"{method.name} wants the other token")
        if token != wanted:
            raise Refusal("invalid_auth")
        if not self._site.installed and not method.as_app:
            raise Refusal("account_inactive")


def _bucket(tier: Tier, given: dict[str, Any]) -> str:
    return str(given.get("channel", "")) if tier == "post" else ""


async def _arguments(request: Request, method: Method) -> dict[str, Any]:
    """Arguments come in the query, as a form, or (for the methods that read it) as JSON."""
    given: dict[str, Any] = dict(request.query_params)
    raw = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        if not method.json:
            raise Refusal("invalid_arguments", violation="Slack does not read JSON for this method")
        given |= _json(raw)
    elif raw:
        given |= {name: str(value) for name, value in (await request.form()).items()}
    if "token" in given:
        raise Refusal("invalid_arguments", violation="the token belongs in the Authorization header")
    return {name: _structured(name, value) for name, value in given.items()}


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refusal("invalid_json", violation="the body is not a JSON object")
    return found


def _structured(name: str, value: Any) -> Any:
    """Forms carry objects as their JSON."""
    if name not in STRUCTURED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refusal("invalid_arguments", violation=f"{name} is not JSON") from None
