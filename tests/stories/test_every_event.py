"""Every event with every action that GitHub can send: signed, sent, answered 2xx, and nothing is started by them."""

import pytest

from bot.standins.github.every_event import Scene, every_event
from tests.house import REPOSITORY, House

pytestmark = pytest.mark.long


def scene(house: House, *, full: bool) -> Scene:
    """About the house's own issue, by somebody who may command the bot."""
    world = house.github.site.world
    repository = world.repository(REPOSITORY)
    assert repository is not None
    [installation] = world.installations.values()
    return Scene(
        site=house.github.site,
        repository=repository,
        installation=installation,
        sender=house.github.create_user("ada"),
        full=full,
    )


@pytest.mark.parametrize("full", [False, True], ids=["only what is required", "everything"])
async def test_the_door_takes_every_event_and_none_starts_anything(house: House, full: bool) -> None:
    before = house.thread
    for event in every_event(scene(house, full=full)):
        house.github.site.log.queue(event.name, event.payload)
    await house.settle()
    refused = {f"{one.event}.{one.action}": one.status for one in house.github.deliveries if not one.succeeded}
    assert refused == {}
    assert len(house.github.deliveries) > 270
    assert await house.sessions() == []
    assert house.thread == before
