"""A served stand-in workspace, a door that hears what it sends, and slack_sdk's client for its Web API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bot.serving import serving
from bot.standins.slack import SlackApp, SlackStandIn, register_slack_app


@dataclass
class Heard:
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> Any:
        if self.headers["content-type"] == "application/json":
            return json.loads(self.body)
        form = {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}
        return json.loads(form["payload"]) if "payload" in form else form


@dataclass
class Door:
    """An app's request URL that keeps what it hears and answers what it is told to."""

    status: int = 200
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    echo: str = ""
    """A field of the payload that is said back."""
    waits: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is set, nothing is answered."""
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[Heard] = field(default_factory=list)

    async def hear(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.heard.append(Heard(dict(request.headers), await request.body()))
        if self.waits.is_set():
            self.waiting.set()
            await receive()
        answer = Response(status_code=self.status, headers=self.headers)
        if self.echo:
            answer = Response(self.last[self.echo])
        elif self.answer is not None:
            answer = JSONResponse(self.answer, self.status, self.headers)
        await answer(scope, receive, send)

    @property
    def events(self) -> list[str]:
        found = [one.payload.get("event", {}) for one in self.heard]
        return [f"{one['type']}.{one['subtype']}" if "subtype" in one else one["type"] for one in found if one]

    @property
    def last(self) -> Any:
        return self.heard[-1].payload


@dataclass
class Clock:
    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
def slack_app() -> SlackApp:
    return register_slack_app()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def door_and_url() -> AsyncIterator[tuple[Door, str]]:
    door = Door()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await door.hear(scope, receive, send)

    async with serving(app) as address:
        yield door, f"{address.url}/slack/events"


@pytest.fixture
def door(door_and_url: tuple[Door, str]) -> Door:
    return door_and_url[0]


@pytest.fixture
async def slack(slack_app: SlackApp, clock: Clock, door_and_url: tuple[Door, str]) -> AsyncIterator[SlackStandIn]:
    """ada and grace are in #dev with the app; ada alone is in the private #vault, and in #random without the app."""
    slack = SlackStandIn(slack_app, clock=clock)
    slack.create_channel("dev", members=["ada", "grace"])
    slack.create_channel("vault", private=True, members=["ada"], bot=False)
    slack.create_channel("random", members=["ada"], bot=False)
    slack.request_url = door_and_url[1]
    async with slack.serve():
        yield slack


@pytest.fixture
def client(slack: SlackStandIn) -> AsyncWebClient:
    return AsyncWebClient(slack.registration.bot_token, base_url=slack.api_url)


def error(answer: Any) -> str:
    """The error code in a SlackApiError."""
    return str(answer.value.response["error"])
