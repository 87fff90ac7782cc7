"""git over HTTP, with the real git command as the client: clones, pushes, who may, and what follows a push."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from githubkit.exception import RequestFailed

from bot.embedded.kubelet.processes import descendants
from bot.standins.github import AppRegistration, Cut, GitHubStandIn
from tests.standins.conftest import SHOP, Clients, Door

VAULT = "acme/vault"


@dataclass(frozen=True)
class Outcome:
    code: int
    said: str


async def git(where: Path, *arguments: str) -> Outcome:
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(where),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **{f"GIT_{role}_{part}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")},
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("git", *arguments, cwd=where, env=given, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    return Outcome(process.returncode or 0, (out + err).decode())


def address(github: GitHubStandIn, repository: str, token: str | None = None) -> str:
    who = f"x-access-token:{token}@" if token else ""
    return f"{github.url.replace('://', f'://{who}')}/{repository}.git"


async def changed_clone(github: GitHubStandIn, where: Path, token: str, *, path: str = "src/a.py") -> Path:
    """A clone on branch `fix` with one commit that writes `path`."""
    assert (await git(where, "clone", "-q", address(github, SHOP, token), "work")).code == 0
    work = where / "work"
    await git(work, "checkout", "-q", "-b", "fix")
    (work / path).parent.mkdir(parents=True, exist_ok=True)
    (work / path).write_text("x = 42\n")
    await git(work, "add", "-A")
    await git(work, "commit", "-q", "-m", "Fix it")
    return work


async def test_public_is_cloned_by_anybody_and_private_by_its_token(
    github: GitHubStandIn, clients: Clients, tmp_path: Path
) -> None:
    assert (await git(tmp_path, "clone", "-q", address(github, SHOP), "open")).code == 0
    assert (await git(tmp_path, "clone", "-q", address(github, VAULT), "no")).code != 0
    other = await clients.token(repositories=["shop"], permissions={"contents": "read"})
    refused = await git(tmp_path, "clone", "-q", address(github, VAULT, other), "no")
    assert "Repository not found" in refused.said or "not found" in refused.said
    own = await clients.token(repositories=["vault"], permissions={"contents": "read"})
    assert (await git(tmp_path, "clone", "-q", "--depth=1", address(github, VAULT, own), "mine")).code == 0
    partial = await git(tmp_path, "clone", "-q", "--filter=blob:none", address(github, VAULT, own), "partial")
    assert partial == Outcome(0, "")
    assert github.violations == []


async def test_what_is_public_elsewhere_is_read_with_a_token_and_not_written(
    github: GitHubStandIn, clients: Clients, tmp_path: Path
) -> None:
    """An installation's token reads what everybody may, wherever that is, and may do nothing there."""
    await github.create_repository("strangers/lib", {"src/a.py": "x = 1\n"})
    await github.create_repository("strangers/safe", {"src/a.py": "x = 1\n"}, private=True)
    await github.open_issue("strangers/lib", "Slow", by="grace")
    kit, token = clients.installation(), await clients.token()
    assert (await kit.rest.repos.async_get("strangers", "lib")).parsed_data.private is False
    assert (await kit.rest.repos.async_get_content("strangers", "lib", "src/a.py")).status_code == 200
    assert (await kit.rest.git.async_get_ref("strangers", "lib", "heads/main")).status_code == 200
    assert (await kit.rest.issues.async_get("strangers", "lib", 1)).status_code == 200
    app, permission = clients.app(), kit.rest.repos.async_get_collaborator_permission_level
    for status, call in (
        (403, partial(kit.rest.issues.async_create_comment, "strangers", "lib", 1, body="Hello")),
        (403, partial(permission, "strangers", "lib", "ada")),
        (404, partial(kit.rest.repos.async_get, "strangers", "safe")),
        (404, partial(app.rest.apps.async_get_repo_installation, "strangers", "lib")),
    ):
        with pytest.raises(RequestFailed) as refused:
            await call()
        assert refused.value.response.status_code == status
    with pytest.raises(RequestFailed, match="422"):
        await clients.token(repositories=["lib"])
    assert (await git(tmp_path, "clone", "-q", address(github, "strangers/lib", token), "open")).code == 0
    assert (await git(tmp_path / "open", "push", "-q", "origin", "HEAD:more")).code != 0
    assert (await git(tmp_path, "clone", "-q", address(github, "strangers/safe", token), "no")).code != 0
    assert github.violations == []


