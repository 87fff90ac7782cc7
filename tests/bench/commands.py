"""From the signed webhook to the AgenticSession: the web half with its worker, the embedded API and a stand-in GitHub.

The web half and the API server run in processes of their own, GitHub in this one; a watch tells when a session is
there.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.cluster import SESSIONS, Cluster, Upserted
from bot.standins.github.webhooks import Delivery
from tests.bench.embedded_api import TOKEN, opened_server
from tests.bench.payloads import COMMAND, SIZE, Shop, headers, of_size, opened_shop
from tests.bench.processes import Child, child
from tests.bench.report import Row
from tests.bench.sampling import percentile

GROUP = "from a signed command to its AgenticSession"


@dataclass
class Scene:
    """All that takes part, and how many sessions the watch has seen."""

    shop: Shop
    web: Child
    http: aiohttp.ClientSession
    seen: int = 0

    async def send(self, delivery: Delivery) -> float:
        """Sends it as GitHub does; the seconds until it was answered."""
        began = time.perf_counter()
        sent = {**headers(self.shop, delivery), "X-GitHub-Delivery": delivery.guid}
        async with self.http.post(f"{self.web.url}/webhooks/github", data=delivery.body, headers=sent) as answer:
            await answer.read()
            assert answer.status == 202, answer.status
        return time.perf_counter() - began

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.seen < count:  # half a millisecond is less than what is measured
                await asyncio.sleep(0.0005)


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        async with AsyncExitStack() as stack:
            scene = await stack.enter_async_context(_scene(stack, Path(name)))
            await _one_by_one(scene, 5)  # tokens are fetched, connections made
            return [*await _one_by_one(scene, 40 if quick else 200), await _burst(scene, 80 if quick else 400)]


@asynccontextmanager
async def _scene(stack: AsyncExitStack, folder: Path) -> AsyncIterator[Scene]:
    shop = await stack.enter_async_context(opened_shop(folder))
    _, server = await opened_server(stack, folder)
    options = {"cluster": server.url, "token": TOKEN, "loops": True}
    web = await stack.enter_async_context(child("web", settings=shop.settings(folder / "bot"), **options))
    scene = Scene(shop, web, await stack.enter_async_context(aiohttp.ClientSession()))
    watching = asyncio.create_task(_watch(server.cluster, scene))
    try:
        yield scene
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(cluster: Cluster, scene: Scene) -> None:
    names = set[str]()
    async with aclosing(cluster.follow(SESSIONS)) as changes:
        async for change in changes:
            if isinstance(change, Upserted):
                names.add(change.object["metadata"]["name"])
                scene.seen = len(names)


async def _deliveries(scene: Scene, count: int) -> list[Delivery]:
    """Commands, each under an issue of its own."""
    small = await scene.shop.delivery(COMMAND)
    text = of_size(COMMAND, SIZE - len(small.body))
    return [await scene.shop.delivery(text, number=await scene.shop.issue()) for _ in range(count)]


async def _one_by_one(scene: Scene, count: int) -> list[Row]:
    deliveries = await _deliveries(scene, count)
    already, calls, before = scene.seen, len(scene.shop.github.calls), scene.web.cpu
    answered, created = list[float](), list[float]()
    for number, delivery in enumerate(deliveries, 1):
        began = time.perf_counter()
        answered.append(await scene.send(delivery))
        await scene.until(already + number)
        created.append(time.perf_counter() - began)
    cpu = (scene.web.cpu - before) / count
    made = Counter(call.partition(" ")[0] for call in scene.shop.github.calls[calls:])
    per_command = sum(made.values()) / count
    return [
        Row(
            group=GROUP,
            what="one by one: the webhook is answered",
            p50=percentile(answered, 0.5),
            p99=percentile(answered, 0.99),
        ),
        Row(
            group=GROUP,
            what="one by one: the session is there",
            cpu=cpu,
            p50=percentile(created, 0.5),
            p99=percentile(created, 0.99),
            value=per_command,
            unit="GitHub calls",
            more={method: calls / count for method, calls in made.items()},
        ),
    ]


async def _burst(scene: Scene, count: int) -> Row:
    """All at once, as after an outage: how fast the worker is."""
    deliveries = await _deliveries(scene, count)
    already, before, began = scene.seen, scene.web.cpu, time.perf_counter()
    await asyncio.gather(*(scene.send(delivery) for delivery in deliveries))
    await scene.until(already + count)
    took = time.perf_counter() - began
    return Row(
        group=GROUP,
        what=f"{count} at once",
        cpu=(scene.web.cpu - before) / count,
        per_second=count / took,
        value=took,
        unit="s",
    )
