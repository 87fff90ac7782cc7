"""A Check Run is one, however often it is written."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.github import GitHub
from bot.github.checks import written
from bot.standins.github import AppRegistration, GitHubStandIn
from handlers.check_run import CheckRun

SHOP = "acme/shop"


@pytest.fixture
async def site(tmp_path: Path, app_registration: AppRegistration) -> AsyncIterator[GitHubStandIn]:
    site = GitHubStandIn(tmp_path / "github", app_registration)
    async with site.serve():
        await site.create_repository(SHOP, {"README.md": "# shop\n"})
        site.grant(SHOP, "ada", role="write")
        yield site
        assert site.violations == []


@pytest.fixture
async def github(site: GitHubStandIn, app_registration: AppRegistration) -> AsyncIterator[GitHub]:
    async with GitHub(app_registration.app_id, app_registration.private_key_pem, site.api_url) as github:
        yield github


async def _run(site: GitHubStandIn) -> CheckRun:
    commit = await site.push_commit(SHOP, "main", files={"a.py": "x = 1\n"}, by="ada")
    return CheckRun("vTeam", commit, "spec-1", "completed", "success", title="All is well", summary="Read it.")


async def test_a_check_written_twice_is_one_and_costs_no_further_write(site: GitHubStandIn, github: GitHub) -> None:
    installation, run = site.install("acme").id, await _run(site)
    first = await written(github, SHOP, installation, run)
    calls = len(site.calls)
    assert await written(github, SHOP, installation, run) == first
    assert [call.partition(" ")[0] for call in site.calls[calls:]] == ["GET"]


async def test_a_check_is_edited_where_it_is_to_say_something_else(site: GitHubStandIn, github: GitHub) -> None:
    installation, run = site.install("acme").id, await _run(site)
    first = await written(github, SHOP, installation, run)
    assert await written(github, SHOP, installation, replace(run, conclusion="failure", title="No")) == first
    repository = site.site.world.repository(SHOP)
    assert repository is not None
    [only] = repository.check_runs.values()
    assert (only.conclusion, only.title, only.summary) == ("failure", "No", "Read it.")


async def test_another_id_is_another_check(site: GitHubStandIn, github: GitHub) -> None:
    installation, run = site.install("acme").id, await _run(site)
    first = await written(github, SHOP, installation, run)
    assert await written(github, SHOP, installation, replace(run, external_id="spec-2")) != first
