"""The device flow: codes for a client, a page for a person, a token that says who they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.standins.github import GitHubStandIn
from bot.standins.github.device_flow import GRANT
from tests.standins.conftest import Clients, Door


@pytest.fixture
async def client(github: GitHubStandIn) -> AsyncIterator[httpx.AsyncClient]:
    github.device_flow.interval = 0
    async with httpx.AsyncClient(base_url=github.url, headers={"Accept": "application/json"}) as client:
        yield client


async def start(github: GitHubStandIn, client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/login/device/code", data={"client_id": github.registration.client_id})
    return dict(answer.json())


async def ask(github: GitHubStandIn, client: httpx.AsyncClient, codes: dict[str, Any]) -> dict[str, Any]:
    given = {"device_code": codes["device_code"], "grant_type": GRANT, "client_id": github.registration.client_id}
    answer = await client.post("/login/oauth/access_token", data=given)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_a_person_types_the_code_in_and_the_client_learns_who_they_are(
    github: GitHubStandIn, client: httpx.AsyncClient
) -> None:
    codes = await start(github, client)
    assert codes["verification_uri"] == f"{github.url}/login/device"
    assert (len(codes["user_code"]), codes["expires_in"]) == (9, 899)
    assert (await ask(github, client, codes))["error"] == "authorization_pending"
    github.authorise(codes["user_code"], by="ada")
    found = await ask(github, client, codes)
    assert (found["token_type"], found["scope"], found["access_token"][:4]) == ("bearer", "", "ghu_")
    me = await client.get("/api/v3/user", headers={"Authorization": f"Bearer {found['access_token']}"})
    ada = github.create_user("ada")
    assert (me.json()["login"], me.json()["id"]) == ("ada", ada.id)
    assert (await ask(github, client, codes))["error"] == "incorrect_device_code"
    assert github.violations == []


async def test_the_page_takes_the_code(github: GitHubStandIn, client: httpx.AsyncClient) -> None:
    codes = await start(github, client)
    page = await client.get("/login/device")
    assert "Enter the code displayed on your device" in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    wrong = await client.post("/login/device", data={"user_code": "0000-0000", "login": "ada", "answer": "authorise"})
    assert wrong.status_code == 400
    typed = {"user_code": codes["user_code"].lower(), "login": "grace", "answer": "authorise"}
    assert "grace, your device is now connected" in (await client.post("/login/device", data=typed)).text
    assert "access_token" in await ask(github, client, codes)


async def test_a_refusal_and_an_old_code_end_the_flow(github: GitHubStandIn, client: httpx.AsyncClient) -> None:
    refused, old = await start(github, client), await start(github, client)
    github.deny(refused["user_code"])
    assert (await ask(github, client, refused))["error"] == "access_denied"
    github.device_flow.expire_all()
    assert (await ask(github, client, old))["error"] == "expired_token"
    with pytest.raises(LookupError):
        github.authorise(old["user_code"], by="ada")


async def test_who_asks_too_soon_waits_longer(github: GitHubStandIn, client: httpx.AsyncClient) -> None:
    github.device_flow.interval = 60
    codes = await start(github, client)
    assert (await ask(github, client, codes))["error"] == "authorization_pending"
    slower = await ask(github, client, codes)
    assert (slower["error"], slower["interval"], github.device_flow.slow_downs) == ("slow_down", 65, 1)


async def test_a_wrong_client_or_question_is_refused(github: GitHubStandIn, client: httpx.AsyncClient) -> None:
    stranger = await client.post("/login/device/code", data={"client_id": "Iv1.nobody"})
    assert stranger.status_code == 404
    codes = await start(github, client)
    wrong = {"client_id": github.registration.client_id, "device_code": codes["device_code"], "grant_type": "password"}
    answer = await client.post("/login/oauth/access_token", data={**wrong, "colour": "red"})
    assert answer.json()["error"] == "unsupported_grant_type"
    assert [one.partition(": ")[2] for one in github.violations] == [
        "client_id is no App's here",
        "parameters colour are unknown here",
    ]
    github.device_flow.enabled = False
    assert (await start(github, client))["error"] == "device_flow_disabled"


async def test_only_a_persons_token_is_somebody(github: GitHubStandIn, clients: Clients, door: Door) -> None:
    codes = github.device_flow.start(github.registration.client_id)
    assert codes is not None
    github.authorise(codes["user_code"], by="ada")
    token = github.device_flow.ask(github.registration.client_id, codes["device_code"], GRANT)["access_token"]
    async with httpx.AsyncClient(base_url=github.api_url) as client:

        async def status(path: str, value: str | None) -> int:
            headers = {"Authorization": f"Bearer {value}"} if value else {}
            return (await client.get(path, headers=headers)).status_code

        assert await status("/user", await clients.token()) == 403
        assert await status("/user", None) == 401
        assert await status("/repos/acme/vault", token) == 200
        github.revoke_authorisation(by="ada")
        assert await status("/user", token) == 401
    await github.drain()
    assert door.events == ["github_app_authorization.revoked"]
