"""The runner door over HTTP, with a store in a file and a cluster beside it; `Pod` is what a runner would be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.cluster import Cluster
from bot.doors.runner import RunnerDoor, RunnerLimits, runner_api
from bot.identity import Identity
from bot.serving import serving
from bot.store import Store
from crds.agentic_session import Task
from crds.result import Result
from crds.work_order import Limits, OrderedRepository, ReadToken, WorkOrder
from tests.runner_api.cluster_api import ClusterApi

BASE = "a" * 40


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def order(session: dict[str, Any]) -> WorkOrder:
    metadata = session["metadata"]
    repositories = [("o__r", True), ("o__docs", False), ("o__s", True)]
    return WorkOrder(
        session=f"{metadata['namespace']}/{metadata['name']}",
        task=Task.FIX,
        request="fix it",
        title="It is broken",
        model="claude-sonnet-4-5",
        small_model="claude-haiku-4-5",
        priced=True,
        limits=Limits(
            context_tokens=1000, total_tokens=None, cost_usd=2.0, turns=9, seconds=60, bundle_bytes=3_000_000
        ),
        repositories=tuple(
            OrderedRepository(name=name, url=f"https://forge/{name}", commit=BASE, branch="main", writable=writable)
            for name, writable in repositories
        ),
        talk=(),
    )


@dataclass
class Pod:
    """A client with a session's token."""

    client: httpx.AsyncClient
    path: str = "/sessions/team/fix-1"

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(self.path + path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.client.post(self.path + path, json=body, **options)

    async def hand_in(
        self, result: Result | str, *, final: bool = True, bundles: dict[str, bytes] | None = None
    ) -> httpx.Response:
        document = result if isinstance(result, str) else result.model_dump_json()
        files = {"document": ("document", document.encode(), "application/json")}
        for name, content in (bundles or {}).items():
            files[f"bundle:{name}"] = (name, content, "application/octet-stream")
        return await self.client.put(f"{self.path}/result?final={str(final).lower()}", files=files)


@dataclass
class World:
    """Everything that a test looks at or turns."""

    cluster: ClusterApi
    store: Store
    clock: Clock
    url: str
    pod: Pod
    orders: list[str]
    tokens: list[str]
    """For whom a read token was made, each time."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    api, clock, orders, tokens = ClusterApi(), Clock(), list[str](), list[str]()

    async def make_order(session: dict[str, Any]) -> WorkOrder:
        orders.append(session["metadata"]["name"])
        return order(session)

    async def read_token(session: dict[str, Any]) -> ReadToken:
        name = session["metadata"]["name"]
        tokens.append(name)
        return ReadToken(username="x-access-token", password=f"read-{name}", expires_at="soon")

    token = api.add_session("team", "fix-1")
    app = FastAPI()
    async with (
        Store.open(f"sqlite:///{tmp_path}/store.db", clock=clock) as store,
        serving(app) as address,
        Cluster.at(address.url, token="bot") as cluster,
    ):
        identity = Identity(cluster, clock=clock)
        door = RunnerDoor(store, identity, cluster, make_order, read_token, clock, RunnerLimits(burst=50))
        routes = runner_api(door)
        app.include_router(routes)
        app.mount("/", api.app)  # one server for both, because each takes a tenth of a second to stop
        async with routes.lifespan_context(app), client(address.url, token) as http:
            yield World(api, store, clock, address.url, Pod(http), orders, tokens)


def client(url: str, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False)
