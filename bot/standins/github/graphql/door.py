"""The way in to the GraphQL API: `POST /api/graphql`, as an Enterprise server has it. Called by standin.py.

Whatever it does not know it refuses, and writes down as a violation, as the REST door does.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.standins.github.graphql.answering import Faulty, answer
from bot.standins.github.graphql.document import Unreadable, read_query
from bot.standins.github.graphql.schema import root
from bot.standins.github.site import Site
from bot.standins.github.strict import Refusal, Strict, Violation, read
from bot.standins.github.tokens import Anonymous, AsApp, Caller

Json = dict[str, Any]


class Body(Strict):
    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None


class GraphQLDoor:
    """An ASGI app."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            caller = self._admit(request)
            document, status = await self._answer(request, caller), 200
        except Refusal as refusal:
            document, status = refusal.document(), refusal.status
            self._note(request, refusal.violation)
        response = Response(json.dumps(document), status, media_type="application/json; charset=utf-8")
        await response(scope, receive, send)

    def _admit(self, request: Request) -> Caller:
        if request.method != "POST":
            raise Refusal(404, "Not Found", violation="GraphQL is asked by POST")
        caller = self._site.tokens.recognise(request.headers.get("authorization"))
        if isinstance(caller, Anonymous | AsApp):
            raise Refusal(401, "This endpoint requires you to be authenticated.", violation="no token")
        return caller

    async def _answer(self, request: Request, caller: Caller) -> Json:
        """GitHub answers 200 to a query that it does not like, and says so inside."""
        try:
            given = json.loads(await request.body())
        except ValueError:
            raise Refusal(400, "Problems parsing JSON", violation="the body is not JSON") from None
        body = read(Body, given, "body")
        try:
            return {"data": answer(read_query(body.query), body.variables or {}, root(self._site, caller))}
        except Unreadable as wrong:
            self._note(request, str(wrong))
            return {"errors": [{"message": str(wrong)}]}
        except Faulty as fault:
            # What is not there, or not to be seen, is nobody's mistake.
            self._note(request, "" if fault.kind in ("NOT_FOUND", "FORBIDDEN") else fault.message)
            error = {"message": fault.message, "path": ["repository"]} | ({"type": fault.kind} if fault.kind else {})
            return {"data": {"repository": None}, "errors": [error]} if fault.kind else {"errors": [error]}

    def _note(self, request: Request, reason: str | None) -> None:
        if reason:
            self._site.violations.append(Violation(request.method, request.url.path, reason))
