"""The primary rate limit: so many calls an hour for each installation, told in the headers of every answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.standins.github.strict import Refusal
from bot.standins.github.tokens import AsInstallation, Caller
from bot.standins.github.world import World

HOUR = 3600


@dataclass
class Window:
    used: int
    resets_at: int


class RateLimit:
    """`limit` may be changed at any moment; a test lowers it to see what the bot does then."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows: dict[str, Window] = {}
        self.limit = 5000

    def window(self, caller: Caller) -> Window:
        name = f"installation ID {caller.installation.id}" if isinstance(caller, AsInstallation) else "the App"
        now = int(self._world.now().timestamp())
        found = self._windows.get(name)
        if found is None or found.resets_at <= now:
            found = self._windows[name] = Window(0, now + HOUR)
        return found

    def count(self, caller: Caller) -> None:
        window = self.window(caller)
        if window.used >= self.limit:
            raise Refusal(403, "API rate limit exceeded", headers=self.headers(caller))
        window.used += 1

    def headers(self, caller: Caller) -> dict[str, str]:
        found = self.document(caller)
        return {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in found.items()} | {
            "X-RateLimit-Resource": "core"
        }

    def document(self, caller: Caller) -> dict[str, Any]:
        window = self.window(caller)
        left = max(0, self.limit - window.used)
        return {"limit": self.limit, "remaining": left, "reset": window.resets_at, "used": window.used}
