"""A command about another issue, in this repository or another one: done there, or refused in words here.

What must not be seen here is answered exactly as what is not there.
"""

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.cluster import NAMESPACES, PROJECT_SETTINGS
from bot.standins.github import AppRegistration
from bot.standins.github.world import Repository
from crds.agentic_session import Phase
from crds.project_settings import SINGLETON
from tests.house import NAMESPACE, REPOSITORY, House, built
from tests.played_pods import works
from tests.stories.test_refusals import last_words

pytestmark = pytest.mark.long

OTHER, VAULT = "acme/other", "acme/vault"


async def beside(house: House, name: str = OTHER, *, private: bool = False, writes: bool = True) -> Repository:
    """A second repository with one issue; ada may write there, or (public ones) only read."""
    made = await house.github.create_repository(name, {"b.py": "y = 1\n"}, private=private)
    house.github.grant(name, "grace", role="write")
    if writes:
        house.github.grant(name, "ada", role="write")
    await house.github.open_issue(name, "Logouts are slow", body="Since Tuesday.", by="grace")
    return made


async def test_it_is_done_there_and_said_in_both_threads(house: House) -> None:
    await beside(house)
    house.pods.part = works({"b.py": "y = 2\n"}, text="y is two now.")
    await house.comment(f"/vteam fix {OTHER}#1 the logout")
    await house.settle()
    assert [pull.title for pull in house.github.pull_requests(OTHER)] == ["Fix: Logouts are slow"]
    assert house.github.pull_requests(REPOSITORY) == []
    assert house.thread == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@ada (collaborator):
    /vteam fix acme/other#1 the logout
    [👀 1]

@vteam[bot] (bot):
    @ada, I have taken that to acme/other#1, and go on there.
""")
    assert house.plain(house.github.thread(OTHER, 1)) == snapshot("""\
acme/other#1 Logouts are slow [open]

@grace (collaborator):
    Since Tuesday.

@vteam[bot] (bot, edited):
    **vTeam · fix** — Done.

    - [x] accepted
    - [x] the runner has started
    - [x] the agent has worked
    - [x] the work is checked and pushed
    - [x] the pull request is open

    Pull request: https://github.test/acme/other/pull/2
""")


async def test_who_may_write_here_may_not_for_that_reason_write_there(house: House) -> None:
    await beside(house, writes=False)
    await house.comment(f"/vteam fix {OTHER}#1")
    await house.settle()
    assert await house.sessions() == []
    assert last_words(house) == snapshot(
        "@ada, this takes write access to acme/other, and yours is read. Somebody with that access can ask instead."
    )
    assert "@vteam" not in house.github.thread(OTHER, 1)


async def test_a_private_one_is_answered_in_public_as_one_that_is_not_there(house: House) -> None:
    await beside(house, VAULT, private=True)
    said = []
    for target in (f"{VAULT}#1", f"{VAULT}#99", "acme/nothing#1"):
        await house.comment(f"/vteam ask {target} why is it slow?")
        await house.settle()
        said.append(last_words(house).replace(target, "TARGET"))
    assert await house.sessions() == []
    assert len(set(said)) == 1
    assert said[0] == snapshot(
        "@ada, I cannot take that to `TARGET`: either it is not there, or the App is not installed there, or you may not read it, or it is private and this thread is not. Ask in that place itself, or check its address."
    )


async def test_a_private_one_to_be_read_beside_is_answered_as_one_that_is_not_there(house: House) -> None:
    await beside(house, VAULT, private=True, writes=False)
    said = []
    for name in (VAULT, "Acme/VAULT", "acme/nothing"):
        await house.comment(f"/vteam ask --repo {name} why is it slow?")
        await house.settle()
        said.append(last_words(house).replace(name, "NAME"))
    assert len(set(said)) == 1
    assert said[0] == snapshot(
        "@ada, the session in vteam may not read what it asks for: either NAME is not there, or whoever asked may not read it, or the App is not installed there, or it is suspended; whoever owns the repository can help."
    )


async def test_from_a_private_place_those_who_may_read_it_may_ask_about_it(house: House) -> None:
    await beside(house, VAULT, private=True)
    await beside(house, "acme/safe", private=True)
    house.pods.part = works({}, text="Because of the cache.")
    await house.github.comment(VAULT, 1, body="/vteam ask acme/safe#1 why is it slow?", by="ada")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert "Because of the cache." in house.github.thread("acme/safe", 1)
    house.github.grant("acme/safe", "ada", role="none")
    await house.github.comment(VAULT, 1, body="/vteam ask acme/safe#1 why is it slow?", by="ada")
    await house.settle()
    assert len(await house.sessions()) == 1
    assert house.plain(house.github.thread(VAULT, 1)) == snapshot("""\
acme/vault#1 Logouts are slow [open]

@grace (collaborator):
    Since Tuesday.

@ada (collaborator):
    /vteam ask acme/safe#1 why is it slow?
    [👀 1]

@vteam[bot] (bot):
    @ada, I have taken that to acme/safe#1, and go on there.

