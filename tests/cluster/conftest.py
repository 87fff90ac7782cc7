"""The tiny API server over HTTP, and a client for it."""

from collections.abc import AsyncIterator

import pytest

from bot.cluster import Cluster
from bot.serving import Address, serving
from tests.cluster.api import Api


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
async def address(api: Api) -> AsyncIterator[Address]:
    async with serving(api, grace=0, log_level="critical") as where:
        yield where


@pytest.fixture
async def cluster(address: Address) -> AsyncIterator[Cluster]:
    async with Cluster.at(address.url, token="secret", total=60.0, idle=60.0) as client:
        yield client
