"""The house: the whole bot, with the world outside replaced at the wire, for tests that read as stories.

GitHub is the strict stand-in with real git, Slack a strict stand-in too, the cluster is the embedded API server with its Job controller, pods are
played (tests/played_pods.py). Everything in between is the bot as it is wired for production, over real HTTP. Two
families of verbs: those that tell the bot (`comment`, `label`), and those that change the world behind its back
(`pods`, `github`, `restart_bot`, `stop_bot`).
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import Scope

from bot.cluster import NAMESPACES, SESSIONS, Cluster, Json
from bot.embedded.api import ApiStore, api_app, load_crds
from bot.embedded.jobs.controller import JobController
from bot.embedding import crd_documents
from bot.reconcile import Reconciler
from bot.serving import serving
from bot.settings import Settings
from bot.standins.github import AppRegistration, GitHubStandIn
from bot.standins.github.wire import Wire
from bot.standins.github.world import Comment
from bot.standins.slack import SlackApp, SlackStandIn, register_slack_app, with_manifest
from bot.standins.slack.sending import Delivery
from bot.standins.slack.world import Message
from bot.wiring import World, opened, reconciler, web_app, web_loops
from handlers.session import Session, read_session
from handlers.slack_manifest import slack_manifest
from tests.github_verbs import GitHubVerbs
from tests.played_pods import PlayedKubelet
from tests.ports import own_port

REPOSITORY = "acme/shop"
NAMESPACE = "vteam"
ADMIN = "admin-of-the-test-cluster"
SLACK_APP: SlackApp = with_manifest(register_slack_app(), slack_manifest("https://vteam.test"))
"""The app as its own manifest makes it; the bot is given its tokens and secret."""
LOOKS, TURNS = 4, 25
"""A house has settled when so many looks in a row saw nothing move, with so many turns of the loop before each."""
FILES = {"README.md": "# shop\n", "src/a.py": "x = 1\n", ".github/workflows/ci.yml": "on: push\n"}


@dataclass
class Clock:
    """The bot's clock: the real one, and what a story puts it forward."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Bot:
    """The bot in this process: it can be stopped at any moment, and started again on the same store."""

    settings: Settings
    cluster_url: str
    clock: "Clock"
    world: World | None = None
    reconciler: Reconciler | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        stack = self.stack = AsyncExitStack()
        cluster = await stack.enter_async_context(Cluster.at(self.cluster_url, token=ADMIN))
        world = self.world = await stack.enter_async_context(opened(self.settings, cluster, clock=self.clock))
        app = web_app(world, self.settings)
        address = await stack.enter_async_context(serving(app, port=self.settings.port, grace=1))
        self.reconciler = reconciler(world, self.settings, address.url)
        loops = [*web_loops(world, self.settings), self.reconciler.run]
        self.tasks = [asyncio.ensure_future(loop()) for loop in loops]

    async def stop(self) -> None:
        """As a crash would: the loops end wherever they are."""
        for task in self.tasks:
            task.cancel()
        crashed = await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks, self.world = [], None
        await self.stack.aclose()
        for fault in crashed:
            if isinstance(fault, Exception):
                raise fault

    @property
    def idle(self) -> bool:
        return self.reconciler is None or (self.reconciler.queue.idle and self.reconciler.queue.pause > 5.0)


