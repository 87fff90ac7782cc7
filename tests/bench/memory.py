"""Memory and disk: `vteam up` as a process when it is idle, and when it holds many finished sessions; the store's file.

The floor is a process with a bare FastAPI route. Resident memory is what the kernel says of the process.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from bot.cluster import NAMESPACES, Cluster
from bot.demo.stage import Stage, set_stage
from bot.store import Delivery, Store
from tests.bench.embedded_api import Server
from tests.bench.payloads import COMMAND, SIZE
from tests.bench.processes import cannot_confine, child, resident
from tests.bench.report import Row

GROUP = "memory and disk"
LABEL = {"vteam.ambient-code/bot": "true"}
SETTLE_SECONDS = 3.0


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        async with AsyncExitStack() as stack:
            bare = await stack.enter_async_context(child("bare", secret="s"))
            stage = await stack.enter_async_context(set_stage(Path(name), None, unconfined=cannot_confine()))
            rows = await _resident(stage, float(resident(bare.pid)), 300 if quick else 1000)
        return [*rows, *await _files(Path(name) / "disk", 1000)]


async def _resident(stage: Stage, floor: float, many: int) -> list[Row]:
    await asyncio.sleep(SETTLE_SECONDS)
    assert stage.bot.pid is not None
    idle = float(resident(stage.bot.pid))
    async with stage.cluster() as cluster:
        await _finished(stage, cluster, many)
        await asyncio.sleep(SETTLE_SECONDS)
    full = float(resident(stage.bot.pid))
    whole = "vteam up, with its control plane"
    return [
        _row("bare FastAPI process", floor),
        _row(f"{whole}: idle", idle, floor),
        _row(f"{whole}: with {many:,} finished sessions", full, floor, each=(full - idle) / many),
    ]


def _row(what: str, value: float, floor: float | None = None, *, each: float | None = None) -> Row:
    return Row(
        group=GROUP,
        what=what,
        value=value,
        unit="bytes",
        ratio=value / floor if floor else None,
        beside="bare process" if floor else "",
        more={} if each is None else {"bytes_a_session": each},
    )


async def _finished(stage: Stage, cluster: Cluster, many: int) -> None:
    """Made in a namespace where no bot acts yet; then its label lets the bot look at each."""
    await cluster.create(NAMESPACES, {"metadata": {"name": "bench"}})
    folder = stage.bot.kubeconfig.parent
    url, token = f"http://127.0.0.1:{(folder / 'port').read_text()}", (folder / "admin.token").read_text().strip()
    server = Server(url, cluster, token, "bench")
    await server.sessions(many)
    await server.finish(many)
    before = await _looks(stage)
    await cluster.patch(NAMESPACES, "bench", {"metadata": {"labels": LABEL}})
    async with asyncio.timeout(60):
        while await _looks(stage) < before + many:
            await asyncio.sleep(0.1)


async def _looks(stage: Stage) -> float:
    """How often the bot has looked at a session."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{stage.bot.port}/metrics") as answer,
    ):
        lines = (await answer.text()).splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith('vteam_reconciles_total{outcome="done"}'))


async def _files(folder: Path, many: int) -> list[Row]:
    """The store's file with many deliveries of the usual size: waiting, and done."""
    body = (COMMAND.encode() * (SIZE // len(COMMAND) + 1))[:SIZE]
    rows = list[Row]()
    async with Store.open(f"sqlite:///{folder}/store.db") as store:
        for number in range(many):
            await store.inbox.add(Delivery(f"delivery-{number:08d}", "github", "issue_comment", {}, body, time.time()))
    rows.append(_row(f"store: {many:,} deliveries of 13 KB wait", _size(folder)))
    async with Store.open(f"sqlite:///{folder}/store.db") as store:
        for leased in await store.inbox.lease(many, 600):
            await store.inbox.done(leased.delivery.id, "CreateSession")
        for number in range(many, 2 * many):
            await store.inbox.add(Delivery(f"delivery-{number:08d}", "github", "issue_comment", {}, body, time.time()))
    rows.append(_row(f"… those done, {many:,} more wait", _size(folder)))
    return rows


def _size(folder: Path) -> float:
    return float(sum(path.stat().st_size for path in folder.iterdir()))
