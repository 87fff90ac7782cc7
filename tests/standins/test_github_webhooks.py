"""The App's webhook: signed, built to GitHub's schema, sent once, logged, and sent again only when asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from githubkit.webhooks import parse, verify

from bot.standins.github import AppRegistration, GitHubStandIn
from tests.standins.conftest import SHOP, Clients, Door


async def a_day_in_the_shop(github: GitHubStandIn) -> None:
    """One of everything that is announced."""
    github.ping()
    await github.open_issue(SHOP, "A bug", body="It breaks", by="ada", labels=["bug"])
    comment = await github.comment(SHOP, 1, body="Me too", by="grace")
    await github.edit_comment(SHOP, comment, body="Me too ✓", by="grace")
    await github.delete_comment(SHOP, comment, by="grace")
    await github.assign(SHOP, 1, to="ada", by="ada")
    await github.push_commit(SHOP, "fix", files={"src/a.py": "x = 2\n"}, by="ada")
    await github.open_pull_request(SHOP, "fix", title="Fix", body="Fixes #1", by="ada")
    await github.label(SHOP, 2, name="ready", by="ada")
    await github.comment(SHOP, 2, body="Nice", by="ada")
    await github.push_commit(SHOP, "fix", files={"src/a.py": "x = 3\n"}, by="ada")
    await github.merge_pull_request(SHOP, 2, by="ada")
    await github.unlabel(SHOP, 1, name="bug", by="ada")
    await github.reopen(SHOP, 1, by="ada")
    [installation] = github.site.world.installations.values()
    github.suspend(installation)
    github.revoke_installation(installation)
    await github.drain()


async def test_every_delivery_is_signed_and_parses_as_githubkit_expects(github: GitHubStandIn, door: Door) -> None:
    await a_day_in_the_shop(github)
    assert door.events == [
        "ping.None",
        "issues.opened",
        "issues.labeled",
        "issue_comment.created",
        "issue_comment.edited",
        "issue_comment.deleted",
        "issues.assigned",
        "push.None",
        "pull_request.opened",
        "pull_request.labeled",
        "issue_comment.created",
        "push.None",
        "pull_request.synchronize",
        "pull_request.closed",
        "push.None",
        "issues.closed",
        "issues.unlabeled",
        "issues.reopened",
        "installation.suspend",
        "installation.deleted",
    ]
    for headers, body in door.heard:
        assert verify(github.registration.webhook_secret, body, headers["x-hub-signature-256"])
        parse(headers["x-github-event"], body)
    assert len({headers["x-github-delivery"] for headers, _ in door.heard}) == len(door.heard)


def facts(payload: Any) -> dict[str, Any]:
    return {
        "who": (payload["sender"]["login"], payload["sender"]["type"]),
        "association": payload["comment"]["author_association"],
        "repository": payload["repository"]["full_name"],
        "private": payload["repository"]["private"],
        "on a pull request": "pull_request" in payload["issue"],
    }


async def test_a_comment_says_who_wrote_it_where_and_for_which_installation(
    github: GitHubStandIn, clients: Clients, door: Door
) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    await github.comment(SHOP, 1, body="/vteam fix", by="ada")
    await github.comment(SHOP, 1, body="hm", by="grace")
    kit = clients.installation()
    await kit.rest.issues.async_create_comment("acme", "shop", 1, body="On it")
    await github.drain()
    found = [facts(payload) for payload in door.payloads[1:]]
    assert [one["who"] for one in found] == [("ada", "User"), ("grace", "User"), ("vteam[bot]", "Bot")]
    assert [one["association"] for one in found] == ["COLLABORATOR", "NONE", "NONE"]
    assert {one["repository"] for one in found} == {SHOP}
    assert {payload["installation"]["id"] for payload in door.payloads} == set(github.site.world.installations)


async def test_a_lost_delivery_is_in_the_log_and_comes_when_asked_for(
    github: GitHubStandIn, clients: Clients, door: Door
) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    github.lose_webhooks(1)
    await github.comment(SHOP, 1, body="/vteam fix", by="ada")
    await github.drain()
    assert door.events == ["issues.opened"]
    app = clients.app()
    failed = (await app.rest.apps.async_list_webhook_deliveries(status="failure")).parsed_data
    assert [(one.event, one.status_code, one.redelivery) for one in failed] == [("issue_comment", 502, False)]
    whole = (await app.rest.apps.async_get_webhook_delivery(failed[0].id)).parsed_data
    assert whole.guid == failed[0].guid
    assert (await app.rest.apps.async_redeliver_webhook_delivery(failed[0].id)).status_code == 202
    await github.drain()
    assert door.events == ["issues.opened", "issue_comment.created"]
    assert door.heard[-1][0]["x-github-delivery"] == failed[0].guid
    assert github.violations == []


async def test_the_delivery_log_is_paged_by_cursor_newest_first(github: GitHubStandIn, clients: Clients) -> None:
    for number in range(5):
        await github.open_issue(SHOP, f"Bug {number}", by="ada")
    await github.drain()
    app = clients.app()
    first = await app.rest.apps.async_list_webhook_deliveries(per_page=3)
    ids = [one.id for one in first.parsed_data]
    assert ids == sorted(ids, reverse=True)
    cursor = first.headers["Link"].split("cursor=")[1].split(">")[0]
    second = await app.rest.apps.async_list_webhook_deliveries(per_page=3, cursor=cursor)
    assert len(ids) + len(second.parsed_data) == 5
    assert "Link" not in second.headers


async def test_a_door_that_says_no_is_logged_and_never_asked_again(github: GitHubStandIn, door: Door) -> None:
    door.status = 500
    await github.open_issue(SHOP, "A bug", by="ada")
    await github.drain()
    assert len(door.heard) == 1
    [delivery] = github.deliveries
    assert (delivery.status_code, delivery.status) == (500, "Invalid HTTP Response: 500")


async def test_nobody_listening_is_logged_too(tmp_path: Path, registration: AppRegistration) -> None:
    github = GitHubStandIn(tmp_path, registration, webhook_url="http://127.0.0.1:9/webhook")
    async with github.serve():
        github.install("acme")
        await github.drain()
        assert [one.status_code for one in github.deliveries] == [502]


async def test_deliveries_arrive_twice_and_in_the_wrong_order_when_a_story_wants_it(
    github: GitHubStandIn, door: Door
) -> None:
    with github.held_webhooks() as waiting:
        await github.open_issue(SHOP, "A bug", by="ada")
        await github.comment(SHOP, 1, body="/vteam fix", by="ada")
        waiting.reverse()
        waiting.append(waiting[0])
    await github.drain()
    assert door.events == ["issue_comment.created", "issues.opened", "issue_comment.created"]


@pytest.mark.parametrize("repositories", [["acme/vault"], []])
async def test_what_the_app_is_not_installed_on_is_not_told(
    tmp_path: Path, registration: AppRegistration, door_and_url: tuple[Door, str], repositories: list[str]
) -> None:
    github = GitHubStandIn(tmp_path, registration)
    await github.create_repository(SHOP)
    await github.create_repository("acme/vault", private=True)
    github.install("acme", repositories=repositories)
    github.webhook_url = door_and_url[1]
    async with github.serve():
        await github.open_issue(SHOP, "A bug", by="ada")
        await github.drain()
    assert door_and_url[0].heard == []
