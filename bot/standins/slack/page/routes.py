"""The addresses of the pages; those of channels and messages are Slack's, so that permalinks lead somewhere."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.standins.github.page.markup import Html, h
from bot.standins.slack.page.layout import page
from bot.standins.slack.page.talk import Talk
from bot.standins.slack.sending import Delivery
from bot.standins.slack.site import Site


class Pages:
    """One handler for each kind of page; what is not there gets a page that says so."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._talk = Talk(site)

    def routes(self) -> list[Route]:
        return [
            Route("/", self.home),
            Route("/archives/{channel}", self.channel),
            Route("/archives/{channel}/p{number:int}", self.message),
            Route("/views/{view}", self.view),
            Route("/deliveries", self.deliveries),
            Route("/deliveries/{number:int}", self.delivery),
            Route("/{path:path}", self.unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    async def home(self, request: Request) -> Response:
        first = next((one for one in self._site.world.channels.values() if one.kind != "im"), None)
        return RedirectResponse(f"/archives/{first.id}" if first else "/deliveries", 302)

    async def channel(self, request: Request) -> Response:
        found = self._site.world.channels.get(request.path_params["channel"])
        return self._talk.channel(found) if found else self._missing()

    async def message(self, request: Request) -> Response:
        """A permalink: the thread of the message, whether it opened it or answers in it."""
        number = str(request.path_params["number"])
        place = self._site.world.channels.get(request.path_params["channel"])
        found = place.message(f"{number[:-6]}.{number[-6:]}") if place else None
        parent = place.message(found.thread_ts) if place and found and found.thread_ts else found
        return self._talk.thread(place, parent) if place and parent else self._missing()

    async def view(self, request: Request) -> Response:
        found = self._site.world.views.get(request.path_params["view"])
        return self._talk.view(found) if found else self._missing()

    async def deliveries(self, request: Request) -> Response:
        rows = [_row(at, one) for at, one in enumerate(self._site.sender.log)][::-1]
        wrong = [h("p", str(one), class_="poor") for one in self._site.violations]
        titles = h("tr", [h("th", word) for word in ("What", "How", "Answer", "Seconds")])
        head = h("header", h("h1", "What the app was told"))
        return page(self._site, "Deliveries", head, wrong, h("table", titles, rows), here="/deliveries")

    async def delivery(self, request: Request) -> Response:
        number, log = request.path_params["number"], self._site.sender.log
        if number >= len(log):
            return self._missing()
        text = json.dumps(log[number].payload, indent=2, ensure_ascii=False)
        head = h("header", h("h1", log[number].name))
        return page(self._site, log[number].name, head, h("div", h("pre", text), class_="body"), here="/deliveries")

    async def unknown(self, request: Request) -> Response:
        """Browsers ask for icons; whatever else lands here, a client has taken a wrong address."""
        if request.url.path != "/favicon.ico":
            self._site.violate(f"{request.method} {request.url.path}", "no such page")
        return self._missing()

    def _missing(self) -> HTMLResponse:
        said = h("header", h("h1", "Not found"), h("span", "There is no such page here.", class_="quiet"))
        return page(self._site, "Not found", said, status=404)


def _row(at: int, one: Delivery) -> Html:
    last = one.attempts[-1] if one.attempts else None
    outcome = "lost" if one.lost else last.outcome if last else "pending"
    times = f" ({len(one.attempts)} times)" if len(one.attempts) > 1 else ""
    word = h("span", outcome + times, class_="good" if outcome == "ok" else "poor")
    seconds = f"{last.seconds:.3f}" if last else ""
    link = h("a", one.name, href=f"/deliveries/{at}")
    return h("tr", h("td", link), h("td", one.kind), h("td", word), h("td", seconds))
