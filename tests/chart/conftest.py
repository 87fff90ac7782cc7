"""A fresh embedded API server for each test, Helm to act in it, and a client to look."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import yaml

from bot.cluster import NAMESPACES, Cluster
from bot.embedded.api import ApiStore, api_app
from bot.serving import Address, ASGIApp, serving
from tests.chart.helm import NAMESPACE, Engine, Helm

TOKEN = "the-administrator-of-the-tests"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    async with AsyncExitStack() as stack:
        store = ApiStore.open(None)
        stack.callback(store.close)
        app = api_app(store, admin_token=TOKEN)
        yield await stack.enter_async_context(serving(_helms_door(app), grace=0, log_level="critical"))


def _helms_door(app: ASGIApp) -> ASGIApp:
    """client-go sends no token over plain HTTP: who says nothing here is Helm, and the administrator."""

    async def door(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not any(name == b"authorization" for name, _ in scope["headers"]):
            scope = {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {TOKEN}".encode())]}
        await app(scope, receive, send)

    return door


@pytest.fixture
async def cluster(address: Address) -> AsyncIterator[Cluster]:
    async with Cluster.at(address.url, token=TOKEN, total=60.0) as client:
        await client.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
        yield client


@pytest.fixture
def helm(engine: Engine, address: Address, cluster: Cluster) -> Helm:
    """Needs the cluster because the release's namespace is made there."""
    context = {"cluster": "embedded", "user": "nobody"}
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "embedded", "cluster": {"server": address.url}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "embedded", "context": context}],
        "current-context": "embedded",
    }
    return Helm(engine, yaml.safe_dump(kubeconfig))
