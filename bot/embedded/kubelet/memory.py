"""Memory limits, watched once a second: a container whose tree holds more than its limit is ended. Used by `pod_run`.

There is no cgroup to lean on, so a burst between two looks gets through; the reason and exit code are a real kubelet's.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any

import structlog

from bot.cluster import Json
from bot.embedded.kubelet.container import Container
from bot.embedded.kubelet.quantity import quantity

log = structlog.get_logger()

INTERVAL = 1.0


def watch_memory(pod: Json, live: Mapping[str, Container], exceeded: set[str]) -> Iterator[Coroutine[Any, Any, None]]:
    """One watch for each container that has a limit; it adds the name to `exceeded` and ends the container."""
    spec = pod["spec"]
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
        if limit is not None:
            yield _watch(container["name"], int(quantity(limit)), live, exceeded)


async def _watch(name: str, limit: int, live: Mapping[str, Container], exceeded: set[str]) -> None:
    while True:
        await asyncio.sleep(INTERVAL)
        container = live.get(name)
        if container is None or not container.started.is_set():
            continue
        held = await asyncio.to_thread(container.memory)
        if held > limit and name in live:
            log.warning("container_out_of_memory", container=name, held=held, limit=limit)
            exceeded.add(name)
            container.kill()
