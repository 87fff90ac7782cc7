"""The REST API as githubkit sees it: every answer parses into githubkit's own models, every wrong call is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from githubkit.exception import RequestError, RequestFailed

from bot.standins.github import Cut, GitHubStandIn
from tests.standins.conftest import SHOP, Clients

VAULT = "acme/vault"


async def test_the_app_learns_who_it_is_and_where_it_is_installed(github: GitHubStandIn, clients: Clients) -> None:
    app = clients.app()
    me = (await app.rest.apps.async_get_authenticated()).parsed_data
    assert me is not None
    assert (me.id, me.slug) == (4711, "vteam")
    [installation] = (await app.rest.apps.async_list_installations()).parsed_data
    found = (await app.rest.apps.async_get_repo_installation("acme", "shop")).parsed_data
    assert found.id == installation.id
    assert github.violations == []


async def test_a_token_is_no_wider_than_it_was_asked_for(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(VAULT, "A secret", by="ada")
    await github.open_issue(SHOP, "A bug", by="ada")
    reader = clients.installation(repositories=["shop"], permissions={"issues": "read", "contents": "read"})
    assert (await reader.rest.issues.async_get("acme", "shop", 1)).parsed_data.title == "A bug"
    with pytest.raises(RequestFailed) as refused:
        await reader.rest.issues.async_create_comment("acme", "shop", 1, body="hello")
    assert refused.value.response.status_code == 403
    assert refused.value.response.json()["message"] == "Resource not accessible by integration"
    with pytest.raises(RequestFailed) as hidden:
        await reader.rest.issues.async_get("acme", "vault", 1)
    assert hidden.value.response.status_code == 404
    assert github.violations == []


async def test_a_token_for_what_the_app_has_not_is_refused(clients: Clients) -> None:
    with pytest.raises(RequestFailed) as too_much:
        await clients.token(permissions={"workflows": "write"})
    with pytest.raises(RequestFailed) as unknown:
        await clients.token(repositories=["elsewhere"])
    assert too_much.value.response.status_code == unknown.value.response.status_code == 422


async def test_a_revoked_or_suspended_installation_has_no_power(github: GitHubStandIn, clients: Clients) -> None:
    [installation] = github.site.world.installations.values()
    kit = clients.installation()
    await kit.rest.repos.async_get("acme", "vault")
    github.suspend(installation)
    with pytest.raises(RequestFailed) as suspended:
        await kit.rest.repos.async_get("acme", "vault")
    assert suspended.value.response.status_code == 403
    github.unsuspend(installation)
    github.revoke_installation(installation)
    with pytest.raises(RequestFailed) as revoked:
        await kit.rest.repos.async_get("acme", "vault")
    assert revoked.value.response.status_code == 401


@pytest.mark.parametrize(
    ("minutes", "message"),
    [(60, "'Expiration time' claim ('exp') is too far in the future"), (-5, "'Expiration time' claim")],
)
async def test_a_jwt_lives_ten_minutes_at_most(github: GitHubStandIn, minutes: int, message: str) -> None:
    now = datetime.now(UTC)
    claims = {"iss": "4711", "iat": now - timedelta(minutes=6), "exp": now + timedelta(minutes=minutes)}
    token = jwt.encode(claims, github.registration.private_key_pem, algorithm="RS256")
    async with httpx.AsyncClient(base_url=github.api_url) as client:
        answer = await client.get("/app", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json()["message"].startswith(message)


async def test_a_repository_tells_its_visibility_and_who_may_do_what(github: GitHubStandIn, clients: Clients) -> None:
    kit = clients.installation()
    vault = (await kit.rest.repos.async_get("acme", "vault")).parsed_data
    assert (vault.private, vault.visibility, vault.default_branch, vault.archived) == (True, "private", "main", False)
    github.grant(VAULT, "linus", role="maintain")
    roles = {}
    for name in ("ada", "linus", "grace", "acme"):
        level = (await kit.rest.repos.async_get_collaborator_permission_level("acme", "vault", name)).parsed_data
        roles[name] = (level.permission, level.role_name)
    assert roles == {
        "ada": ("write", "write"),
        "linus": ("write", "maintain"),
        "grace": ("none", "none"),
        "acme": ("admin", "admin"),
    }
    assert (await kit.rest.users.async_get_by_username("ada")).parsed_data.login == "ada"


async def test_comments_are_written_edited_and_paged(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    kit = clients.installation()
    for number in range(5):
        await kit.rest.issues.async_create_comment("acme", "shop", 1, body=f"number {number}")
    first = await kit.rest.issues.async_list_comments("acme", "shop", 1, per_page=2)
    assert [comment.body for comment in first.parsed_data] == ["number 0", "number 1"]
    assert 'page=2>; rel="next"' in first.headers["Link"]
    everything = [
        one.body
        async for one in kit.rest.paginate(
            kit.rest.issues.async_list_comments, owner="acme", repo="shop", issue_number=1, per_page=2
        )
    ]
    assert everything == [f"number {number}" for number in range(5)]
    last = first.parsed_data[0]
    await kit.rest.issues.async_update_comment("acme", "shop", last.id, body="better")
    again = (await kit.rest.issues.async_get_comment("acme", "shop", last.id)).parsed_data
    assert again.body == "better"
    assert again.performed_via_github_app is not None
    assert "@vteam[bot] (bot, edited):\n    better" in github.thread(SHOP, 1)


async def test_labels_and_reactions(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(SHOP, "A bug", by="ada", labels=["bug"])
    comment = await github.comment(SHOP, 1, body="me too", by="grace")
    kit = clients.installation()
    await kit.rest.issues.async_add_labels("acme", "shop", 1, data=["vteam:fix"])
    names = [one.name for one in (await kit.rest.issues.async_list_labels_on_issue("acme", "shop", 1)).parsed_data]
    assert names == ["bug", "vteam:fix"]
    left = (await kit.rest.issues.async_remove_label("acme", "shop", 1, "vteam:fix")).parsed_data
    assert [one.name for one in left] == ["bug"]
    new = await kit.rest.reactions.async_create_for_issue_comment("acme", "shop", comment.id, content="eyes")
    known = await kit.rest.reactions.async_create_for_issue_comment("acme", "shop", comment.id, content="eyes")
    await kit.rest.reactions.async_create_for_issue("acme", "shop", 1, content="rocket")
    assert (new.status_code, known.status_code) == (201, 200)
    assert new.parsed_data.id == known.parsed_data.id
    assert "[👀 1]" in github.thread(SHOP, 1)
    assert github.violations == []


async def test_a_pull_request_is_opened_once_and_only_with_commits(github: GitHubStandIn, clients: Clients) -> None:
    await github.push_commit(SHOP, "fix", files={"src/a.py": "x = 2\n", "b.txt": "one\ntwo\n"}, by="ada")
    await github.push_commit(SHOP, "other", files={"c.txt": "c\n"}, by="ada")
    kit = clients.installation()
    opened = (
        await kit.rest.pulls.async_create("acme", "shop", title="Fix", head="fix", base="main", body="why")
    ).parsed_data
    assert (opened.number, opened.commits, opened.additions, opened.deletions, opened.mergeable) == (1, 1, 3, 1, True)
    with pytest.raises(RequestFailed) as again:
        await kit.rest.pulls.async_create("acme", "shop", title="Fix", head="fix", base="main")
    assert again.value.response.json()["errors"] == [
        {"resource": "PullRequest", "code": "custom", "message": "A pull request already exists for acme:fix."}
    ]
    with pytest.raises(RequestFailed) as nothing:
        await kit.rest.pulls.async_create("acme", "shop", title="Fix", head="main", base="main")
    assert nothing.value.response.json()["errors"][0]["message"] == "No commits between main and main"
    found = (await kit.rest.pulls.async_list("acme", "shop", head="acme:fix", state="all")).parsed_data
    assert [one.number for one in found] == [1]
    assert (await kit.rest.pulls.async_list("acme", "shop", head="acme:other")).parsed_data == []
    patched = (await kit.rest.pulls.async_update("acme", "shop", 1, title="Better", state="closed")).parsed_data
    assert (patched.title, patched.state) == ("Better", "closed")
    assert (await kit.rest.pulls.async_get("acme", "shop", 1)).parsed_data.merged is False
    assert github.violations == []


async def test_a_merge_closes_what_the_pull_request_fixes(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    await github.push_commit(SHOP, "fix", files={"src/a.py": "x = 2\n"}, by="ada")
    await github.open_pull_request(SHOP, "fix", title="Fix", body="Fixes #1", by="ada")
    await github.merge_pull_request(SHOP, 2, by="ada")
    assert await github.file_at(SHOP, "main", path="src/a.py") == "x = 2\n"
    kit = clients.installation()
    assert (await kit.rest.pulls.async_get("acme", "shop", 2)).parsed_data.merged is True
    assert "[closed]" in github.thread(SHOP, 1)


async def test_git_is_readable_over_rest(github: GitHubStandIn, clients: Clients) -> None:
    sha = await github.push_commit(SHOP, "topic/one", files={"src/a.py": "x = 3\n"}, by="ada", message="Three")
    kit = clients.installation()
    branch = (await kit.rest.repos.async_get_branch("acme", "shop", "topic/one")).parsed_data
    assert (branch.commit.sha, branch.protected) == (sha, False)
    assert (await kit.rest.git.async_get_ref("acme", "shop", "heads/topic/one")).parsed_data.object_.sha == sha
    commit = (await kit.rest.repos.async_get_commit("acme", "shop", "topic/one")).parsed_data
    assert commit.commit.message == "Three"
    assert [file.filename for file in commit.files or []] == ["src/a.py"]
    content = (await kit.rest.repos.async_get_content("acme", "shop", "src/a.py", ref=sha)).json()
    assert base64.b64decode(content["content"]) == b"x = 3\n"
    run = (
        await kit.rest.checks.async_create("acme", "shop", name="vteam", head_sha=sha, status="in_progress")
    ).parsed_data
    done = {"conclusion": "success", "output": {"title": "Done", "summary": "All well"}}
    await kit.rest.checks.async_update("acme", "shop", run.id, data=done)
    [listed] = (await kit.rest.checks.async_list_for_ref("acme", "shop", sha)).parsed_data.check_runs
    assert (listed.status, listed.conclusion, listed.output.title) == ("completed", "success", "Done")
    assert github.violations == []


async def test_what_is_public_is_readable_by_all_and_what_is_private_is_not_there(github: GitHubStandIn) -> None:
    async with httpx.AsyncClient(base_url=github.api_url) as client:
        assert (await client.get("/repos/acme/shop")).status_code == 200
        assert (await client.get("/repos/acme/vault")).status_code == 404
        assert (await client.get("/rate_limit")).json()["resources"]["core"]["remaining"] == 4998


async def test_every_call_that_no_correct_client_makes_is_written_down(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    headers = {"Authorization": f"Bearer {await clients.token()}"}
    async with httpx.AsyncClient(base_url=github.api_url, headers=headers) as client:
        calls = [
            await client.get("/repos/acme/shop/stars"),
            await client.put("/repos/acme/shop"),
            await client.get("/repos/acme/shop?colour=red"),
            await client.post("/repos/acme/shop/issues/1/comments", json={"text": "x"}),
            await client.get("/repos/acme/shop/pulls?head=fix"),
            await client.get("/app"),
            await client.get("/repos/acme/shop/pulls/1", headers={"Accept": "application/vnd.github.diff"}),
            await client.get(
                "/repos/acme/shop/contents/README.md", headers={"Accept": "application/vnd.github.raw+json"}
            ),
        ]
    assert [answer.status_code for answer in calls] == [404, 404, 422, 422, 422, 401, 415, 415]
    assert len(github.violations) == len(calls)
    assert github.violations[3].startswith("POST /api/v3/repos/acme/shop/issues/1/comments: body refused: body: Field")


async def test_the_same_answer_is_not_sent_twice(github: GitHubStandIn) -> None:
    async with httpx.AsyncClient(base_url=github.api_url) as client:
        first = await client.get("/repos/acme/shop")
        second = await client.get("/repos/acme/shop", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 304


async def test_a_spent_rate_limit_says_when_to_come_back(github: GitHubStandIn) -> None:
    github.limits.limit = 1
    async with httpx.AsyncClient(base_url=github.api_url) as client:
        await client.get("/repos/acme/shop")
        refused = await client.get("/repos/acme/shop")
    assert refused.status_code == 403
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert int(refused.headers["X-RateLimit-Reset"]) > 0


@pytest.mark.parametrize(("when", "comments"), [("before", 0), ("after", 1)])
async def test_a_wire_cut_after_the_work_leaves_the_work_done(
    github: GitHubStandIn, clients: Clients, when: str, comments: int
) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    kit = clients.installation()
    await kit.rest.repos.async_get("acme", "shop")
    github.cut = Cut(at=1, when="before" if when == "before" else "after")
    with pytest.raises(RequestError):
        await kit.rest.issues.async_create_comment("acme", "shop", 1, body="hello")
    assert len(github.site.world.repositories[SHOP].threads[1].comments) == comments
    await kit.rest.repos.async_get("acme", "shop")


async def test_a_failure_is_given_once_to_the_call_that_was_named(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue(SHOP, "A bug", by="ada")
    kit = clients.installation()
    github.fail_next("POST", r"/issues/1/comments$", status=502)
    assert (await kit.rest.issues.async_get("acme", "shop", 1)).parsed_data.number == 1
    with pytest.raises(RequestFailed) as failed:
        await kit.rest.issues.async_create_comment("acme", "shop", 1, body="hello")
    assert failed.value.response.status_code == 502
    assert (await kit.rest.issues.async_create_comment("acme", "shop", 1, body="hello")).status_code == 201
    assert github.calls[-1] == "POST /api/v3/repos/acme/shop/issues/1/comments"


async def test_a_pull_request_that_conflicts_says_so(github: GitHubStandIn, clients: Clients) -> None:
    await github.push_commit(SHOP, "fix", files={"src/a.py": "x = 2\n"}, by="ada")
    await github.open_pull_request(SHOP, "fix", title="Fix", by="ada")
    await github.push_commit(SHOP, "main", files={"src/a.py": "x = 3\n"}, by="ada")
    kit = clients.installation()
    pull = (await kit.rest.pulls.async_get("acme", "shop", 1)).parsed_data
    assert (pull.mergeable, pull.mergeable_state) == (False, "dirty")
    with pytest.raises(ValueError, match="cannot be merged"):
        await github.merge_pull_request(SHOP, 1, by="ada")
