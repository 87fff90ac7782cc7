"""A pod's directories on disk: made before it starts, kept up to date while it runs, removed when it has ended.

Called by `pod_run`. Everything is readable by this user alone; files appear under their names only when complete.
"""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import structlog

from bot.cluster import Cluster, Json, Refused
from bot.embedded.kubelet.layout import Layout
from bot.embedded.kubelet.sources import Token
from bot.embedded.times import parsed
from bot.errors import Later

log = structlog.get_logger()

RETRY = 5.0
_SHORTEST = 1.0


def make(layout: Layout, files: Mapping[str, Mapping[str, bytes]], subdirectories: list[str]) -> None:
    """Make the directories of a pod, and write the files of each volume; blocking."""
    for directory in (layout.root, layout.home, layout.tmp):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        layout.volume(name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, data in content.items():
            write(layout.volume(name) / path, data)
    for real in subdirectories:
        Path(real).mkdir(mode=0o700, parents=True, exist_ok=True)


def write(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 that nobody ever sees half-written; blocking."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")  # mkstemp makes it 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(name, path)


def remove(path: Path) -> None:
    """Remove a tree that hostile programs have filled, at any depth and with any permissions; blocking.

    coreutils do it: Python's own functions give up on a thousand nested directories. Links are not followed.
    """
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        if path.exists():
            subprocess.run([*command, "--", str(path)], capture_output=True, check=False)
    if path.exists():
        log.error("directory_not_removed", path=str(path))


class ProjectedToken:
    """One token file: written before the pod starts, and replaced when 80 % of its life has passed."""

    def __init__(self, cluster: Cluster, pod: Json, *, token: Token, path: Path) -> None:
        self._cluster, self._pod, self._token, self._path = cluster, pod, token, path

    async def renew(self, now: datetime) -> float:
        """Get and write a token; the seconds until the next one is due."""
        made = await self._cluster.create_token(
            self._pod["spec"].get("serviceAccountName") or "default",
            self._pod["metadata"]["namespace"],
            audiences=[self._token.audience] if self._token.audience else [],
            seconds=self._token.seconds,
            pod=self._pod,
        )
        await asyncio.to_thread(write, self._path, made["token"].encode())
        ends = parsed(made.get("expirationTimestamp"))
        life = (ends - now).total_seconds() if ends else float(self._token.seconds)
        return max(_SHORTEST, life * 0.8)

    async def rotate(self, due: float, clock: Callable[[], datetime]) -> None:
        """For ever; a failure is tried again while the old token still lives."""
        while True:
            await asyncio.sleep(due)
            try:
                due = await self.renew(clock())
            except (Later, Refused) as trouble:
                log.warning("token_not_renewed", pod=self._pod["metadata"]["name"], why=str(trouble))
                due = RETRY
