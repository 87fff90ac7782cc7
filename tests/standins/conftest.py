"""A served GitHub stand-in with an App installed, a door that hears its webhooks, and githubkit clients for the App."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from githubkit import AppAuthStrategy, GitHub
from githubkit.cache import MemCacheStrategy
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.serving import serving
from bot.standins.github import AppRegistration, GitHubStandIn, register_app

SHOP = "acme/shop"


@dataclass
class Door:
    """A webhook receiver that keeps what it hears and answers what it is told to."""

    status: int = 202
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.heard.append((dict(request.headers), await request.body()))
        await Response(status_code=self.status)(scope, receive, send)

    @property
    def events(self) -> list[str]:
        return [f"{headers['x-github-event']}.{json.loads(body).get('action')}" for headers, body in self.heard]

    @property
    def payloads(self) -> list[Any]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture(scope="session")
def registration() -> AppRegistration:
    return register_app("vteam")


@pytest.fixture
async def door_and_url() -> AsyncIterator[tuple[Door, str]]:
    door = Door()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await door(scope, receive, send)

    async with serving(app) as address:
        yield door, f"{address.url}/webhook"


@pytest.fixture
def door(door_and_url: tuple[Door, str]) -> Door:
    return door_and_url[0]


@pytest.fixture
async def github(
    tmp_path: Path, registration: AppRegistration, door_and_url: tuple[Door, str]
) -> AsyncIterator[GitHubStandIn]:
    """acme/shop is public, acme/vault is private; ada writes to both, grace only reads; the App is installed."""
    github = GitHubStandIn(tmp_path / "github", registration)
    for name, private in (("shop", False), ("vault", True)):
        await github.create_repository(
            f"acme/{name}", {"README.md": f"# {name}\n", "src/a.py": "x = 1\n"}, private=private
        )
        github.grant(f"acme/{name}", "ada", role="write")
    github.create_user("grace")
    github.install("acme")
    github.webhook_url = door_and_url[1]
    async with github.serve():
        yield github


@dataclass
class Clients:
    """githubkit, as the App and as its installation. Any: its overloads say more than mypy can follow."""

    github: GitHubStandIn

    def app(self) -> Any:
        registration = self.github.registration
        auth = AppAuthStrategy(registration.app_id, registration.private_key_pem)
        # The default cache belongs to the whole process and would hand one test the tokens of another.
        cache = MemCacheStrategy()
        return GitHub(auth, base_url=self.github.api_url, auto_retry=False, trust_env=False, cache_strategy=cache)

    def installation(self, **limits: Any) -> Any:
        app = self.app()
        installation_id = next(iter(self.github.site.world.installations))
        return app.with_auth(app.auth.as_installation(installation_id, **limits))

    async def token(self, **limits: Any) -> str:
        installation_id = next(iter(self.github.site.world.installations))
        app = self.app()
        answer = await app.rest.apps.async_create_installation_access_token(installation_id, data=limits)
        return str(answer.parsed_data.token)


@pytest.fixture
def clients(github: GitHubStandIn) -> Clients:
    return Clients(github)
