"""The owner of a namespace says what a Slack channel means; the channel's people and the installation come before."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.cluster import PROJECT_SETTINGS, Invalid
from bot.standins.github import AppRegistration
from crds.project_settings import SINGLETON
from tests.house import NAMESPACE, REPOSITORY, House, built
from tests.played_pods import works
from tests.stories.slack_verbs import defaulted, linked

pytestmark = pytest.mark.long

CHANNEL, CART = "C000000002", "acme/cart"


async def owned(house: House, *repositories: str) -> None:
    """The owner of the namespace says that #dev means these."""
    assert house.slack.channel("dev").id == CHANNEL
    said = [{"channel": CHANNEL, "repository": name} for name in repositories]
    settings = {"metadata": {"name": SINGLETON}, "spec": {"slackChannels": said}}
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)
    await linked(house, "ada")
    await house.github.create_repository(CART, {"README.md": "# cart\n"})
    house.github.grant(CART, "ada", role="write")
    house.pods.part = works({}, text="So.")


async def asked_about(house: House) -> list[str]:
    """The repositories of the sessions that a question without a name starts."""
    await house.slack_says("@vteam ask why is it flaky?")
    await house.settle()
    return [session.work.repositories[0].url.partition(house.github.url + "/")[2] for session in await house.sessions()]


async def test_a_channel_means_what_the_owner_says(house: House) -> None:
    await owned(house, REPOSITORY)
    assert await asked_about(house) == [f"{REPOSITORY}.git"]


async def test_the_channels_people_come_first(house: House) -> None:
    await owned(house, REPOSITORY)
    await defaulted(house, "dev", CART)
    assert await asked_about(house) == [f"{CART}.git"]


async def test_the_installation_comes_before_the_owner(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, slack_channels=f"{CHANNEL}={CART}") as house:
        await owned(house, REPOSITORY)
        assert await asked_about(house) == [f"{CART}.git"]


async def test_what_is_not_the_namespaces_is_ignored_in_words_and_asked_for(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    async with built(tmp_path, app_registration, namespaces=f"{CART}={NAMESPACE},*/*=elsewhere") as house:
        await owned(house, REPOSITORY)
        with capture_logs() as lines:
            assert await asked_about(house) == []
        assert "Which repository do you mean?" in house.slack.last("dev").text
        [line] = [line for line in lines if line["event"] == "slack_channel_ignored"]
        assert (line["namespace"], line["repository"]) == (NAMESPACE, REPOSITORY)


async def test_a_channel_has_one_meaning(house: House) -> None:
    with pytest.raises(Invalid, match="Duplicate value"):
        await owned(house, REPOSITORY, CART)
