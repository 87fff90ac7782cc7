"""The gateway between a pod's client and a model's server, all over HTTP, with a store in a file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from fastapi import FastAPI

from bot.cluster import Cluster
from bot.gateway import GatewayDoor, Upstream, gateway
from bot.identity import Identity
from bot.metrics import Metrics
from bot.serving import serving
from bot.store import Store
from bot.store.words import Used
from crds.agentic_session import Task
from crds.work_order import Limits, WorkOrder
from tests.gateway.model import KEY, Model, serving_model
from tests.runner_api.cluster_api import ClusterApi

MODEL, SMALL = "claude-sonnet-4-5", "claude-haiku-4-5"


def order(model: str = MODEL, *, usd: float | None = 2.0, tokens: int | None = None) -> WorkOrder:
    limits = Limits(context_tokens=1000, total_tokens=tokens, cost_usd=usd, turns=9, seconds=60, bundle_bytes=3_000_000)
    return WorkOrder(
        session="team/fix-1",
        task=Task.FIX,
        request="fix it",
        title="t",
        model=model,
        small_model=SMALL,
        priced=True,
        limits=limits,
        repositories=(),
        talk=(),
    )


def asking(words: str = "Hi", **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": words}]
    return {"model": MODEL, "max_tokens": 4000, "stream": True, "messages": messages, **fields}


@dataclass
class World:
    """Everything that a test looks at or turns."""

    model: Model
    cluster: ClusterApi
    store: Store
    metrics: Metrics
    url: str
    token: str
    http: aiohttp.ClientSession
    uid: str = "uid-team-fix-1"

    async def ordered(self, work: WorkOrder) -> None:
        await self.store.orders.put_once(self.uid, work)

    def ask(self, body: Any = None, *, path: str = "/v1/messages", token: str | None = None, **headers: str) -> Any:
        """A POST as an async context manager."""
        sent = {"Authorization": f"Bearer {self.token if token is None else token}", **headers}
        url = f"{self.url}/model/team/fix-1{path}"
        document = body if isinstance(body, bytes) else orjson.dumps(asking() if body is None else body)
        return self.http.post(url, data=BytesIO(document), headers=sent)

    async def answer(self, body: Any = None, **options: Any) -> tuple[int, bytes]:
        async with self.ask(body, **options) as response:
            return response.status, await response.read()

    async def error(self, body: Any = None, **options: Any) -> tuple[int, str, str]:
        """Status, type and message of an error in the Messages API's shape."""
        async with self.ask(body, **options) as response:
            document = await response.json()
            assert document["type"] == "error"
            return response.status, document["error"]["type"], document["error"]["message"]

    async def used(self) -> Used:
        return await self.store.ledger.used(self.uid)

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@dataclass
class House:
    """Starts and stops the bot's side of it, so that a test can let it crash."""

    folder: Path
    model: Model
    cluster: ClusterApi = field(default_factory=ClusterApi)

    @asynccontextmanager
    async def open(self, **upstream: Any) -> AsyncIterator[World]:
        token, metrics = self.cluster.add_session("team", "fix-1"), Metrics()
        app = FastAPI()
        async with (
            Store.open(f"sqlite:///{self.folder}/store.db") as store,
            serving(app, grace=0) as address,
            Cluster.at(address.url, token="bot") as cluster,
        ):
            server = Upstream(**{"url": self.model.url, "key": KEY, "connect_seconds": 20.0, **upstream})
            routes = gateway(GatewayDoor(store, Identity(cluster), server, metrics))
            app.include_router(routes)
            app.mount("/", self.cluster.app)  # one server for both, because each takes a tenth of a second to stop
            async with routes.lifespan_context(app), aiohttp.ClientSession() as http:
                yield World(self.model, self.cluster, store, metrics, address.url, token, http)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    model = Model()
    async with serving_model(model) as url:
        model.url = url
        yield House(tmp_path, model)
        assert model.unexpected == []


@pytest.fixture
async def world(house: House) -> AsyncIterator[World]:
    async with house.open() as opened:
        yield opened
