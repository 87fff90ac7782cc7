"""The device flow of the GitHub App: codes that are given out, typed in by a person, and asked for until then.

`oauth` is its way in over HTTP, the page and the verbs type codes in. Times are by the stand-in's clock.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.standins.github.app import AppRegistration
from bot.standins.github.tokens import USER_TOKEN_LIFE, Tokens
from bot.standins.github.world import User, World

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LIFE = timedelta(seconds=899)
SLOWER = 5
"""Seconds that a client which asks too soon has to wait more from then on."""
LETTERS = "ABCDEF0123456789"
DOCUMENTATION = "https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app"
DESCRIPTIONS = {
    "access_denied": "The authorization request was denied.",
    "authorization_pending": "The authorization request is still pending.",
    "expired_token": "The device_code has expired.",
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "incorrect_device_code": "The device_code provided is not valid.",
    "slow_down": "Too many requests have been made in the same timeframe.",
    "unsupported_grant_type": "The grant_type provided is not supported.",
    "device_flow_disabled": "Device Flow must be explicitly enabled for this App",
}
Json = dict[str, Any]


@dataclass(kw_only=True)
class Grant:
    """One device code. `answer` is what the person has said, if anything."""

    device_code: str
    user_code: str
    expires_at: datetime
    interval: float
    asked_at: datetime | None = None
    answer: Literal["authorised", "denied"] | None = None
    user: User | None = None


class DeviceFlow:
    """`interval` is what new codes ask clients to wait between two questions; a test may shorten it."""

    def __init__(self, app: AppRegistration, world: World, tokens: Tokens) -> None:
        self._app = app
        self._world = world
        self._tokens = tokens
        self._grants: dict[str, Grant] = {}
        self.enabled = True
        self.interval: float = 5
        self.slow_downs = 0

    def start(self, client_id: str) -> Json | None:
        """A new pair of codes; None for a client that is not this App."""
        if client_id != self._app.client_id:
            return None
        if not self.enabled:
            return error("device_flow_disabled")
        grant = Grant(
            device_code=secrets.token_hex(20),
            user_code="-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2)),
            expires_at=self._world.exactly() + LIFE,
            interval=self.interval,
        )
        self._grants[grant.device_code] = grant
        times = {"expires_in": int(LIFE.total_seconds()), "interval": grant.interval}
        return {"device_code": grant.device_code, "user_code": grant.user_code, **times}

    def ask(self, client_id: str, device_code: str, grant_type: str) -> Json:
        """What a client is answered that asks whether the person has typed the code in."""
        grant = self._grants.get(device_code)
        if client_id != self._app.client_id:
            return error("incorrect_client_credentials")
        if grant_type != GRANT:
            return error("unsupported_grant_type")
        if grant is None:
            return error("incorrect_device_code")
        now = self._world.exactly()
        if grant.expires_at <= now:
            return error("expired_token")
        early = grant.asked_at is not None and (now - grant.asked_at).total_seconds() < grant.interval
        grant.asked_at = now
        if early:
            self.slow_downs += 1
            grant.interval += SLOWER
            return error("slow_down") | {"interval": grant.interval}
        return self._answer(grant)

    def _answer(self, grant: Grant) -> Json:
        if grant.answer == "denied":
            return error("access_denied")
        if grant.user is None:
            return error("authorization_pending")
        del self._grants[grant.device_code]
        return {
            "access_token": self._tokens.issue_to(grant.user),
            "expires_in": int(USER_TOKEN_LIFE.total_seconds()),
            "refresh_token": "ghr_" + secrets.token_hex(38),
            "refresh_token_expires_in": 15897600,
            "token_type": "bearer",
            "scope": "",
        }

    def find(self, user_code: str) -> Grant | None:
        """The grant that a person's code belongs to, while it waits for them."""
        wanted, now = user_code.strip().upper(), self._world.exactly()
        waiting = (one for one in self._grants.values() if one.answer is None and one.expires_at > now)
        return next((one for one in waiting if one.user_code == wanted), None)

    def authorise(self, user_code: str, user: User) -> bool:
        """False where the code is unknown, used or too old."""
        grant = self.find(user_code)
        if grant:
            grant.answer, grant.user = "authorised", user
        return grant is not None

    def deny(self, user_code: str) -> bool:
        grant = self.find(user_code)
        if grant:
            grant.answer = "denied"
        return grant is not None

    def expire_all(self) -> None:
        for grant in self._grants.values():
            grant.expires_at = self._world.exactly()


def error(code: str) -> Json:
    return {"error": code, "error_description": DESCRIPTIONS[code], "error_uri": DOCUMENTATION}
