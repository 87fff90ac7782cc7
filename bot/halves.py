"""Runs the halves of the bot that are asked for, until the process is told to stop. Called by the CLI.

The web half listens; the reconcile half alone listens too, for its health pages only.
"""

import asyncio
import gc
import os
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.cluster import Cluster
from bot.serving import serving
from bot.settings import SettingMissing, Settings
from bot.slack.configured import check_slack
from bot.wiring import World, health_app, opened, reconcile_loops, web_app, web_loops

log = structlog.get_logger()

ANTHROPIC = "https://api.anthropic.com"


@dataclass(frozen=True)
class Halves:
    """Which halves run in this process."""

    web: bool = True
    reconcile: bool = True


async def cluster_of(settings: Settings) -> Cluster:
    """The real cluster: by kubeconfig where one is set, else as the pod that this process runs in."""
    if settings.kubeconfig is not None:
        return await _by_kubeconfig(settings.kubeconfig)
    try:
        return Cluster.in_cluster()
    except LookupError:
        raise SettingMissing("VTEAM_KUBECONFIG is not set, and this process runs in no pod of a cluster") from None


async def _by_kubeconfig(path: Path) -> Cluster:
    from kubernetes.aio.config import ConfigException
    from yaml import YAMLError

    if not _any_file(path):
        raise SettingMissing(f"VTEAM_KUBECONFIG: {path}: there is no such file")
    try:
        return await Cluster.from_kubeconfig(path)
    except (ConfigException, YAMLError, OSError, ValueError, TypeError) as wrong:
        raise SettingMissing(f"VTEAM_KUBECONFIG: {path}: {' '.join(str(wrong).split())[:300]}") from None


def _any_file(path: Path) -> bool:
    """Whether there is one of them: the variable KUBECONFIG may name several."""
    return any(Path(part).is_file() for part in str(path).split(os.pathsep))


def check(settings: Settings, halves: Halves) -> None:
    """Raises SettingMissing, in one line, where these halves cannot run with these settings."""
    settings.need("github_app_id")
    settings.private_key()
    if halves.web:
        settings.need("github_webhook_secret")
        if settings.model_url == ANTHROPIC:
            settings.need("anthropic_api_key")
        check_slack(settings)
    _check_port(settings.host, settings.port)
    if halves != Halves() and not settings.store_url.startswith("postgresql"):
        raise SettingMissing("VTEAM_DATABASE_URL: halves that run apart share a PostgreSQL database (postgresql://…)")


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise SettingMissing(f"VTEAM_PORT: cannot listen on {host}:{port}: {error.strerror}") from None


async def serve(settings: Settings, cluster: Cluster, halves: Halves) -> None:
    """Serves until SIGTERM or SIGINT."""
    async with opened(settings, cluster) as world:
        app = web_app(world, settings) if halves.web else health_app(world, settings)
        async with serving(app, host=settings.host, port=settings.port) as address:
            log.info("bot_listens", url=address.url, web=halves.web, reconcile=halves.reconcile)
            keep_what_has_started()
            with stop_signals() as stop:
                await until(stop, loops(world, settings, halves, address.url))
    log.info("bot_stopped")


def keep_what_has_started() -> None:
    """What is there now stays: walking through it at each collection took a seventh of the CPU under load."""
    gc.collect()
    gc.freeze()


def loops(world: World, settings: Settings, halves: Halves, url: str) -> list[Callable[[], Awaitable[None]]]:
    """The loops of these halves."""
    web = web_loops(world, settings) if halves.web else []
    return [*web, *(reconcile_loops(world, settings, url) if halves.reconcile else [])]


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def until(stop: asyncio.Event, running: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Runs the loops until the event is set; a loop that ends by itself ends all, with its exception."""
    tasks = [asyncio.ensure_future(loop()) for loop in running]
    waiting = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (waiting, *tasks):
            task.cancel()
        await asyncio.gather(waiting, *tasks, return_exceptions=True)
    for task in done - {waiting}:
        task.result()


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now; for who must name the port before anything listens. Raises OSError where none is found.

    From below the ports that systems give to whoever names none (Linux: from 32768 on), so that none of those takes it.
    """
    for _ in range(100):
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.create_server((host, port)):
            return port
    raise OSError(f"no free port on {host}")
