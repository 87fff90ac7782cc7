"""A whole Slack workspace in one process: the Web API below /api/, events and interactions signed and sent to the app
over HTTP or Socket Mode, response URLs, and a page to look at.

`vteam demo` and the tests start it with `serve()` and act on it with the verbs; the bot reaches it over loopback only
(slack_sdk: `base_url=slack.api_url`). State lives in memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Scope

from bot.serving import serving
from bot.standins.github.wire import Cut, Failure, When, Wire
from bot.standins.slack.answers import ResponseDoor
from bot.standins.slack.app import SlackApp
from bot.standins.slack.files import FilesDoor
from bot.standins.slack.inspection import Inspection
from bot.standins.slack.limits import Limits
from bot.standins.slack.page.routes import Pages
from bot.standins.slack.sending import Delivery
from bot.standins.slack.site import Site
from bot.standins.slack.verbs import Verbs
from bot.standins.slack.web.door import ApiDoor
from bot.standins.slack.world import Clock


class SlackStandIn(Verbs, Inspection):
    """Events and interactions go to `request_url`, or through Socket Mode where `socket_mode` is set."""

    def __init__(self, registration: SlackApp, *, clock: Clock = time.time) -> None:
        self.registration = registration
        self.site = Site(registration, clock)
        self.wire = Wire(self._rooms(), counted=_is_call)
        self.app = self.wire

    def _rooms(self) -> Starlette:
        answers = ResponseDoor(self.site)
        return Starlette(
            routes=[
                Route("/api/{method}", ApiDoor(self.site).__call__, methods=["GET", "POST"]),
                Route("/commands/{team}/{secret:path}", answers.__call__, methods=["POST"]),
                Route("/actions/{team}/{secret:path}", answers.__call__, methods=["POST"]),
                Route("/files-pri/{place}/{name}", FilesDoor(self.site).__call__),
                *Pages(self.site).routes(),
            ]
        )

    @asynccontextmanager
    async def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serves it until the block ends, with its deliveries sent in the background; gives its address."""
        async with serving(self.app, host=host, port=port) as address:
            self.site.url = address.url
            await self.site.sender.start()
            try:
                yield address.url
            finally:
                await self.site.sender.stop()

    @property
    def url(self) -> str:
        return self.site.url

    @property
    def api_url(self) -> str:
        """What slack_sdk takes as `base_url`."""
        return self.site.api

    @property
    def request_url(self) -> str | None:
        return self.site.sender.url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.site.sender.url = url

    @property
    def socket_mode(self) -> bool:
        return self.site.sender.socket_mode

    @socket_mode.setter
    def socket_mode(self, on: bool) -> None:
        self.site.sender.socket_mode = on

    @property
    def limits(self) -> Limits:
        return self.site.limits

    async def connected(self) -> None:
        """Returns when the app has opened a socket."""
        await self.site.sender.sockets.connected()

    async def drain(self) -> None:
        """Returns when all that was queued has been acknowledged, or given up."""
        await self.site.sender.drain()

    async def verify_url(self) -> bool:
        """What saving the request URL does: Slack sends a challenge, and the app must say it back."""
        return await self.site.sender.verify_url()

    # Behind the bot's back.

    async def refresh_sockets(self, reason: str = "refresh_requested") -> None:
        """Slack closes its sockets, as it does every few hours."""
        await self.site.sender.sockets.refresh(reason)

    def repeat(self, delivery: Delivery) -> Delivery:
        """The same delivery once more."""
        return self.site.sender.repeat(delivery)

    def held_deliveries(self) -> AbstractContextManager[list[Delivery]]:
        """Holds deliveries in a list that may be reordered or repeated; the block's end sends them."""
        return self.site.sender.held()

    def lose_deliveries(self, count: int) -> None:
        """The next deliveries are never sent."""
        self.site.sender.lose = count

    @contextmanager
    def deliveries_lost(self) -> Iterator[None]:
        """Loses every delivery that comes up within the block."""
        before, self.site.sender.lose = self.site.sender.lose, 1_000_000
        try:
            yield
        finally:
            self.site.sender.lose = before

    def fail_next(
        self,
        method: str,
        *,
        status: int | None = None,
        cut: When | None = None,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next `times` calls whose Web API method matches the pattern are answered with `status` without being
        handled, or lose their connection before or after being handled."""
        self.wire.failures.append(Failure("*", re.compile(method), status, cut, times, headers or {}))

    @property
    def cut(self) -> Cut | None:
        return self.wire.cut

    @cut.setter
    def cut(self, wanted: Cut | None) -> None:
        """`Cut(at=n)` drops the connection at the n-th call from now."""
        self.wire.cut = wanted

    @property
    def calls(self) -> list[str]:
        """Every call so far, by its method's name; response URLs as `response_url`."""
        paths = (call.split(" ", 1)[1] for call in self.wire.calls)
        return [path.removeprefix("/api/") if path.startswith("/api/") else "response_url" for path in paths]

    @property
    def latency(self) -> float:
        return self.wire.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.wire.latency = seconds


def _is_call(scope: Scope) -> bool:
    return str(scope["path"]).startswith(("/api/", "/commands/", "/actions/"))
