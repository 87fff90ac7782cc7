"""Deliveries that can be worked off only when somebody wakes the App again: put aside, and taken up at that moment.

Called by the worker, and by bot/perform.py when GitHub tells that the App is awake. Nothing is asked for meanwhile.
"""

import structlog

from bot.errors import Later, Suspended
from bot.github import GitHub, GitHubRefused
from bot.github.repositories import is_suspended
from bot.store import Store

log = structlog.get_logger()

PAUSE = 1.0
"""Seconds before a delivery is tried again that found the App asleep, though it is awake by now."""


async def park(store: Store, github: GitHub, delivery: str, asleep: Suspended) -> None:
    """Puts the delivery aside until the App is woken there."""
    await store.inbox.park(delivery, _key(asleep.installation))
    log.warning("delivery_parked", reason=asleep.reason)
    # Looked at afterwards: if it was woken in between, what took up the parked ones has not seen this one.
    if not await _sleeps(github, asleep.installation):
        await store.inbox.unpark(_key(asleep.installation), after=PAUSE)


async def take_up(store: Store, installation: int) -> None:
    """Gives back what waits for this installation."""
    taken = await store.inbox.unpark(_key(installation))
    if taken:
        log.info("deliveries_taken_up", installation=installation, count=taken)


async def _sleeps(github: GitHub, installation: int) -> bool:
    try:
        return await is_suspended(github, installation)
    except (Later, GitHubRefused):
        return False  # nobody knows: then the delivery is tried again


def _key(installation: int) -> str:
    return f"suspended installation {installation}"
