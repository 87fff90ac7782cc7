"""The OAuth addresses of the site: the device flow for clients, and the page on which a person types the code in.

Nobody signs in here: the page asks who the person is.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.standins.github.device_flow import DeviceFlow, Json
from bot.standins.github.page.layout import POLICY, page
from bot.standins.github.page.markup import Html, h
from bot.standins.github.site import Site
from bot.standins.github.strict import Violation

STARTS = {"client_id", "scope", "repository_id"}
ASKS = {"client_id", "device_code", "grant_type", "repository_id"}


class OAuthRooms:
    def __init__(self, site: Site, flow: DeviceFlow) -> None:
        self._site = site
        self._flow = flow

    def routes(self) -> list[Route]:
        return [
            Route("/login/device/code", self.start, methods=["POST"]),
            Route("/login/oauth/access_token", self.ask, methods=["POST"]),
            Route("/login/device", self.form, methods=["GET"]),
            Route("/login/device", self.typed, methods=["POST"]),
        ]

    async def start(self, request: Request) -> Response:
        given = await self._given(request, STARTS)
        found = self._flow.start(given.get("client_id", ""))
        if found is None:
            self._site.violations.append(Violation("POST", request.url.path, "client_id is no App's here"))
            return _answer(request, {"error": "Not Found"}, status=404)
        known = {} if "error" in found else {"verification_uri": f"{self._site.url}/login/device"}
        return _answer(request, {**found, **known})

    async def ask(self, request: Request) -> Response:
        """Errors come with status 200, as on GitHub."""
        given = await self._given(request, ASKS)
        names = ("client_id", "device_code", "grant_type")
        return _answer(request, self._flow.ask(*(given.get(name, "") for name in names)))

    async def _given(self, request: Request, known: set[str]) -> Mapping[str, str]:
        """From a form, JSON or the query: GitHub takes any of them. What it does not know is written down."""
        body = (await request.body()).decode(errors="replace")
        is_json = "json" in request.headers.get("content-type", "")
        given = dict(await request.json()) if is_json else dict(parse_qsl(body))
        given = {**request.query_params, **given}
        unknown = sorted(given.keys() - known)
        if unknown:
            reason = f"parameters {', '.join(unknown)} are unknown here"
            self._site.violations.append(Violation("POST", request.url.path, reason))
        return given

    async def form(self, request: Request) -> Response:
        return self._page(self._form(request.query_params.get("user_code", "")))

    async def typed(self, request: Request) -> Response:
        given = dict(parse_qsl((await request.body()).decode(errors="replace")))
        user = self._site.world.user(given.get("login", ""))
        code = given.get("user_code", "")
        denied = given.get("answer") == "deny"
        if user is None or not (self._flow.deny(code) if denied else self._flow.authorise(code, user)):
            wrong = h("p", "The code is wrong, was used, or is too old.", class_="poor")
            return self._page(wrong, self._form(""), status=400)
        said = (
            "You have refused." if denied else f"{user.login}, your device is now connected to {self._site.app.slug}."
        )
        return self._page(h("p", said, class_="good"))

    def _form(self, code: str) -> Html:
        people = [one.login for one in self._site.world.users.values() if one.type == "User"]
        return h(
            "form",
            h("p", "Enter the code displayed on your device."),
            h("p", h("input", name="user_code", value=code, placeholder="XXXX-XXXX", class_="mono", required=True)),
            h("p", "as ", h("select", [h("option", login) for login in people], name="login")),
            h("button", "Authorize", name="answer", value="authorise"),
            " ",
            h("button", "Cancel", name="answer", value="deny"),
            method="post",
        )

    def _page(self, *content: Html, status: int = 200) -> Response:
        crumbs = [("Device activation", "/login/device")]
        answer = page("Device activation", h("h1", "Device activation"), *content, crumbs=crumbs, status=status)
        answer.headers["Content-Security-Policy"] = POLICY.replace("form-action 'none'", "form-action 'self'")
        return answer


def _answer(request: Request, document: Json, *, status: int = 200) -> Response:
    """GitHub answers a form's encoding unless JSON is asked for."""
    if "json" in request.headers.get("accept", ""):
        return JSONResponse(document, status)
    return Response(urlencode(document), status, media_type="application/x-www-form-urlencoded")
