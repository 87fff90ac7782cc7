"""The rate limits: so many calls an hour for each caller, told in the headers of every answer, and the secondary one.

A caller that is refused is told when it may come back; calls that come before are kept in `early`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.standins.github.strict import Refusal
from bot.standins.github.tokens import AsApp, AsInstallation, AsUser, Caller
from bot.standins.github.world import World

HOUR = 3600
DOCUMENTATION = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to "
    "GitHub Support for help, please include the request ID 0A1B:2C3D:4E5F."
)


@dataclass
class Window:
    used: int
    resets_at: int
    told: bool = False
    """The caller has been refused in this window, and knows until when."""


@dataclass(frozen=True)
class Block:
    """A secondary limit on everybody but the App itself. The status is 403 or 429, as on GitHub."""

    until: float
    status: int
    only_writes: bool


class RateLimit:
    """`limit` may be changed at any moment; a test lowers it to see what the bot does then."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows: dict[str, Window] = {}
        self._blocked: Block | None = None
        self._told: set[str] = set()
        self.limit = 5000
        self.status = 403
        self.early: list[str] = []
        """Calls that came before the caller might, after it had been told; `METHOD /path`."""

    def exhaust(self, *, seconds: int, status: int = 403) -> None:
        """Nobody but the App itself has a call left until the seconds are over."""
        self.status = status
        ends = int(self._world.now().timestamp()) + seconds
        for installation in self._world.installations.values():
            self._windows[_name_of(installation.id)] = Window(self.limit, ends)

    def block(self, *, seconds: float, status: int = 403, only_writes: bool = False) -> None:
        """Imposes the secondary limit."""
        self._blocked = Block(self._world.exactly().timestamp() + seconds, status, only_writes)
        self._told.clear()

    def lift(self) -> None:
        """Everybody may call again."""
        self._windows.clear()
        self._blocked = None

    def window(self, caller: Caller) -> Window:
        name, now = _name(caller), int(self._world.now().timestamp())
        found = self._windows.get(name)
        if found is None or found.resets_at <= now:
            found = self._windows[name] = Window(0, now + HOUR)
        return found

    def count(self, caller: Caller, *, method: str, path: str) -> None:
        self._check_secondary(caller, method, path)
        window = self.window(caller)
        if window.used >= self.limit:
            if window.told:
                self.early.append(f"{method} {path}")
            window.told = True
            raise self._refusal(self.status, f"API rate limit exceeded for {_name(caller)}.", self.headers(caller))
        window.used += 1

    def _check_secondary(self, caller: Caller, method: str, path: str) -> None:
        block, now = self._blocked, self._world.exactly().timestamp()
        if block is None or block.until <= now or isinstance(caller, AsApp):
            return
        if block.only_writes and method == "GET":
            return
        name = _name(caller)
        if name in self._told:
            self.early.append(f"{method} {path}")
        self._told.add(name)
        raise self._refusal(block.status, SECONDARY, {"Retry-After": str(int(block.until - now) + 1)})

    def _refusal(self, status: int, message: str, headers: dict[str, str]) -> Refusal:
        return Refusal(status, message, headers=headers, documentation=DOCUMENTATION)

    def headers(self, caller: Caller) -> dict[str, str]:
        found = self.document(caller)
        return {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in found.items()} | {
            "X-RateLimit-Resource": "core"
        }

    def document(self, caller: Caller) -> dict[str, Any]:
        window = self.window(caller)
        left = max(0, self.limit - window.used)
        return {"limit": self.limit, "remaining": left, "reset": window.resets_at, "used": window.used}


def _name_of(installation_id: int) -> str:
    return f"installation ID {installation_id}"


def _name(caller: Caller) -> str:
    match caller:
        case AsInstallation():
            return _name_of(caller.installation.id)
        case AsUser():
            return f"user ID {caller.user.id}"
        case AsApp():
            return "the App"
        case _:
            return "127.0.0.1"
