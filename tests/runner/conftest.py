"""Ends what the runner's stories share at the end of a worker's run."""

from collections.abc import Iterator

import pytest

from tests.runner.warm import WARM


@pytest.fixture(scope="session", autouse=True)
def _stops_the_warm_runner() -> Iterator[None]:
    yield
    WARM.stop()
