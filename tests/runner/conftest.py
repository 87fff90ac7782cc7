"""Ends what the runner's stories share at the end of a worker's run."""

from collections.abc import Iterator

import pytest

from runner.context.ranking import syntax
from tests.runner.warm import WARM


@pytest.fixture(scope="session", autouse=True)
def _ends_what_is_shared() -> Iterator[None]:
    yield
    WARM.stop()
    syntax.shared().close()
