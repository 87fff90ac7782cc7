"""Fixtures that all stories share. Nothing here patches anything."""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.standins.github import AppRegistration, register_app
from tests import guards
from tests.house import House, built

EXAMPLES, FEW_EXAMPLES = 100, 25
"""How many examples Hypothesis tries for a property that does not say so itself: with the long tests, and without."""


def pytest_configure(config: pytest.Config) -> None:
    """Before the first test is collected, in every process that runs some."""
    guards.install()
    _log_in_short()
    _try_examples(few="not long" in config.option.markexpr)


def _try_examples(*, few: bool) -> None:
    """Examples without chance, so that what fails fails again; VTEAM_TEST_EXAMPLES=5000 looks for new ones.

    Without a clock and without files: a slow machine is no fault of the code."""
    wanted = os.environ.get("VTEAM_TEST_EXAMPLES")
    settings.register_profile(
        "vteam",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,
        print_blob=bool(wanted),
        derandomize=not wanted,
        max_examples=int(wanted or (FEW_EXAMPLES if few else EXAMPLES)),
    )
    settings.load_profile("vteam")


def _log_in_short() -> None:
    """Faults by their plain traceback, as in production: with the values of all names a whole house is written out, which
    holds up the bot's loop for seconds."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S"),
            renderer,
        ]
    )


def pytest_collection_finish() -> None:
    """What was imported stays: the garbage collector, which would look at all of it again and again, lets it be."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    with guards.stays_on_this_machine():
        yield


@pytest.fixture(scope="session", autouse=True)
def _leaves_no_child() -> Iterator[None]:
    with guards.leaves_no_child():
        yield


@pytest.fixture(scope="session")
def app_registration() -> AppRegistration:
    """The App's keys: made once, for making them takes a while."""
    return register_app("vteam")


@pytest.fixture
async def house(tmp_path: Path, app_registration: AppRegistration) -> AsyncIterator[House]:
    """The whole bot, and the world around it; at the end no call was one that GitHub would have refused."""
    async with built(tmp_path, app_registration) as house:
        yield house
        assert house.github.violations == []
        assert house.slack.violations == []
        assert house.pods.faults == []
