"""Fixtures: an API server (embedded, or the real cluster of VTEAM_CONFORMANCE_KUBECONFIG), a namespace and a CRD."""

import base64
import os
import ssl
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from bot.embedded.api import ApiStore, api_app
from tests.conformance.api_client import Api, served
from tests.conformance.crd import crd

ADMIN = "an-admin-token-for-tests"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def api() -> AsyncIterator[Api]:
    """The administrator's client."""
    path = os.environ.get("VTEAM_CONFORMANCE_KUBECONFIG")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        if path:
            yield _from_kubeconfig(session, Path(path))
            return
        store = ApiStore.open(None)
        try:
            async with served(api_app(store, admin_token=ADMIN)) as url:
                yield Api(session, url, ADMIN)
        finally:
            store.close()


def _from_kubeconfig(session: aiohttp.ClientSession, path: Path) -> Api:
    config = yaml.safe_load(path.read_text())
    context = next(item["context"] for item in config["contexts"] if item["name"] == config["current-context"])
    cluster = next(item["cluster"] for item in config["clusters"] if item["name"] == context["cluster"])
    user = next(item["user"] for item in config["users"] if item["name"] == context["user"])
    trust = ssl.create_default_context(cadata=_pem(cluster, "certificate-authority", path))
    if "client-certificate-data" in user or "client-certificate" in user:
        _load_certificate(trust, user, path)
    return Api(session, cluster["server"], user.get("token", ""), trust)


def _pem(entry: dict[str, Any], name: str, path: Path) -> str | None:
    if f"{name}-data" in entry:
        return base64.b64decode(entry[f"{name}-data"]).decode()
    return (path.parent / entry[name]).read_text() if name in entry else None


def _load_certificate(trust: ssl.SSLContext, user: dict[str, Any], path: Path) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"{_pem(user, 'client-certificate', path)}\n{_pem(user, 'client-key', path)}")
        file.flush()
        trust.load_cert_chain(file.name)


@pytest_asyncio.fixture(loop_scope="session")
async def namespace(api: Api) -> AsyncIterator[str]:
    """A namespace of the test's own."""
    name = f"vteam-conformance-{uuid.uuid4().hex[:10]}"
    made = await api.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    assert made.code == 201, made.body
    yield name
    await api.delete(f"/api/v1/namespaces/{name}")


@pytest_asyncio.fixture(loop_scope="session")
async def widgets(api: Api, namespace: str) -> AsyncIterator[str]:
    """A custom resource of the test's own: the path of its collection in the test's namespace."""
    group = f"g{uuid.uuid4().hex[:10]}.conformance.vteam.example"
    document = crd(group)
    made = await api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", document)
    assert made.code == 201, made.body
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    await api.until(path, lambda answer: answer.code == 200)
    yield path
    await api.delete(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One server and one loop serve all of these tests: each works in a namespace and a group of its own."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
