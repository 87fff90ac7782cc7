"""A workspace (the stand-in), the bot's client for it, its two ways in, and a store that keeps what is heard.

The app in the workspace has exactly what our manifest asks for: a call or an event that it does not cover fails.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette

from bot.doors.slack import SlackDoor, bolt_app, slack_route
from bot.metrics import Metrics
from bot.serving import serving
from bot.slack.client import Slack
from bot.slack.keeping import Keeping
from bot.slack.messages import Messages
from bot.slack.people import People
from bot.slack.socket_mode import SocketMode
from bot.standins.slack import SlackApp, SlackStandIn, register_slack_app, with_manifest
from bot.store import Store
from handlers.events import SlackThread
from handlers.slack_manifest import slack_manifest
from tests.house import Clock


@dataclass
class Rig:
    workspace: SlackStandIn
    slack: Slack
    store: Store
    metrics: Metrics
    clock: Clock
    door_url: str
    below: AsyncExitStack = field(repr=False)
    running: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def messages(self) -> Messages:
        return Messages(self.slack, ("https://github.com/",))

    @property
    def people(self) -> People:
        return People(self.slack, self.clock)

    def place(self, ts: str = "", *, channel: str = "dev") -> SlackThread:
        """Where ada speaks."""
        return SlackThread("T", self.workspace.channel(channel).id, ts, user=self.workspace.user("ada").id)

    async def said(self, text: str = "The login test is flaky.") -> SlackThread:
        """The thread of something that ada says in #dev."""
        return self.place((await self.workspace.say("dev", text, by="ada")).ts)

    async def kept(self) -> list[str]:
        """The kinds of what was kept, oldest first; it is leased by that."""
        await self.workspace.drain()
        return [one.delivery.event for one in await self.store.inbox.lease(100, 60.0)]

    async def close_store(self) -> None:
        """A fault of ours: the store is gone from below the door."""
        await self.below.aclose()

    def counted(self, outcome: str, reason: str) -> float:
        name = "vteam_slack_deliveries_total"
        return self.metrics.registry.get_sample_value(name, {"outcome": outcome, "reason": reason}) or 0.0

    def listen(self) -> SocketMode:
        """Slack's other way in, in place of HTTP."""
        self.workspace.socket_mode = True
        app = bolt_app(self.slack.web, Keeping(self.store, self.metrics, self.clock))
        loop = SocketMode(app, self.metrics, self.workspace.registration.app_token, first_pause=0.01)
        self.running.append(asyncio.create_task(loop.run()))
        return loop


@pytest.fixture(scope="session")
def registration() -> SlackApp:
    return with_manifest(register_slack_app(), slack_manifest("https://bot.test"))


@pytest.fixture
async def rig(tmp_path: Path, registration: SlackApp) -> AsyncIterator[Rig]:
    """ada and grace are in #dev with the bot; ada is in #random without it, and in the private #vault with it."""
    clock, metrics = Clock(), Metrics()
    workspace = SlackStandIn(registration, clock=clock)
    workspace.create_channel("dev", members=["ada", "grace"])
    workspace.create_channel("vault", private=True, members=["ada"])
    workspace.create_channel("random", members=["ada"], bot=False)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(workspace.serve())
        below = await stack.enter_async_context(AsyncExitStack())
        store = await below.enter_async_context(Store.open(f"sqlite:///{tmp_path}/store.db", clock=clock))
        slack = await stack.enter_async_context(Slack(registration.bot_token, workspace.api_url, clock=clock))
        app = bolt_app(slack.web, Keeping(store, metrics, clock))
        door = SlackDoor(app, metrics, registration.signing_secret, clock)
        address = await stack.enter_async_context(serving(Starlette(routes=[slack_route(door)]), grace=1))
        rig = Rig(workspace, slack, store, metrics, clock, f"{address.url}/webhooks/slack", below)
        workspace.request_url = rig.door_url
        try:
            yield rig
        finally:
            await workspace.drain()
            for task in rig.running:
                task.cancel()
            await asyncio.gather(*rig.running, return_exceptions=True)
