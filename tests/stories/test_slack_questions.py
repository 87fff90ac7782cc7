"""Nobody has said which repository: one question, answered once, by a person or by the time; nothing is guessed."""

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.standins.github import AppRegistration
from bot.standins.slack.world import Message
from handlers.slack_words import CHOOSE, KEEP
from tests.house import REPOSITORY, House, built
from tests.played_pods import works
from tests.stories.slack_verbs import linked, until, whispered

pytestmark = pytest.mark.long


def question(house: House) -> Message:
    """The last message of the bot's."""
    return house.slack.last("dev")


async def test_the_question_is_asked_once_and_the_answer_carries_on(house: House) -> None:
    await linked(house, "ada")
    await house.github.create_repository("acme/cart", {"README.md": "# cart\n"})
    await house.github.create_repository("acme/vault", {"README.md": "# vault\n"}, private=True)
    house.pods.part = works({"src/a.py": "x = 2\n"}, text="x is two now.")
    asked = await house.slack_says("@vteam fix the flaky login test")
    await house.settle()
    assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam fix the flaky login test
@vteam (app):
    @ada Which repository do you mean? I wait for 10 minutes.
    [Choose a repository ▾ acme/cart | acme/shop]\
""")
    await house.slack.choose(question(house), CHOOSE, REPOSITORY, by="ada")
    await house.settle()
    assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam fix the flaky login test
    [👀 1]
@vteam (app):
    Repository: *acme/shop*
    [Use for this channel]
@vteam (app):
    *acme/shop*

    *vTeam · fix* — Done.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
    ✅ the work is checked and pushed
    ✅ the pull request is open

    Pull request: https://github.test/acme/shop/pull/2
@vteam (app):
    @ada Done.

    Pull request: https://github.test/acme/shop/pull/2

    > x is two now.\
""")
    [pull] = house.github.pull_requests(REPOSITORY)
    assert "login" not in pull.title + pull.body
    assert house.slack_thread(asked).count("Which repository") == 0


async def test_what_follows_in_the_thread_goes_on_with_the_pull_request(house: House) -> None:
    await linked(house, "ada")
    house.pods.parts = [works({"src/a.py": "x = 2\n"}), works({"src/b.py": "y = 1\n"})]
    asked = await house.slack_says("@vteam fix the flaky login test")
    await house.settle()
    await house.slack.choose(question(house), CHOOSE, REPOSITORY, by="ada")
    await house.settle()
    await house.slack_says("and the other file too", thread_ts=asked.ts)
    await house.settle()
    first, second = await house.sessions()
    assert first.work.origin is not None
    assert second.work.origin is not None
    assert (first.work.origin.issue, second.work.origin.issue) == (None, 2)
    assert house.slack_thread(asked).count("Pull request:") >= 2


async def test_only_the_asker_can_answer(house: House) -> None:
    await linked(house, "ada", "tom")
    await house.slack_says("@vteam fix the flaky login test")
    await house.settle()
    await house.slack.choose(question(house), CHOOSE, REPOSITORY, by="tom")
    await house.settle()
    assert whispered(house, "tom") == snapshot(
        "Only the person who was asked can answer that. Ask me yourself, and I ask you."
    )
    assert await house.sessions() == []


async def test_the_answer_can_be_kept_for_the_channel(house: House) -> None:
    await linked(house, "ada", "tom")
    house.pods.part = works({}, text="So.")
    asked = await house.slack_says("@vteam ask why is it flaky?")
    await house.settle()
    picker = question(house)
    await house.slack.choose(picker, CHOOSE, REPOSITORY, by="ada")
    await house.settle()
    await house.slack.click(picker, KEEP, by="ada")
    await house.settle()
    assert whispered(house, "ada") == snapshot(
        "From now on I take *acme/shop* in this channel where nobody names another one."
    )
    await house.slack_says("@vteam ask and since when?", by="tom")
    await house.settle()
    assert len(await house.sessions()) == 2
    assert "So." in house.slack_thread(asked)


async def test_an_installation_says_what_a_channel_means(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, slack_channels=f"C000000002={REPOSITORY}") as house:
        assert house.slack.channel("dev").id == "C000000002"
        await linked(house, "ada")
        house.pods.part = works({}, text="So.")
        await house.slack_says("@vteam ask why is it flaky?")
        await house.settle()
        assert len(await house.sessions()) == 1


async def test_the_time_answers_with_the_installations_own_repository_also_after_a_restart(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    async with built(tmp_path, app_registration, slack_repository=REPOSITORY) as house:
        await linked(house, "ada")
        house.pods.part = works({}, text="So.")
        asked = await house.slack_says("@vteam ask why is it flaky?")
        await house.settle()
        assert await house.sessions() == []
        await house.bot.stop()
        house.clock.ahead += 601
        await house.bot.start()
        await until(lambda: "So." in house.slack_thread(asked))
        await house.settle()
        assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam ask why is it flaky?
    [👀 1]
@vteam (app):
    Nobody has chosen, so I take the installation's own repository: *acme/shop*
@vteam (app):
    *acme/shop*

    *vTeam · ask* — Here is the answer.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
@vteam (app):
    @ada Here is the answer.

    > So.\
""")
        assert len(await house.sessions()) == 1


async def test_without_a_default_the_time_ends_in_words(house: House) -> None:
    await linked(house, "ada")
    asked = await house.slack_says("@vteam ask why is it flaky?")
    await house.settle()
    house.clock.ahead += 601
    await until(lambda: "done nothing" in house.slack_thread(asked))
    assert house.slack_thread(asked) == snapshot("""\
#dev
@ada:
    @vteam ask why is it flaky?
@vteam (app):
    @ada You have not said which repository you mean, so I have done nothing. Ask again, and name an issue such as `owner/repo#12`.\
""")
    assert await house.sessions() == []
