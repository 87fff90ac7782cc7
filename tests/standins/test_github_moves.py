"""Repositories and issues that are renamed, transferred, archived, hidden, deleted; installations that change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from githubkit.exception import RequestFailed
from githubkit.webhooks import parse

from bot.standins.github import GitHubStandIn
from tests.standins.conftest import SHOP, Clients, Door

VAULT = "acme/vault"


def all_parse(door: Door) -> None:
    for headers, body in door.heard:
        parse(headers["x-github-event"], body)


async def get(github: GitHubStandIn, path: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=github.api_url, headers=headers) as client:
        return await client.get(path)


async def test_an_old_name_leads_to_the_new_one(github: GitHubStandIn, clients: Clients, door: Door) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    repository = github.rename(SHOP, "store")
    await github.drain()
    told = door.payloads[-1]
    assert (told["action"], told["changes"]) == ("renamed", {"repository": {"name": {"from": "shop"}}})
    assert told["repository"]["full_name"] == "acme/store"
    answer = await get(github, "/repos/acme/shop/issues/1/comments?per_page=5")
    assert answer.status_code == 301
    address = f"{github.api_url}/repositories/{repository.id}/issues/1/comments?per_page=5"
    assert (answer.headers["Location"], answer.json()["url"]) == (address, address)
    assert answer.json()["message"] == "Moved Permanently"
    kit = clients.installation()
    made = await kit.rest.issues.async_create_comment("acme", "shop", 1, body="Still here")
    assert made.json()["issue_url"].endswith("/repos/acme/store/issues/1")
    by_id = (await kit.arequest("GET", f"/repositories/{repository.id}")).json()
    assert (by_id["id"], by_id["full_name"]) == (repository.id, "acme/store")
    assert (await kit.rest.issues.async_get("acme", "store", 1)).parsed_data.title == "A bug"
    all_parse(door)
    assert github.violations == []


async def test_git_follows_the_new_name(github: GitHubStandIn, tmp_path: Path) -> None:
    github.rename(SHOP, "store")
    await github.create_repository("acme/other", {"README.md": "# other\n"})
    git = await asyncio.create_subprocess_exec(
        "git", "clone", "--quiet", f"{github.url}/{SHOP}.git", str(tmp_path / "clone"), stderr=asyncio.subprocess.PIPE
    )
    await git.communicate()
    assert git.returncode == 0
    assert (tmp_path / "clone" / "README.md").read_text() == "# shop\n"


async def test_a_name_that_is_taken_again_leads_nowhere_else(github: GitHubStandIn) -> None:
    github.rename(SHOP, "store")
    await github.create_repository(SHOP, {"README.md": "# new\n"})
    assert (await get(github, f"/repos/{SHOP}")).json()["full_name"] == SHOP
    assert await github.file_at(SHOP, "main", path="README.md") == "# new\n"
    assert await github.file_at("acme/store", "main", path="README.md") == "# shop\n"


async def test_what_is_hidden_does_not_betray_its_new_name(github: GitHubStandIn) -> None:
    github.rename(VAULT, "safe")
    assert (await get(github, f"/repos/{VAULT}")).status_code == 404


async def test_a_repository_that_leaves_takes_the_app_away(github: GitHubStandIn, clients: Clients, door: Door) -> None:
    kit = clients.installation()
    await kit.rest.repos.async_get("acme", "vault")
    github.transfer(VAULT, "initech")
    await github.drain()
    assert door.events == []
    with pytest.raises(RequestFailed) as gone:
        await kit.rest.repos.async_get("acme", "vault")
    assert gone.value.response.status_code == 404
    github.install("initech")
    github.transfer(SHOP, "initech")
    await github.drain()
    assert door.events == ["installation.created", "repository.transferred"]
    assert door.payloads[-1]["changes"]["owner"]["from"]["organization"]["login"] == "acme"
    all_parse(door)


async def test_an_archived_repository_is_read_only(github: GitHubStandIn, clients: Clients, door: Door) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    github.archive(SHOP)
    kit = clients.installation()
    assert (await kit.rest.repos.async_get("acme", "shop")).parsed_data.archived
    with pytest.raises(RequestFailed) as refused:
        await kit.rest.issues.async_create_comment("acme", "shop", 1, body="hello")
    assert refused.value.response.status_code == 403
    assert refused.value.response.json()["message"] == "Repository was archived so is read-only."
    with pytest.raises(PermissionError):
        await github.comment(SHOP, 1, body="hello", by="ada")
    github.unarchive(SHOP)
    await kit.rest.issues.async_create_comment("acme", "shop", 1, body="hello")
    await github.drain()
    assert [one for one in door.events if one.startswith("repository.")] == [
        "repository.archived",
        "repository.unarchived",
    ]
    all_parse(door)


async def test_a_repository_is_hidden_shown_and_deleted(github: GitHubStandIn, door: Door) -> None:
    github.make_private(SHOP)
    assert (await get(github, f"/repos/{SHOP}")).status_code == 404
    github.make_public(SHOP)
    assert (await get(github, f"/repos/{SHOP}")).status_code == 200
    github.delete_repository(SHOP)
    assert (await get(github, f"/repos/{SHOP}")).status_code == 404
    await github.drain()
    assert door.events == ["repository.privatized", "repository.publicized", "repository.deleted"]
    assert [one["repository"]["private"] for one in door.payloads] == [True, False, False]
    all_parse(door)


async def test_an_issue_is_edited_assigned_and_unassigned(github: GitHubStandIn, door: Door) -> None:
    await github.open_issue(SHOP, "A bug", body="One", by="grace", labels=["vteam"])
    await github.edit_issue(SHOP, 1, body="Two", by="ada")
    await github.assign(SHOP, 1, to="vteam[bot]", by="ada")
    await github.unassign(SHOP, 1, to="vteam[bot]", by="ada")
    await github.drain()
    assert door.events == [
        "issues.opened", "issues.labeled", "issues.edited", "issues.assigned", "issues.unassigned",
    ]  # fmt: skip
    opened, _, edited, assigned, _ = door.payloads
    assert [label["name"] for label in opened["issue"]["labels"]] == ["vteam"]
    assert (edited["changes"], edited["sender"]["login"]) == ({"body": {"from": "One"}}, "ada")
    assert (assigned["assignee"]["login"], assigned["assignee"]["type"]) == ("vteam[bot]", "Bot")
    assert [one["login"] for one in assigned["issue"]["assignees"]] == ["vteam[bot]"]
    with pytest.raises(PermissionError):
        await github.edit_issue(SHOP, 1, body="Three", by="linus")
    all_parse(door)


async def test_an_issue_moves_to_another_repository(github: GitHubStandIn, clients: Clients, door: Door) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    await github.comment(SHOP, 1, body="Me too", by="grace")
    moved = await github.transfer_issue(SHOP, 1, to=VAULT, by="ada")
    await github.drain()
    assert door.events[-2:] == ["issues.transferred", "issues.opened"]
    assert door.payloads[-2]["changes"]["new_repository"]["full_name"] == VAULT
    assert door.payloads[-1]["changes"]["old_issue"]["number"] == 1
    token = await clients.token()
    there = await get(github, "/repos/acme/shop/issues/1", token)
    assert there.status_code == 301
    assert there.headers["Location"].endswith(f"/repositories/{door.payloads[-1]['repository']['id']}/issues/1")
    assert (await get(github, "/repos/acme/shop/issues/1")).status_code == 404
    assert "Me too" in github.thread(VAULT, moved.number)
    assert (await github.open_issue(SHOP, "Another", by="ada")).number == 2
    all_parse(door)


async def test_a_deleted_issue_is_gone(github: GitHubStandIn, door: Door) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    await github.delete_issue(SHOP, 1, by="acme")
    answer = await get(github, "/repos/acme/shop/issues/1")
    assert (answer.status_code, answer.json()["message"]) == (410, "This issue was deleted")


async def test_an_installation_gains_and_loses_repositories(
    github: GitHubStandIn, clients: Clients, door: Door
) -> None:
    [installation] = github.site.world.installations.values()
    github.change_installation(installation, [SHOP])
    with pytest.raises(RequestFailed):
        await clients.token(repositories=["vault"])
    github.change_installation(installation, [SHOP, VAULT])
    await clients.token(repositories=["vault"])
    await github.drain()
    assert door.events == ["installation_repositories.removed", "installation_repositories.added"]
    assert [one["full_name"] for one in door.payloads[0]["repositories_removed"]] == [VAULT]
    assert door.payloads[1]["repository_selection"] == "selected"
    all_parse(door)


async def test_a_suspended_installation_gets_no_token(github: GitHubStandIn, clients: Clients, door: Door) -> None:
    [installation] = github.site.world.installations.values()
    github.suspend(installation)
    with pytest.raises(RequestFailed) as refused:
        await clients.token()
    assert refused.value.response.status_code == 403
    assert refused.value.response.json()["message"] == "This installation has been suspended"
    await github.open_issue(SHOP, "A bug", by="ada")
    github.unsuspend(installation)
    await clients.token()
    await github.drain()
    assert door.events == ["installation.suspend", "installation.unsuspend"]
    all_parse(door)
