"""Runs the halves of the bot that are asked for, until the process is told to stop. Called by the CLI.

The web half listens; the reconcile half alone listens too, for its health pages only.
"""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from bot.checks import Halves
from bot.cluster import Cluster
from bot.serving import serving
from bot.settings import SettingMissing, Settings
from bot.wiring import World, health_app, opened, reconcile_loops, web_app, web_loops

log = structlog.get_logger()


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
