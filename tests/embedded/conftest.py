"""A control plane in a directory of its own, a client with all rights, and a namespace to work in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cluster import Cluster
from bot.embedded.control_plane import ControlPlane, ControlPlaneOptions
from tests.embedded.asking import NAMESPACE

OPTIONS = ControlPlaneOptions(namespaces={NAMESPACE: {"purpose": "test"}}, backoff=0.1)


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    async with ControlPlane.open(tmp_path / "plane", OPTIONS) as running:
        yield running


@pytest.fixture
async def cluster(plane: ControlPlane) -> AsyncIterator[Cluster]:
    async with plane.cluster() as client:
        yield client
