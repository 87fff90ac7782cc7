"""The owner of a namespace has its sessions read repositories beside their own: as far as each session may."""

import asyncio
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from bot.cluster import PROJECT_SETTINGS
from crds.agentic_session import Phase
from crds.project_settings import SINGLETON
from tests.house import NAMESPACE, REPOSITORY, House
from tests.played_pods import PodLife, commit, works
from tests.stories.test_personas import order_of
from tests.stories.test_targets import beside

pytestmark = pytest.mark.long


async def owner_names(house: House, *repositories: str, branch: str = "main") -> None:
    """The owner has every session read these."""
    wanted = [{"url": f"{house.github.url}/{name}.git", "branch": branch} for name in repositories]
    settings = {"metadata": {"name": SINGLETON}, "spec": {"contextRepos": wanted}}
    await house.cluster.create(PROJECT_SETTINGS, settings, NAMESPACE)


async def read(house: House) -> list[tuple[str, bool]]:
    """The repositories of the session, and whether it may write there."""
    return [(one.name, one.writable) for one in (await order_of(house)).repositories]


async def unread(house: House) -> list[tuple[str, str]]:
    return [(house.plain(one.source), one.reason) for one in (await order_of(house)).left_out]


async def test_every_session_reads_them_and_writes_nothing_there(house: House) -> None:
    await beside(house)
    await owner_names(house, "acme/other", REPOSITORY, "acme/other")
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert await read(house) == [("acme__shop", True), ("acme__other", False)]
    assert await unread(house) == []


async def test_one_that_the_request_names_as_well_is_read_once(house: House) -> None:
    await beside(house)
    await owner_names(house, "acme/other")
    house.pods.part = works({}, text="Because of the cache.")
    await house.comment("/vteam ask --repo acme/other why is it slow?")
    await house.settle()
    assert await read(house) == [("acme__shop", True), ("acme__other", False)]


async def test_a_private_one_is_read_with_the_sessions_own_token(house: House, tmp_path: Path) -> None:
    await beside(house, "acme/vault", private=True)
    await beside(house, "acme/safe", private=True)
    await owner_names(house, "acme/safe")
    cloned: list[str] = []

    async def part(life: PodLife) -> None:
        await life.runs()
        _, order = await life.call("GET", "/order")
        _, token = await life.call("POST", "/token")
        for one in order["repositories"]:
            (tmp_path / one["name"]).mkdir()
            work, _ = await asyncio.to_thread(commit, tmp_path / one["name"], one, token, {"a": "b"})
            cloned.append(work["repository"])
        await life.ends(1)

    house.pods.part = part
    await house.github.comment("acme/vault", 1, body="/vteam ask why is it slow?", by="ada")
    await house.settle()
    assert cloned == ["acme__vault", "acme__safe"]


async def test_what_this_session_may_not_read_is_left_out_without_its_name(house: House) -> None:
    await beside(house, "acme/vault", private=True)
    await owner_names(house, "acme/vault", "acme/nothing")
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert await read(house) == [("acme__shop", True)]
    assert await unread(house) == snapshot(
        [
            (
                "spec.contextRepos[0] of the project's settings",
                "not read: it is not to be read by who asked, or less public than this thread, or the App is not there",
            ),
            (
                "spec.contextRepos[1] of the project's settings",
                "not read: it is not to be read by who asked, or less public than this thread, or the App is not there",
            ),
        ]
    )


async def test_one_that_is_not_there_as_it_is_written_ends_no_session(house: House) -> None:
    await beside(house)
    await owner_names(house, "acme/other", branch="gone")
    house.pods.part = works({"src/a.py": "x = 2\n"})
    await house.comment("/vteam fix it")
    await house.settle()
    assert (await house.session()).phase is Phase.COMPLETED
    assert await unread(house) == snapshot(
        [("https://github.test/acme/other.git", "not read: acme/other has no branch gone, or no commit on it")]
    )
