"""What the stories in Slack share: people who have linked their accounts, and what they were told alone. Test verbs."""

import asyncio
from collections.abc import Callable

from tests.house import REPOSITORY, House


async def linked(house: House, *names: str) -> None:
    """These people have linked their accounts, some time ago."""
    world = house.bot.world
    assert world is not None
    for name in names:
        github = house.github.site.world.user(name)
        assert github is not None
        team, user = house.slack.site.world.team_id, house.slack.user(name).id
        await world.store.identities.put(team, user, login=name, github_id=github.id)


def whispered(house: House, name: str) -> str:
    """The last thing that only this person was shown."""
    said = [one for one in house.slack.ephemerals(name) if one != "On it."]
    return house.plain(said[-1]) if said else ""


async def defaulted(house: House, channel: str, repository: str = REPOSITORY) -> None:
    """Somebody has said once that this channel is about this repository."""
    world = house.bot.world
    assert world is not None
    place = house.slack.channel(channel).id
    await world.store.channel_defaults.put(house.slack.site.world.team_id, place, repository, by="U1")


async def until(holds: Callable[[], bool], *, seconds: float = 90.0) -> None:
    """Waits for a state that nobody but the clock brings about."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)
