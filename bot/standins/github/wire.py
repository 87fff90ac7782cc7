"""The wire before the door: counts REST, OAuth and git calls, and cuts, delays or fails them when a test says so.

Pages are not counted. Nothing here knows what a call means.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.standins.connections import drop_connection

When = Literal["before", "after"]
GIT_PATH = re.compile(r"/(info/refs|git-upload-pack|git-receive-pack)$")
OAUTH_PATHS = ("/login/device/code", "/login/oauth/access_token")


@dataclass(frozen=True)
class Cut:
    """Drops the connection at the `at`-th call from now on (1 is the next), before or after it has been handled."""

    at: int
    when: When = "before"


@dataclass
class Failure:
    """What `fail_next` asked for: an answer of this status, or a cut, for the next calls that match."""

    method: str
    pattern: re.Pattern[str]
    status: int | None = None
    cut: When | None = None
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Server Error"


class Wire:
    """An ASGI app around a whole server. `counted` tells which calls are: those of REST and git, if not said."""

    def __init__(self, app: ASGIApp, *, counted: Callable[[Scope], bool] | None = None) -> None:
        self._app = app
        self._is_counted = counted or _is_counted
        self._cut: Cut | None = None
        self._counted = 0
        self.calls: list[str] = []
        self.failures: list[Failure] = []
        self.latency = 0.0

    @property
    def cut(self) -> Cut | None:
        return self._cut

    @cut.setter
    def cut(self, wanted: Cut | None) -> None:
        self._cut, self._counted = wanted, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_counted(scope):
            await self._app(scope, receive, send)
            return
        self.calls.append(f"{scope['method']} {scope['path']}")
        if self.latency:
            await asyncio.sleep(self.latency)
        failure = self._failure(scope)
        when = self._cut_now() or (failure.cut if failure else None)
        if when:
            await self._handle_and_drop(scope, receive, when)
        elif failure and failure.status:
            await _answer(send, failure)
        else:
            await self._app(scope, receive, send)

    def _cut_now(self) -> When | None:
        if self._cut is None:
            return None
        self._counted += 1
        if self._counted != self._cut.at:
            return None
        when, self._cut = self._cut.when, None
        return when

    def _failure(self, scope: Scope) -> Failure | None:
        for failure in self.failures:
            if failure.method in ("*", scope["method"]) and failure.pattern.search(scope["path"]):
                failure.times -= 1
                if failure.times <= 0:
                    self.failures.remove(failure)
                return failure
        return None

    async def _handle_and_drop(self, scope: Scope, receive: Receive, when: When) -> None:
        """`after` lets the call do its work and throws the answer away: the client cannot know that it was done."""
        if when == "after":
            await self._app(scope, receive, _into_nothing)
        await drop_connection(receive)


def _is_counted(scope: Scope) -> bool:
    path = scope["path"]
    return path.startswith("/api/") or path in OAUTH_PATHS or bool(GIT_PATH.search(path))


async def _into_nothing(message: Message) -> None:
    pass


async def _answer(send: Send, failure: Failure) -> None:
    body = json.dumps({"message": failure.message}).encode()
    given = {"content-type": "application/json; charset=utf-8", "content-length": str(len(body)), **failure.headers}
    headers = [(name.lower().encode(), value.encode()) for name, value in given.items()]
    await send({"type": "http.response.start", "status": failure.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
