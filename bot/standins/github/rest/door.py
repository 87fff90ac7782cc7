"""The way in to the REST API: finds the endpoint, checks headers, token, parameters and body, and writes the answer.

Whatever it does not know it refuses, and writes down as a violation. The wire (`wire.py`) stands before it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.standins.github.rest import (
    apps,
    checks,
    commits,
    contents,
    issues,
    pulls,
    repositories,
    reviews,
    timeline,
)
from bot.standins.github.rest.call import Answer, Call, Endpoint
from bot.standins.github.rest.limits import RateLimit
from bot.standins.github.site import Site
from bot.standins.github.strict import Nothing, Refusal, Violation, not_found, read
from bot.standins.github.tokens import Anonymous, AsApp, Caller

FULL = "application/vnd.github.full+json"
"""Texts come with their HTML."""
ACCEPTED = {"*/*", "application/json", "application/vnd.github+json", "application/vnd.github.v3+json", FULL}
"""Raw files, diffs and other forms are not given here: who asks for one is refused, not answered with another."""
API_VERSIONS = {"2022-11-28", "2026-03-10"}
CACHING = {"Cache-Control": "private, max-age=60, s-maxage=60", "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP"}
# The check runs of a commit come before the commit: a branch name may hold slashes, so the longer path must win.
ROOMS = (apps, repositories, issues, timeline, pulls, reviews, checks, contents, commits)


def rest_app(site: Site, limits: RateLimit) -> Starlette:
    """The ASGI app of everything below /api/v3."""
    resources: dict[str, dict[str, Endpoint]] = defaultdict(dict)
    for endpoint in [*(one for room in ROOMS for one in room.ENDPOINTS), _rate_limit_endpoint(limits)]:
        for path in _addresses(endpoint.path):
            resources[path][endpoint.method] = endpoint
    routes = [Route(path, Resource(site, limits, methods)) for path, methods in resources.items()]
    app = Starlette(routes=[*routes, Route("/{path:path}", Resource(site, limits, {}))])
    app.router.redirect_slashes = False
    return app


def _addresses(path: str) -> list[str]:
    """Every repository is known by its id too: that is where renamed ones are redirected to."""
    by_name = "/repos/{owner}/{repo}"
    below = path.removeprefix(by_name)
    return [path] if below == path else [path, "/repositories/{repository_id:int}" + below]


def _rate_limit_endpoint(limits: RateLimit) -> Endpoint:
    async def get_rate_limit(call: Call) -> Answer:
        core = limits.document(call.caller)
        search = {"limit": 30, "remaining": 30, "reset": core["reset"], "used": 0}
        return Answer({"resources": {"core": core, "search": search}, "rate": core})

    return Endpoint(method="GET", path="/rate_limit", handler=get_rate_limit)


class Resource:
    """One path with its methods, as an ASGI app."""

    def __init__(self, site: Site, limits: RateLimit, methods: Mapping[str, Endpoint]) -> None:
        self._site = site
        self._limits = limits
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        caller: Caller = Anonymous()
        try:
            caller = self._admit(request)
            answer = await self._answer(request, caller)
        except Refusal as refusal:
            self._note(request, refusal)
            answer = Answer(refusal.document(), refusal.status, refusal.headers)
        await self._response(request, answer, caller)(scope, receive, send)

    def _admit(self, request: Request) -> Caller:
        if not request.headers.get("user-agent"):
            raise Refusal(403, "Request forbidden by administrative rules.", violation="no User-Agent")
        version = request.headers.get("x-github-api-version")
        if version and version not in API_VERSIONS:
            raise Refusal(400, f"{version} is not a supported API version", violation=f"API version {version}")
        accept = request.headers.get("accept", "*/*")
        if ACCEPTED.isdisjoint(part.partition(";")[0].strip() for part in accept.split(",")):
            raise Refusal(415, "Unsupported 'Accept' header", violation=f"Accept: {accept}")
        return self._site.tokens.recognise(request.headers.get("authorization"))

    async def _answer(self, request: Request, caller: Caller) -> Answer:
        endpoint = self._methods.get(request.method)
        if endpoint is None:
            raise not_found("no such path or method here")
        if (endpoint.auth == "app") != isinstance(caller, AsApp):
            raise _wrong_credentials(endpoint)
        if endpoint.path != "/rate_limit":
            self._limits.count(caller, method=request.method, path=request.url.path)
        call = Call(
            site=self._site,
            caller=caller,
            method=request.method,
            search=request.url.query,
            url=f"{self._site.api}{request.url.path.removeprefix(request.scope.get('root_path', ''))}",
            path=request.path_params,
            query=read(endpoint.query, dict(request.query_params), "query"),
            body=await _body(request, endpoint),
        )
        answer = await endpoint.handler(call)
        full = request.headers.get("accept", "").strip() == FULL
        return replace(answer, content=self._with_html(answer.content, caller)) if full else answer

    def _with_html(self, content: Any, caller: Caller) -> Any:
        if isinstance(content, list):
            return [self._with_html(one, caller) for one in content]
        if not isinstance(content, dict) or "body" not in content:
            return content
        return content | {"body_html": self._site.uploads.rendered(content["body"] or "", caller, self._site.url)}

    def _note(self, request: Request, refusal: Refusal) -> None:
        if refusal.violation:
            self._site.violations.append(Violation(request.method, request.url.path, refusal.violation))

    def _response(self, request: Request, answer: Answer, caller: Caller) -> Response:
        body = b"" if answer.status == 204 else json.dumps(answer.content).encode()
        headers = {"X-GitHub-Media-Type": "github.v3; format=json", **self._limits.headers(caller), **answer.headers}
        if request.method == "GET" and answer.status == 200:
            headers |= {**CACHING, "ETag": f'W/"{hashlib.sha256(body).hexdigest()}"'}
            if request.headers.get("if-none-match") == headers["ETag"]:
                return Response(status_code=304, headers=headers)
        return Response(body, answer.status, headers, "application/json; charset=utf-8")


def _wrong_credentials(endpoint: Endpoint) -> Refusal:
    if endpoint.auth == "app":
        return Refusal(401, "A JSON web token could not be decoded", violation="this endpoint wants the App's JWT")
    return Refusal(403, "Resource not accessible by integration", violation="a JWT where a token belongs")


async def _body(request: Request, endpoint: Endpoint) -> Any:
    raw = await request.body()
    if endpoint.body is None:
        given = raw and json.loads(raw)
        return read(Nothing, given or {}, "body")
    try:
        given = json.loads(raw) if raw else {}
    except ValueError:
        raise Refusal(400, "Problems parsing JSON", violation="the body is not JSON") from None
    return read(endpoint.body, given, "body")
