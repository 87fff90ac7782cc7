"""Fixtures: stores in files and servers over them, which tests start and stop as they need."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.embedded.api import ApiStore, api_app, load_crds
from bot.embedded.api.history import Bounds
from tests.conformance.api_client import Api, served
from tests.conformance.crd import crd
from tests.ports import own_port

ADMIN = "an-admin-token-for-tests"
GROUP = "fences.vteam.example"
WIDGETS = f"/apis/{GROUP}/v1/namespaces/default/widgets"

type Open = Callable[..., AbstractAsyncContextManager[tuple[Api, ApiStore]]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Open a server over this test's store file: `async with opened() as (api, store)`."""

    @asynccontextmanager
    async def open_server(*, bounds: Bounds | None = None, **options: Any) -> AsyncIterator[tuple[Api, ApiStore]]:
        store = ApiStore.open(tmp_path / "api.db", bounds=bounds)
        try:
            load_crds(store, [crd(GROUP)])
            app = api_app(store, admin_token=ADMIN, **options)
            async with served(app) as url, aiohttp.ClientSession() as session:
                yield Api(session, url, ADMIN), store
        finally:
            store.close()

    return open_server


@pytest.fixture
def unused_port() -> int:
    """A port of loopback that was free a moment ago, and that no other test takes."""
    return own_port()