async def test_a_push_moves_the_pull_request_and_tells_it(
    github: GitHubStandIn, clients: Clients, door: Door, tmp_path: Path
) -> None:
    token = await clients.token(permissions={"contents": "write", "pull_requests": "write"})
    work = await changed_clone(github, tmp_path, token)
    assert (await git(work, "push", "-q", "origin", "fix")).code == 0
    kit = clients.installation()
    await kit.rest.pulls.async_create("acme", "shop", title="Fix", head="fix", base="main")
    (work / "src/a.py").write_text("x = 43\n")
    await git(work, "commit", "-q", "-am", "Again")
    assert (await git(work, "push", "-q", "origin", "fix")).code == 0
    head = (await git(work, "rev-parse", "HEAD")).said.strip()
    assert (await kit.rest.pulls.async_get("acme", "shop", 1)).parsed_data.head.sha == head
    await github.drain()
    assert door.events == ["push.None", "pull_request.opened", "push.None", "pull_request.synchronize"]
    assert door.payloads[0]["created"] is True
    assert [commit["message"] for commit in door.payloads[0]["commits"]] == ["Fix it"]
    assert "+x = 43" in await github.diff(SHOP, "main", head="fix")
    assert github.violations == []


async def test_a_token_that_may_only_read_pushes_nothing(
    github: GitHubStandIn, clients: Clients, tmp_path: Path
) -> None:
    work = await changed_clone(github, tmp_path, await clients.token(permissions={"contents": "read"}))
    refused = await git(work, "push", "origin", "fix")
    assert refused.code != 0
    assert "403" in refused.said
    assert list(await github.branches(SHOP)) == ["main"]


async def test_the_default_branch_is_closed_to_apps(github: GitHubStandIn, clients: Clients, tmp_path: Path) -> None:
    work = await changed_clone(github, tmp_path, await clients.token())
    refused = await git(work, "push", "origin", "fix:main")
    assert refused.code != 0
    assert "GH006: Protected branch update failed for refs/heads/main" in refused.said


async def test_workflows_are_closed_to_apps_without_the_permission(
    github: GitHubStandIn, clients: Clients, tmp_path: Path
) -> None:
    work = await changed_clone(github, tmp_path, await clients.token(), path=".github/workflows/ci.yml")
    refused = await git(work, "push", "origin", "fix")
    assert "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml`" in refused.said
    assert list(await github.branches(SHOP)) == ["main"]


async def test_a_big_push_streams_in_chunks_and_comes_back_whole(
    github: GitHubStandIn, clients: Clients, tmp_path: Path
) -> None:
    work = await changed_clone(github, tmp_path, await clients.token())
    noise = os.urandom(3_000_000)
    (work / "noise.bin").write_bytes(noise)
    await git(work, "add", "-A")
    await git(work, "commit", "-q", "-m", "Noise")
    assert (await git(work, "push", "-q", "origin", "fix")).code == 0
    assert await github.bare(SHOP).file("fix", "noise.bin") == noise


@pytest.mark.parametrize(("at", "arrived"), [(1, False), (3, True)])
async def test_a_push_whose_answer_is_lost_has_still_happened(
    github: GitHubStandIn, clients: Clients, tmp_path: Path, at: int, arrived: bool
) -> None:
    work = await changed_clone(github, tmp_path, await clients.token())
    before = len(github.calls)
    github.cut = Cut(at=at, when="after")
    assert (await git(work, "push", "origin", "fix")).code != 0
    assert ("fix" in await github.branches(SHOP)) is arrived
    assert github.calls[before:][-1].endswith("git-receive-pack" if arrived else "info/refs")


async def test_branches_and_commits_of_a_person_are_real(
    github: GitHubStandIn, registration: AppRegistration, tmp_path: Path
) -> None:
    sha = await github.push_commit(SHOP, "idea", files={"idea.md": "hm\n", "README.md": None}, by="ada", message="Hm")
    assert (await github.branches(SHOP))["idea"] == sha
    assert await github.file_at(SHOP, "idea", path="README.md") is None
    assert await github.commit_messages(SHOP, "main..idea") == ["Hm"]
    with pytest.raises(PermissionError):
        await github.push_commit(SHOP, "idea", files={"x": "y"}, by="grace")


def children() -> set[str]:
    """The processes that this one has started and not yet ended."""
    return {str(process.pid) for process in descendants(os.getpid()) if process.parent == os.getpid()}


async def until(settled: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not settled():
            await asyncio.sleep(0.01)


async def test_a_client_that_goes_away_leaves_no_process_behind(github: GitHubStandIn) -> None:
    before = children()
    place = urlsplit(github.url)
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    head = "POST /acme/shop.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    writer.write(f"{head}Content-Type: application/x-git-upload-pack-request\r\n\r\n0011".encode())
    await writer.drain()
    await until(lambda: bool(children() - before))
    writer.close()
    await until(lambda: not children() - before)
