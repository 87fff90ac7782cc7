"""Rate limits, primary and secondary: what they say, whom they stop, and who comes back too soon."""

from __future__ import annotations

import httpx
import pytest

from bot.standins.github import GitHubStandIn
from tests.standins.conftest import Clients


@pytest.mark.parametrize("status", [403, 429])
async def test_a_spent_limit_says_when_it_is_renewed(github: GitHubStandIn, clients: Clients, status: int) -> None:
    headers = {"Authorization": f"Bearer {await clients.token()}"}
    github.exhaust_rate_limit(seconds=120, status=status)
    async with httpx.AsyncClient(base_url=github.api_url, headers=headers) as client:
        refused = await client.get("/repos/acme/shop")
        assert github.limits.early == []
        await client.get("/repos/acme/shop/issues/1")
        free = await client.get("/rate_limit")
    [installation] = github.site.world.installations
    assert refused.status_code == status
    assert refused.json()["message"] == f"API rate limit exceeded for installation ID {installation}."
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    now = int(github.site.world.now().timestamp())
    assert 0 < int(refused.headers["X-RateLimit-Reset"]) - now <= 120
    assert free.json()["resources"]["core"]["remaining"] == 0
    assert github.limits.early == ["GET /api/v3/repos/acme/shop/issues/1"]
    await clients.token()
    github.lift_rate_limits()
    async with httpx.AsyncClient(base_url=github.api_url, headers=headers) as client:
        assert (await client.get("/repos/acme/shop")).status_code == 200


async def test_a_secondary_limit_says_how_long_to_wait(github: GitHubStandIn, clients: Clients) -> None:
    await github.open_issue("acme/shop", "A bug", by="ada")
    headers = {"Authorization": f"Bearer {await clients.token()}"}
    github.impose_secondary_limit(seconds=60, only_writes=True)
    async with httpx.AsyncClient(base_url=github.api_url, headers=headers) as client:
        read = await client.get("/repos/acme/shop/issues/1")
        refused = await client.post("/repos/acme/shop/issues/1/comments", json={"body": "hello"})
        again = await client.post("/repos/acme/shop/issues/1/comments", json={"body": "hello"})
    assert (read.status_code, refused.status_code, again.status_code) == (200, 403, 403)
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert refused.json()["message"].startswith("You have exceeded a secondary rate limit.")
    assert int(refused.headers["X-RateLimit-Remaining"]) > 0
    assert github.limits.early == ["POST /api/v3/repos/acme/shop/issues/1/comments"]
    assert "hello" not in github.thread("acme/shop", 1)


async def test_a_limit_that_is_over_stops_nobody(github: GitHubStandIn, clients: Clients) -> None:
    headers = {"Authorization": f"Bearer {await clients.token()}"}
    github.impose_secondary_limit(seconds=0)
    async with httpx.AsyncClient(base_url=github.api_url, headers=headers) as client:
        assert (await client.get("/repos/acme/shop")).status_code == 200
    assert github.limits.early == []
