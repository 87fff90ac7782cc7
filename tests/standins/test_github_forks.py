"""Forks: a stranger's copy, a pull request from it, and what the base repository and the App see of both."""

from __future__ import annotations

import pytest
from githubkit.exception import RequestFailed
from githubkit.webhooks import parse

from bot.standins.github import GitHubStandIn
from tests.standins.conftest import SHOP, Clients, Door

FORK = "grace/shop"


async def proposed(github: GitHubStandIn) -> str:
    """grace's pull request #1 from her fork; the commit that it proposes."""
    await github.fork(SHOP, by="grace")
    sha = await github.push_commit(FORK, "fix", files={"src/a.py": "x = 2\n"}, by="grace", message="Two")
    await github.open_pull_request(SHOP, "fix", title="Fix", by="grace", fork=FORK)
    return sha


async def test_a_pull_request_from_a_fork_says_where_its_head_lives(
    github: GitHubStandIn, clients: Clients, door: Door
) -> None:
    sha = await proposed(github)
    await github.drain()
    assert door.events == ["pull_request.opened"]
    pull = door.payloads[0]["pull_request"]
    assert (pull["head"]["repo"]["full_name"], pull["head"]["repo"]["fork"]) == (FORK, True)
    assert (pull["head"]["label"], pull["head"]["sha"], pull["head"]["user"]["login"]) == ("grace:fix", sha, "grace")
    assert pull["base"]["repo"]["full_name"] == door.payloads[0]["repository"]["full_name"] == SHOP
    assert pull["author_association"] == "NONE"
    for headers, body in door.heard:
        parse(headers["x-github-event"], body)
    kit = clients.installation()
    found = (await kit.rest.pulls.async_get("acme", "shop", 1)).parsed_data
    assert (found.head.repo.full_name, found.commits, found.changed_files) == (FORK, 1, 1)
    listed = (await kit.rest.pulls.async_list("acme", "shop", head="grace:fix")).parsed_data
    assert [one.number for one in listed] == [1]
    assert (await kit.rest.pulls.async_list("acme", "shop", head="acme:fix")).parsed_data == []
    assert [one.head for one in github.pull_requests(SHOP)] == ["grace:fix"]
    assert github.violations == []


async def test_its_commits_are_readable_in_the_base_repository(github: GitHubStandIn, clients: Clients) -> None:
    sha = await proposed(github)
    kit = clients.installation()
    commit = (await kit.rest.repos.async_get_commit("acme", "shop", sha)).parsed_data
    assert (commit.commit.message, commit.author.login) == ("Two", "grace")
    ref = (await kit.rest.git.async_get_ref("acme", "shop", "pull/1/head")).parsed_data
    assert ref.object_.sha == sha
    compared = (await kit.rest.repos.async_compare_commits("acme", "shop", "main...grace:fix")).parsed_data
    assert [one.filename for one in compared.files] == ["src/a.py"]
    assert "fix" not in await github.branches(SHOP)
    repository = (await kit.rest.repos.async_get("grace", "shop")).parsed_data
    assert (repository.fork, repository.parent.full_name) == (True, SHOP)


async def test_a_push_to_the_fork_moves_the_pull_request(github: GitHubStandIn, door: Door) -> None:
    before = await proposed(github)
    after = await github.push_commit(FORK, "fix", files={"src/a.py": "x = 3\n"}, by="grace")
    await github.drain()
    assert door.events == ["pull_request.opened", "pull_request.synchronize"]
    moved = door.payloads[1]
    assert (moved["before"], moved["after"], moved["pull_request"]["head"]["sha"]) == (before, after, after)
    assert moved["sender"]["login"] == "grace"
    assert (await github.bare(SHOP).refs("refs/pull/1/head"))["refs/pull/1/head"] == after


async def test_a_fork_is_merged_like_any_other(github: GitHubStandIn) -> None:
    await proposed(github)
    await github.merge_pull_request(SHOP, 1, by="ada")
    assert await github.file_at(SHOP, "main", path="src/a.py") == "x = 2\n"
    assert (await github.commit_messages(SHOP, "main"))[-1].startswith("Merge pull request #1 from grace/fix")


async def test_a_fork_that_goes_closes_what_it_proposed(github: GitHubStandIn, clients: Clients) -> None:
    sha = await proposed(github)
    await github.delete_fork(FORK, by="grace")
    kit = clients.installation()
    answer = (await kit.rest.pulls.async_get("acme", "shop", 1)).json()
    assert (answer["state"], answer["head"]["repo"], answer["head"]["sha"]) == ("closed", None, sha)


async def test_the_app_has_no_power_in_a_fork(github: GitHubStandIn, clients: Clients) -> None:
    sha = await proposed(github)
    kit = clients.installation()
    assert (await kit.rest.repos.async_get_content("grace", "shop", "src/a.py", ref=sha)).status_code == 200
    with pytest.raises(RequestFailed) as refused:
        await kit.rest.checks.async_create("grace", "shop", name="vteam", head_sha=sha)
    assert refused.value.response.status_code == 403
    with pytest.raises(RequestFailed) as missing:
        await clients.token(repositories=["grace/shop"])
    assert missing.value.response.status_code == 422
    run = (await kit.rest.checks.async_create("acme", "shop", name="vteam", head_sha=sha)).parsed_data
    assert run.pull_requests == []


async def test_a_stranger_cannot_push_to_the_repository_itself(github: GitHubStandIn) -> None:
    await proposed(github)
    with pytest.raises(PermissionError):
        await github.push_commit(SHOP, "fix", files={"a": "1"}, by="grace")
    with pytest.raises(PermissionError):
        await github.open_pull_request(SHOP, "fix", title="Fix", by="linus", fork=FORK)