@dataclass
class House(GitHubVerbs):
    github: GitHubStandIn
    cluster: Cluster
    pods: PlayedKubelet
    bot: Bot
    api: ApiStore
    cluster_wire: Wire
    """The wire between the bot and its cluster."""
    jobs: JobController
    slack: SlackStandIn
    """The workspace: ada, tom and grace are in #dev with the bot."""

    @property
    def clock(self) -> Clock:
        return self.bot.clock

    # --- verbs that tell the bot

    async def open_issue(
        self, title: str = "The login test is flaky", *, body: str = "It fails.", by: str = "ada"
    ) -> int:
        issue = await self.github.open_issue(REPOSITORY, title, body=body, by=by)
        return int(issue.number)

    async def comment(self, body: str, *, by: str = "ada", number: int = 1) -> Comment:
        return await self.github.comment(REPOSITORY, number, body=body, by=by)

    async def label(self, name: str, *, by: str = "ada", number: int = 1) -> None:
        await self.github.label(REPOSITORY, number, name=name, by=by)

    async def slack_says(
        self, text: str, *, by: str = "ada", channel: str = "dev", thread_ts: str | None = None
    ) -> Message:
        """What a person types in Slack; "@vteam …" in it mentions the bot."""
        return await self.slack.say(channel, text, by=by, thread_ts=thread_ts)

    async def slash(self, text: str, *, by: str = "ada", channel: str = "dev") -> Delivery:
        """`/vteam` and this text, typed in Slack."""
        return await self.slack.slash("/vteam", text, by=by, channel=channel)

    async def apply(self, resource: Json) -> Json:
        """A session made with kubectl."""
        return await self.cluster.create(SESSIONS, resource, NAMESPACE)

    async def restart_bot(self) -> None:
        await self.bot.stop()
        await self.bot.start()

    # --- the state of the world

    @property
    def thread(self) -> str:
        """The first issue's thread as a person reads it, with GitHub's usual address."""
        return self.plain(self.github.thread(REPOSITORY, 1))

    def plain(self, text: str) -> str:
        """The text without this run's port."""
        return text.replace(self.github.url, "https://github.test").replace(self.slack.url, "https://slack.test")

    def slack_thread(self, message: Message, *, channel: str = "dev") -> str:
        """The thread that this message opened in Slack, as a person reads it, with the usual addresses."""
        return self.plain(self.slack.thread(channel, message.ts))

    async def sessions(self) -> list[Session]:
        """All of them, in the order in which they were asked for: the cluster's own times are whole seconds."""
        found = [read_session(each) for each in (await self.cluster.list(SESSIONS)).items]
        asked = {each.key: await self._asked_at(each) for each in found}
        return sorted(found, key=lambda each: asked[each.key])

    async def _asked_at(self, session: Session) -> float:
        world = self.bot.world
        intent = await world.store.intents.get(session.namespace, session.name) if world else None
        return intent.created_at if intent else session.created_at

    async def session(self) -> Session:
        [only] = await self.sessions()
        return only

    def comments_with(self, marker: str) -> int:
        """How many comments of the first thread hold this text, hidden markers included."""
        repository = self.github.site.world.repository(REPOSITORY)
        assert repository is not None
        return sum(marker in comment.body for comment in repository.threads[1].comments)

    async def settle(self, *, seconds: float = 90.0) -> None:
        """Runs until there is nothing to do: the world stands still and no queue holds anything.

        `seconds` is far above what any story takes: only what never ends is ended by it, not a machine that is busy.
        """
        async with asyncio.timeout(seconds):
            still, before = 0, await self._signature()
            while still < LOOKS:
                await asyncio.sleep(0.01)
                if not self._idle():  # a look at the store would cost more than it tells
                    still = 0
                    continue
                await self._step_aside()
                now = await self._signature()
                still = still + 1 if now == before and self._idle() else 0
                before = now

    async def _step_aside(self) -> None:
        """Lets everybody else in this loop go on. What is on its way between two of them needs some turns of the loop,
        however long these take: a look by the clock alone would be too early on a machine that is busy."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def _idle(self) -> bool:
        return self.bot.idle and self.jobs.idle and self.jobs.pause > 0.5 and not self.pods.playing

    async def _signature(self) -> tuple[object, ...]:
        await self.github.drain()
        await self.slack.drain()
        world = self.bot.world
        depth = await world.store.inbox.depth() if world else 0
        if depth and world:
            return (object(),)
        return (self.api.revision, len(self.github.calls), len(self.slack.calls), depth)


@asynccontextmanager
async def built(folder: Path, registration: AppRegistration, **settings: object) -> AsyncIterator[House]:
    """A house with the shop in it: ada may write, tom may triage, grace only reads; one issue is open."""
    async with AsyncExitStack() as stack:
        github = GitHubStandIn(folder / "github", registration)
        await stack.enter_async_context(github.serve())
        clock = Clock()
        slack = SlackStandIn(SLACK_APP, clock=clock)
        slack.site.sender.patience = 60.0  # that Slack waits three seconds is told where nothing else runs
        await stack.enter_async_context(slack.serve())
        api = ApiStore.open(None)
        stack.callback(api.close)
        load_crds(api, crd_documents())
        app = api_app(api, admin_token=ADMIN)
        address = await stack.enter_async_context(serving(app, grace=1))
        wire = Wire(app, counted=_is_no_watch)
        bots_address = await stack.enter_async_context(serving(wire, grace=1))
        stack.callback(app.end_watches)
        cluster = await stack.enter_async_context(Cluster.at(address.url, token=ADMIN))
        await cluster.create(
            NAMESPACES, {"metadata": {"name": NAMESPACE, "labels": {"vteam.ambient-code/bot": "true"}}}
        )
        pods = PlayedKubelet(cluster)
        slack.socket_mode = "slack_app_token" in settings
        bot = Bot(_settings(folder, github, registration, {**_of_slack(slack), **settings}), bots_address.url, clock)
        jobs = JobController(cluster, backoff=0.01)
        house = House(github, cluster, pods, bot, api, wire, jobs, slack)
        await _furnish(github)
        slack.create_channel("dev", members=["ada", "tom", "grace"])
        github.webhook_url = f"http://127.0.0.1:{bot.settings.port}/webhooks/github"
        slack.request_url = f"http://127.0.0.1:{bot.settings.port}/webhooks/slack"
        await stack.enter_async_context(_running(pods.run(), jobs.run()))
        await bot.start()
        try:
            yield house
        finally:
            await bot.stop()


def _is_no_watch(scope: Scope) -> bool:
    return b"watch=1" not in scope["query_string"]


def _settings(folder: Path, github: GitHubStandIn, registration: AppRegistration, more: dict[str, object]) -> Settings:
    given: dict[str, object] = {
        "data_dir": folder / "bot",
        "port": own_port(),
        "github_url": github.url,
        "github_api_url": github.api_url,
        "github_app_id": registration.app_id,
        "github_private_key": registration.private_key_pem,
        "github_webhook_secret": registration.webhook_secret,
        "model_url": "http://127.0.0.1:9",
        "progress_seconds": 0.5,
    }
    return Settings.read(**{**given, **more})


def _of_slack(slack: SlackStandIn) -> dict[str, object]:
    return {
        "slack_api_url": slack.api_url,
        "slack_bot_token": slack.registration.bot_token,
        "slack_signing_secret": slack.registration.signing_secret,
    }


async def _furnish(github: GitHubStandIn) -> None:
    await github.create_repository(REPOSITORY, FILES)
    github.grant(REPOSITORY, "ada", role="write")
    github.grant(REPOSITORY, "tom", role="triage")
    github.create_user("grace")
    github.install("acme")
    await github.open_issue(REPOSITORY, "The login test is flaky", body="It fails now and then.", by="grace")


@asynccontextmanager
async def _running(*loops: object) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(loop) for loop in loops]  # type: ignore[call-overload]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
