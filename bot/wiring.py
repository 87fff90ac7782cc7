"""The one place where the bot is put together: settings and clients in, app and loops out. Called by the command line.

`World` is everything outside of the process; `web_app` is the FastAPI app as a function of (world, settings), and
`web_loops` and `reconcile_loops` are the two halves. Nothing here decides or calls anything itself.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException
from starlette.requests import ClientDisconnect

from bot.bundle import Caches
from bot.cluster import Cluster, Json
from bot.doors.github import WebhookDoor, webhook_route
from bot.doors.intake import hung_up
from bot.doors.pages import HealthDoor, health_routes
from bot.doors.runner import RunnerDoor, runner_api
from bot.errors import Later
from bot.facts import Facts
from bot.facts.people import People
from bot.gateway import GatewayDoor, Upstream, gateway
from bot.git import GitRefused
from bot.github import GitHub, GitHubRefused
from bot.github.app_key import UnreadableKey
from bot.github.threads import Comments
from bot.housekeeping import Housekeeping
from bot.identity import Identity
from bot.metrics import Metrics
from bot.orders import Orders
from bot.perform import Performer
from bot.publish import Publisher
from bot.reading import Reading
from bot.reconcile import Reconciler
from bot.settings import SettingMissing, Settings
from bot.slack.due import DueQuestions
from bot.starts import OrderRefused, refusal_of
from bot.store import SchemaTooNew, Store
from bot.sweep import Sweep
from bot.worker import Worker
from crds.redaction import redact
from handlers.grammar.words import Dialect
from handlers.job import RunnerRules

if TYPE_CHECKING:
    # Slack's packages take a while to import; without Slack nobody needs them.
    from slack_bolt.async_app import AsyncApp
    from starlette.routing import Route

    from bot.slack.client import Slack
    from bot.slack.performing import SlackHands
    from bot.slack.talk import SlackTalk
    from bot.slack.thread_talk import ThreadTalk

Loop = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class World:
    """What the bot stands in: its store, a cluster, GitHub (None where there is no forge), a clock, its numbers."""

    store: Store
    cluster: Cluster
    github: GitHub | None
    metrics: Metrics
    clock: Callable[[], float] = time.time
    slack: "Slack | None" = None


@asynccontextmanager
async def opened(
    settings: Settings, cluster: Cluster, *, clock: Callable[[], float] = time.time
) -> AsyncIterator[World]:
    """A world around a cluster; leaving closes what was opened here. Raises SettingMissing without a store."""
    async with AsyncExitStack() as stack:
        store = await _store(settings, stack, clock)
        metrics = Metrics()
        github = (
            await stack.enter_async_context(_github(settings, metrics)) if settings.github_app_id is not None else None
        )
        slack = await stack.enter_async_context(_slack(settings)) if settings.slack_bot_token is not None else None
        yield World(store, cluster, github, metrics, clock, slack)


async def _store(settings: Settings, stack: AsyncExitStack, clock: Callable[[], float]) -> Store:
    name = "VTEAM_DATA_DIR" if settings.database_url is None else "VTEAM_DATABASE_URL"
    try:
        return await stack.enter_async_context(Store.open(settings.store_url, clock=clock))
    except (Later, SchemaTooNew, ValueError, OSError) as trouble:
        raise SettingMissing(f"{name}: {redact(' '.join(str(trouble).split()))[:300]}") from None


def _github(settings: Settings, metrics: Metrics) -> GitHub:
    try:
        return GitHub(
            settings.github_app_id or 0,
            settings.private_key(),
            settings.github_api_url,
            on_limit=lambda kind: metrics.rate_limits.labels(kind).inc(),
        )
    except UnreadableKey as why:
        raise SettingMissing(f"the App's private key (VTEAM_GITHUB_PRIVATE_KEY): {why}") from None


def _slack(settings: Settings) -> "Slack":
    from bot.slack.client import Slack

    assert settings.slack_bot_token is not None
    return Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)


def web_app(world: World, settings: Settings) -> FastAPI:
    """The web half's app: webhooks, runner API, model gateway, health."""
    app = FastAPI(title="vTeam bot", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(ClientDisconnect, hung_up)
    identity = Identity(world.cluster, audience=settings.audience)
    app.include_router(runner_api(_runner_door(world, settings, identity)))
    app.include_router(gateway(_gateway_door(world, settings, identity)))
    app.include_router(health_routes(_health_door(world, settings)))
    if settings.github_webhook_secret is not None:
        secret = settings.github_webhook_secret.get_secret_value()
        door = WebhookDoor(world.store, world.metrics, secret, world.clock, settings.dialect)
        app.router.routes.insert(0, webhook_route(door))  # first, for it is asked most: each route before it costs
    if world.slack is not None and settings.slack_signing_secret is not None:
        app.router.routes.insert(1, _slack_route(world, world.slack, settings))
    return app


def _slack_route(world: World, slack: "Slack", settings: Settings) -> "Route":
    from bot.doors.slack import SlackDoor, slack_route

    # How old a signature is, is told by this machine's clock, which is Slack's too.
    assert settings.slack_signing_secret is not None, "the route is for HTTP only"
    secret = settings.slack_signing_secret.get_secret_value()
    return slack_route(SlackDoor(_bolt_app(world, slack, settings.dialect), world.metrics, secret, time.time))


def _bolt_app(world: World, slack: "Slack", names: Dialect) -> "AsyncApp":
    from bot.doors.slack import bolt_app
    from bot.slack.keeping import Keeping

    return bolt_app(slack.web, Keeping(world.store, world.metrics, world.clock, names))


def health_app(world: World, settings: Settings) -> FastAPI:
    """The app of a reconcile half that runs alone: health only."""
    app = FastAPI(title="vTeam bot", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(_health_door(world, settings)))
    return app


def web_loops(world: World, settings: Settings) -> list[Loop]:
    """The web half's loops: the worker and the redelivery sweep, where there is a GitHub to speak to; housekeeping."""
    loops: list[Loop] = [Housekeeping(world.store, settings.retention_days, world.clock, settings.memory_days).run]
    if world.slack is not None and settings.slack_app_token is not None:
        loops.append(_socket_mode(world, world.slack, settings))
    if world.github is None:
        return loops
    performer = performer_of(world, settings)
    people = People(world.github, settings.bot_ids)
    facts = Facts(world.store, world.cluster, world.github, settings, people, world.metrics, world.clock)
    alone = settings.store_url.startswith("sqlite")
    talk = _slack_talk(world, world.github, performer, settings)
    worker = Worker(world.store, facts, performer, world.metrics, alone, talk)
    sweep = Sweep(world.store, world.github, world.metrics, world.clock, settings.sweep_seconds)
    due = [DueQuestions(world.store, world.clock).run] if talk else []
    return [*loops, worker.run, sweep.run, *due]


def _slack_talk(world: World, github: GitHub, performer: Performer, settings: Settings) -> "SlackTalk | None":
    if performer.slack is None:
        return None
    from bot.slack.wiring import slack_talk

    return slack_talk(performer.slack, performer, world.cluster, github, settings)


def _socket_mode(world: World, slack: "Slack", settings: Settings) -> Loop:
    from bot.slack.socket_mode import SocketMode

    assert settings.slack_app_token is not None, "the loop is for Socket Mode only"
    token = settings.slack_app_token.get_secret_value()
    return SocketMode(_bolt_app(world, slack, settings.dialect), world.metrics, token).run


def reconcile_loops(world: World, settings: Settings, bot_url: str) -> list[Loop]:
    """The reconcile half's loop. `bot_url`: where pods reach the web half."""
    return [reconciler(world, settings, bot_url).run]


def reconciler(world: World, settings: Settings, bot_url: str) -> Reconciler:
    """The reconcile loop itself."""
    return Reconciler(
        store=world.store,
        cluster=world.cluster,
        performer=performer_of(world, settings),
        reading=Reading(world.github, settings),
        settings=settings,
        rules=runner_rules(settings, bot_url),
        metrics=world.metrics,
        clock=world.clock,
    )


def performer_of(world: World, settings: Settings) -> Performer:
    """Whoever carries out effects in this world."""
    caches = Caches(settings.data_dir.absolute() / "git")
    publisher = Publisher(world.store, caches, world.github, settings.github_url, settings.local_repositories)
    comments = Comments(world.github) if world.github is not None else None
    hands = _slack_hands(world, settings)
    days = settings.memory_days
    return Performer(world.store, world.cluster, publisher, world.metrics, world.clock, comments, hands, days)


def _slack_hands(world: World, settings: Settings) -> "SlackHands | None":
    if world.slack is None:
        return None
    from bot.slack.wiring import slack_hands

    return slack_hands(world.slack, world.store, settings, world.clock)


def runner_rules(settings: Settings, bot_url: str) -> RunnerRules:
    """What the settings say about Jobs."""
    return RunnerRules(
        image=settings.runner_image,
        pull_secrets=settings.runner_pull_secrets,
        bot_url=settings.bot_url or bot_url,
        audience=settings.audience,
        cpu=settings.runner_cpu,
        memory=settings.runner_memory,
        workspace=settings.runner_workspace,
        timeout=settings.session_seconds,
        rerank=settings.context_rerank,
    )


def _runner_door(world: World, settings: Settings, identity: Identity) -> RunnerDoor:
    reading, talk = Reading(world.github, settings), _thread_talk(world, settings)
    orders = Orders(world.store, world.cluster, reading, world.github, settings, talk)
    return RunnerDoor(
        store=world.store,
        identity=identity,
        cluster=world.cluster,
        make_order=_in_words(world.store, orders.make),
        read_token=_in_words(world.store, orders.token),
        clock=world.clock,
        metrics=world.metrics,
    )


def _thread_talk(world: World, settings: Settings) -> "ThreadTalk | None":
    if world.slack is None:
        return None
    from bot.slack.wiring import thread_talk

    return thread_talk(world.slack, settings)


def _in_words[T](store: Store, call: Callable[[Json], Awaitable[T]]) -> Callable[[Json], Awaitable[T]]:
    """The call, with what it refuses as an answer in words, and kept: a runner without an order can tell nobody."""

    async def worded(session: Json) -> T:
        try:
            return await call(session)
        except (OrderRefused, GitHubRefused, GitRefused) as refused:
            await store.marks.set(refusal_of(session["metadata"]["uid"]), redact(str(refused))[:1000])
            raise HTTPException(403, str(refused)) from refused

    return worded


def _health_door(world: World, settings: Settings) -> HealthDoor:
    return HealthDoor(world.store, world.cluster, world.metrics, settings.namespaces[0].namespace)


def _gateway_door(world: World, settings: Settings, identity: Identity) -> GatewayDoor:
    key = settings.anthropic_api_key.get_secret_value() if settings.anthropic_api_key else None
    return GatewayDoor(
        store=world.store,
        identity=identity,
        upstream=Upstream(settings.model_url, key),
        metrics=world.metrics,
        clock=world.clock,
    )
