"""Who somebody is on GitHub: proven there by a code, kept without a token, and needed for all but public questions."""

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.standins.github import AppRegistration
from tests.house import REPOSITORY, House, built
from tests.played_pods import works
from tests.stories.slack_verbs import until, whispered

pytestmark = pytest.mark.long


def code(house: House, name: str) -> str:
    """The code that this person was shown."""
    return whispered(house, name).partition("the code *")[2].partition("*")[0]


async def test_a_person_links_their_account_and_may_then_what_they_may_on_github(
    tmp_path: Path, app_registration: AppRegistration
) -> None:
    async with built(tmp_path, app_registration, github_client_id=app_registration.client_id) as house:
        house.github.device_flow.interval = 0.05
        await house.slash(f"fix {REPOSITORY}#1")
        await house.settle()
        assert whispered(house, "ada") == snapshot(
            "For `fix` I have to know who you are on GitHub, since your permission there decides. `/vteam link` connects your accounts in a minute. Until then you can `ask` about public repositories."
        )
        await house.slash("link")
        await house.settle()
        words = whispered(house, "ada")
        assert words.replace(code(house, "ada"), "ABCD-1234") == snapshot(
            "Open https://github.test/login/device and enter the code *ABCD-1234* within 15 minutes. GitHub then tells me your name there, and nothing else is kept. Enter only a code that you have asked for."
        )
        house.github.authorise(code(house, "ada"), by="ada")
        await until(lambda: "on GitHub" in whispered(house, "ada"))
        assert whispered(house, "ada") == snapshot(
            "You are *ada* on GitHub. What you may do there decides what you may ask me for."
        )
        house.pods.part = works({"src/a.py": "x = 2\n"})
        await house.slash(f"fix {REPOSITORY}#1")
        await house.settle()
        assert len(house.github.pull_requests(REPOSITORY)) == 1
        stored = b"".join(path.read_bytes() for path in (tmp_path / "bot").glob("vteam.db*"))
        assert b"ghu_" not in stored
        assert house.github.violations == []


async def test_the_code_waits_through_a_restart(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, github_client_id=app_registration.client_id) as house:
        house.github.device_flow.interval = 0.05
        await house.slash("link")
        await house.settle()
        await house.restart_bot()
        house.github.authorise(code(house, "ada"), by="ada")
        await until(lambda: "on GitHub" in whispered(house, "ada"))


async def test_a_declined_code_links_nobody(tmp_path: Path, app_registration: AppRegistration) -> None:
    async with built(tmp_path, app_registration, github_client_id=app_registration.client_id) as house:
        house.github.device_flow.interval = 0.05
        await house.slash("link")
        await house.settle()
        house.github.deny(code(house, "ada"))
        await until(lambda: "not linked" in whispered(house, "ada"))
        assert whispered(house, "ada") == snapshot(
            "Your accounts are not linked: it was declined on GitHub. `/vteam link` begins anew."
        )


async def test_an_installation_without_a_client_id_says_so(house: House) -> None:
    await house.slash("link")
    await house.settle()
    assert whispered(house, "ada") == snapshot(
        "I cannot link accounts here: the GitHub App's client id is not set. Whoever runs the bot can do so (`VTEAM_GITHUB_CLIENT_ID`)."
    )


async def test_who_is_nobody_on_github_may_ask_about_what_is_public(house: House) -> None:
    house.pods.part = works({}, text="Because the clock is mocked.")
    before = house.thread
    asked = await house.slack_says(f"@vteam ask {REPOSITORY}#1 why is it flaky?", by="grace")
    await house.settle()
    assert house.slack_thread(asked) == snapshot("""\
#dev
@grace:
    @vteam ask acme/shop#1 why is it flaky?
    [👀 1]
@vteam (app):
    acme/shop#1 (https://github.test/acme/shop/issues/1)

    *vTeam · ask* — Here is the answer.

    ✅ accepted
    ✅ the runner has started
    ✅ the agent has worked
@vteam (app):
    @grace Here is the answer.

    > Because the clock is mocked.\
""")
    assert house.thread == before


async def test_who_is_nobody_on_github_hears_nothing_of_what_is_private(house: House) -> None:
    await house.github.create_repository("acme/vault", {"README.md": "# vault\n"}, private=True)
    for place in ("acme/vault#1", "acme/nothing#1"):
        await house.slash(f"ask {place} what is in it?", by="grace")
        await house.settle()
        assert whispered(house, "grace") == snapshot(
            "For `ask` I have to know who you are on GitHub, since your permission there decides. `/vteam link` connects your accounts in a minute. Until then you can `ask` about public repositories."
        )
    assert await house.sessions() == []
