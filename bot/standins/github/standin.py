"""A whole GitHub in one process: REST and GraphQL below /api, git over smart HTTP, signed webhooks, and a page.

`vteam demo` and the tests start it with `serve()` and act on it with the verbs; the bot reaches it over loopback only
(githubkit: `base_url=f"{github.url}/api/v3"`). State lives in memory; the git repositories under `root` are real.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot.serving import serving
from bot.standins.github import events
from bot.standins.github.app import AppRegistration
from bot.standins.github.device_flow import DeviceFlow
from bot.standins.github.git_http import GitDoor
from bot.standins.github.graphql.door import GraphQLDoor
from bot.standins.github.inspection import Inspection
from bot.standins.github.oauth import OAuthRooms
from bot.standins.github.page.routes import Pages
from bot.standins.github.rest.door import rest_app
from bot.standins.github.rest.limits import RateLimit
from bot.standins.github.site import Site
from bot.standins.github.verbs import Verbs
from bot.standins.github.webhooks import Delivery
from bot.standins.github.wire import Cut, Failure, When, Wire
from bot.standins.github.world import Clock


def utc_now() -> datetime:
    return datetime.now(UTC)


class GitHubStandIn(Verbs, Inspection):
    """`app` is the ASGI app. Webhooks go to `webhook_url`, which may be set at any time."""

    def __init__(
        self, root: Path, registration: AppRegistration, *, webhook_url: str | None = None, clock: Clock = utc_now
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.site = Site(root, registration, clock)
        self.registration = registration
        self.limits = RateLimit(self.site.world)
        self.device_flow = DeviceFlow(registration, self.site.world, self.site.tokens)
        self.site.world.add_user(registration.bot_login, "Bot")
        self.site.log.url = webhook_url
        self.wire = Wire(self._rooms())
        self.app = self.wire

    def _rooms(self) -> Starlette:
        git = GitDoor(self.site)
        services = ("info/refs", "git-upload-pack", "git-receive-pack")
        routes = [Route(f"/{{owner}}/{{repo}}/{service}", git) for service in services]
        rooms = Starlette(
            routes=[
                Mount("/api/v3", rest_app(self.site, self.limits)),
                Route("/api/graphql", GraphQLDoor(self.site)),
                *routes,
                *OAuthRooms(self.site, self.device_flow).routes(),
                *self.site.uploads.routes(),
                *Pages(self.site).routes(),
            ]
        )
        rooms.router.redirect_slashes = False
        return rooms

    @asynccontextmanager
    async def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serves it until the block ends, with its webhooks sent in the background; gives its address."""
        async with serving(self.app, host=host, port=port) as address:
            self.site.url = address.url
            self.site.log.start()
            try:
                yield address.url
            finally:
                await self.site.log.stop()

    @property
    def url(self) -> str:
        return self.site.url

    @property
    def api_url(self) -> str:
        """What githubkit takes as `base_url`."""
        return self.site.api

    @property
    def webhook_url(self) -> str | None:
        return self.site.log.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.site.log.url = url

    async def drain(self) -> None:
        """Returns when all queued deliveries have been sent, or have failed."""
        await self.site.log.drain()

    def ping(self) -> None:
        events.ping(self.site)

    # Behind the bot's back.

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Somebody pressed "Redeliver": the same GUID and body once more."""
        return self.site.log.redeliver(delivery)

    def held_webhooks(self) -> AbstractContextManager[list[Delivery]]:
        """Holds deliveries in a list that may be reordered or repeated; the block's end sends them."""
        return self.site.log.held()

    def lose_webhooks(self, count: int) -> None:
        """The next deliveries are never sent; the log shows them as failed with 502."""
        self.site.log.lose = count

    @contextmanager
    def webhooks_lost(self) -> Iterator[None]:
        """Loses every delivery that comes up within the block."""
        before, self.site.log.lose = self.site.log.lose, 1_000_000
        try:
            yield
        finally:
            self.site.log.lose = before

    def fail_next(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        cut: When | None = None,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next `times` calls of this method ("*": any) whose path matches the pattern are answered with `status`
        without being handled, or lose their connection before or after being handled."""
        self.wire.failures.append(Failure(method, re.compile(path), status, cut, times, headers or {}))

    def exhaust_rate_limit(self, *, seconds: int, status: int = 403) -> None:
        """No installation has a call left for so long; `limits.early` tells who comes back too soon."""
        self.limits.exhaust(seconds=seconds, status=status)

    def impose_secondary_limit(self, *, seconds: float, status: int = 403, only_writes: bool = False) -> None:
        """Calls (or only those that write) are refused with Retry-After for so long."""
        self.limits.block(seconds=seconds, status=status, only_writes=only_writes)

    def lift_rate_limits(self) -> None:
        self.limits.lift()

    def authorise(self, user_code: str, *, by: str) -> None:
        """A person types the code of the device flow in, and agrees."""
        if not self.device_flow.authorise(user_code, self.create_user(by)):
            raise LookupError(user_code)

    def deny(self, user_code: str) -> None:
        """A person types the code in, and refuses."""
        if not self.device_flow.deny(user_code):
            raise LookupError(user_code)

    def revoke_authorisation(self, *, by: str) -> None:
        """A person takes their authorisation of the App back: their tokens are worth nothing, and the App is told."""
        user = self.create_user(by)
        self.site.tokens.revoke_of(user)
        events.announce_revocation(self.site, user)

    def expire_tokens(self) -> None:
        """Every installation token that was issued is worth nothing from now on."""
        self.site.tokens.expire_all()

    @property
    def cut(self) -> Cut | None:
        return self.wire.cut

    @cut.setter
    def cut(self, wanted: Cut | None) -> None:
        """`Cut(at=n)` drops the connection at the n-th REST or git call from now."""
        self.wire.cut = wanted

    @property
    def calls(self) -> list[str]:
        """Every REST and git call so far, as `METHOD /path`."""
        return self.wire.calls

    @property
    def latency(self) -> float:
        return self.wire.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.wire.latency = seconds
