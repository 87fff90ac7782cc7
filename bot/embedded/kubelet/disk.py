"""Disk limits, watched while a pod runs: one that writes more than it may is evicted. Used by `pod_run`.

Looked at are the sizeLimit of each emptyDir, and the containers' ephemeral-storage limits over all that the pod has. A
burst between two looks gets through; reason and messages are a real kubelet's.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bot.cluster import Json
from bot.embedded.kubelet.layout import Layout
from bot.embedded.kubelet.quantity import quantity

INTERVAL = 5.0  # seconds between looks, or more: looking takes at most a twentieth of the time


@dataclass(frozen=True)
class Limit:
    """A directory, how many bytes it may hold, and what is said when it holds more."""

    path: Path
    size: int
    message: str


def limits(pod: Json, layout: Layout) -> list[Limit]:
    """What the pod has agreed to."""
    found: list[Limit] = []
    for volume in pod["spec"].get("volumes") or []:
        size = (volume.get("emptyDir") or {}).get("sizeLimit")
        if size is not None:
            message = f'Usage of EmptyDir volume "{volume["name"]}" exceeds the limit "{size}". '
            found.append(Limit(layout.volume(volume["name"]), int(quantity(size)), message))
    sizes = [
        ((c.get("resources") or {}).get("limits") or {}).get("ephemeral-storage") for c in pod["spec"]["containers"]
    ]
    if sizes and all(size is not None for size in sizes):
        total = sum(int(quantity(size)) for size in sizes)
        message = f"Pod ephemeral local storage usage exceeds the total limit of containers {total}. "
        found.append(Limit(layout.root, total, message))
    return found


async def watch_disk(watched: list[Limit], evict: Callable[[str], None], *, interval: float = INTERVAL) -> None:
    """Look until something holds too much, and say so once."""
    pause = interval
    while True:
        await asyncio.sleep(pause)
        begun = monotonic()
        for limit in watched:
            if await usage(limit.path) > limit.size:
                evict(limit.message)
                return
        pause = max(interval, 20 * (monotonic() - begun))


async def usage(directory: Path) -> int:
    """Bytes on disk beneath a directory that hostile programs fill: du goes to any depth, and follows no link."""
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec("du", "-skx", str(directory), stdin=null, stdout=pipe, stderr=null)
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.communicate()
        raise
    size = output.split(b"\t")[0]
    return int(size) * 1024 if size.isdigit() else 0