@ada (collaborator):
    /vteam ask acme/safe#1 why is it slow?

@vteam[bot] (bot):
    @ada, I cannot take that to `acme/safe#1`: either it is not there, or the App is not installed there, or you may not read it, or it is private and this thread is not. Ask in that place itself, or check its address.
""")


async def test_an_issue_that_was_transferred_is_not_followed_to_where_it_may_be_private(house: House) -> None:
    await beside(house, VAULT, private=True)
    number = await house.open_issue("Logins are slow", body="The key is under the mat.", by="ada")
    await house.github.transfer_issue(REPOSITORY, number, to=VAULT, by="ada")
    await house.comment(f"/vteam fix #{number}")
    await house.settle()
    assert await house.sessions() == []
    assert last_words(house) == snapshot(
        "@ada, I cannot take that to `#2`: either it is not there, or the App is not installed there, or you may not read it, or it is private and this thread is not. Ask in that place itself, or check its address."
    )


def bot(house: House, login: str) -> int:
    """The number of a bot's account."""
    return house.github.site.world.add_user(login, "Bot").id


async def test_a_bot_is_heard_by_its_number_and_no_other_bot_is_even_answered(house: House) -> None:
    listed = bot(house, "renovate[bot]")
    bot(house, "renovate-too[bot]")
    house.pods.part = works({"src/a.py": "x = 2\n"})
    house.bot.settings = house.bot.settings.model_copy(update={"bot_ids": (listed,)})
    await house.restart_bot()
    await house.comment("/vteam fix it", by="renovate-too[bot]")
    await house.settle()
    assert await house.sessions() == []
    assert "@vteam" not in house.thread
    await house.comment("/vteam fix it", by="renovate[bot]")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    [pull] = house.github.pull_requests(REPOSITORY)
    assert house.plain(house.github.thread(REPOSITORY, pull.number)) == snapshot("""\
acme/shop#2 Fix: The login test is flaky [open]

@vteam[bot] (bot):
    @renovate[bot], this is what you asked for in #1.

    Fixes #1

    > I fixed it.

    **Checked:** the agent ran no test, linter or build that I know.

    Read it as you would a stranger's change: an agent wrote it. To ask for changes, review it: what people with write access ask for in a review needs no command. Or comment here or on the issue with `/vteam fix` and what is to be different. Commits are added to it.
""")


async def test_a_bot_that_one_owner_lets_speak_does_not_speak_in_another_owners_namespace(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    async with built(tmp_path, app_registration, namespaces=f"{REPOSITORY}={NAMESPACE},{OTHER}=others") as house:
        await house.cluster.create(
            NAMESPACES, {"metadata": {"name": "others", "labels": {"vteam.ambient-code/bot": "true"}}}
        )
        await beside(house)
        spec = {"botIds": [bot(house, "renovate[bot]")]}
        settings = {"metadata": {"name": SINGLETON, "namespace": NAMESPACE}, "spec": spec}
        await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)
        await house.comment(f"/vteam fix {OTHER}#1", by="renovate[bot]")
        await house.settle()
        assert await house.sessions() == []
        await house.comment("/vteam fix it", by="renovate[bot]")
        await house.settle()
        only = await house.session()
        assert only.namespace == NAMESPACE
        assert house.thread.replace(only.name, "NAME") == snapshot("""\
acme/shop#1 The login test is flaky [open]

@grace:
    It fails now and then.

@renovate[bot] (bot):
    /vteam fix acme/other#1

@vteam[bot] (bot):
    @renovate[bot], this takes write access to acme/other, and yours is none. Somebody with that access can ask instead.

@renovate[bot] (bot):
    /vteam fix it
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — I will fix it.

    - [x] accepted as session `vteam/NAME`
    - [x] the runner has started
    - [ ] the agent works
    - [ ] the work is checked and pushed
    - [ ] the pull request is open

    Expected $0.16–2.11, 8–93 turns, 1–20 min.
""")


async def test_a_session_whose_issue_is_transferred_is_stopped_and_that_is_said_there(house: House) -> None:
    await beside(house)
    await house.comment("/vteam fix it")
    await house.settle()
    moved = await house.github.transfer_issue(REPOSITORY, 1, to=OTHER, by="ada")
    await house.settle()
    assert (await house.session()).phase is Phase.STOPPED
    name = (await house.session()).name
    assert house.plain(house.github.thread(OTHER, moved.number)).replace(name, "NAME") == snapshot("""\
acme/other#2 The login test is flaky [open]

@grace (collaborator):
    It fails now and then.

@ada (collaborator):
    /vteam fix it
    [👀 1]

@vteam[bot] (bot, edited):
    **vTeam · fix** — I will fix it.

    - [x] accepted as session `vteam/NAME`
    - [x] the runner has started
    - [ ] the agent works
    - [ ] the work is checked and pushed
    - [ ] the pull request is open

    Expected $0.16–2.11, 8–93 turns, 1–20 min.

@vteam[bot] (bot):
    @ada, I have stopped `NAME`, which began before this issue was moved here. Ask again here to go on.
""")
