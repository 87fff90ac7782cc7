"""GitHub's device flow: a person proves who they are by typing a code there. Called by bot/slack/linking.py.

The access token that GitHub gives for it asks once for the person's name and is dropped: it is returned by nothing
here, stored nowhere and in no log line. https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.errors import Later

Json = dict[str, Any]

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
TIMEOUT = aiohttp.ClientTimeout(total=20)
TRIES = 3
"""Times that GitHub is asked for the person: the code is used up by then, and a hiccup would cost them another one."""


class DeviceRefused(Exception):
    """GitHub does not take part: its one word for why."""


@dataclass(frozen=True)
class DeviceCode:
    device_code: str = field(repr=False)
    user_code: str
    """What the person types."""
    verification_uri: str
    """Where they type it."""
    expires_in: float
    interval: float
    """Seconds between two looks."""


@dataclass(frozen=True)
class Waiting:
    """The person has not typed it yet."""

    slow_down: bool = False


@dataclass(frozen=True)
class Proven:
    """The person is this one."""

    login: str
    id: int


@dataclass(frozen=True)
class Ended:
    """It came to nothing; GitHub's word for why: `expired_token`, `access_denied` …"""

    why: str


@dataclass(frozen=True)
class DeviceFlow:
    github_url: str
    api_url: str
    client_id: str

    async def begin(self) -> DeviceCode:
        """A code for a person to type. Raises DeviceRefused, Later."""
        answer = await self._post("/login/device/code", {"client_id": self.client_id})
        if "device_code" not in answer:
            raise DeviceRefused(str(answer.get("error", "no_code"))[:100])
        return DeviceCode(
            device_code=str(answer["device_code"]),
            user_code=str(answer["user_code"]),
            verification_uri=str(answer["verification_uri"]),
            expires_in=float(answer.get("expires_in", 900)),
            interval=float(answer.get("interval", 5)),
        )

    async def look(self, device_code: str) -> Waiting | Proven | Ended:
        """Whether the person has typed it by now. Raises Later."""
        given = {"client_id": self.client_id, "device_code": device_code, "grant_type": GRANT}
        answer = await self._post("/login/oauth/access_token", given)
        if token := answer.get("access_token"):
            return await self._whose(str(token))
        match answer.get("error"):
            case "authorization_pending":
                return Waiting()
            case "slow_down":
                return Waiting(slow_down=True)
            case error:
                return Ended(str(error)[:100])

    async def _whose(self, token: str) -> Proven | Ended:
        for _ in range(TRIES):
            try:
                person = await self._user(token)
            except Later:
                continue
            if isinstance(person.get("id"), int) and person.get("type") == "User":
                return Proven(str(person["login"]), person["id"])
            return Ended("no_user")
        return Ended("unreachable")

    async def _user(self, token: str) -> Json:
        headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {token}"}
        return await _answered("GET", f"{self.api_url.rstrip('/')}/user", headers)

    async def _post(self, path: str, given: Mapping[str, str]) -> Json:
        return await _answered("POST", self.github_url.rstrip("/") + path, {"Accept": "application/json"}, given)


async def _answered(method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Json:
    """The JSON of an answer, whatever its status; raises Later where there is none."""
    sent = {"User-Agent": "vteam-bot", **headers}
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as http,
            http.request(method, url, headers=sent, data=form, allow_redirects=False) as answer,
        ):
            if answer.status >= 500 or answer.status == 429:
                raise Later(f"GitHub answered {answer.status}", after=5.0)
            found = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as trouble:
        raise Later(f"GitHub cannot be reached: {type(trouble).__name__}", after=5.0) from None
    return found if isinstance(found, dict) else {}
