"""Short-lived permissions that Slack hands out with an interaction: trigger ids and response URLs.

Both are measured by the workspace's clock, so that a story may let them run out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.standins.slack.strict import Refusal
from bot.standins.slack.world import World

TRIGGER_SECONDS = 3.0
URL_SECONDS = 1800.0
URL_USES = 5


@dataclass
class Trigger:
    user: str
    at: float
    view: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an app may answer an interaction. `message` is the one that the interaction came from, if any."""

    channel: str
    user: str
    at: float
    message: str | None = None
    thread: str | None = None
    ephemeral: bool = False
    uses: int = 0


class Tickets:
    def __init__(self, world: World) -> None:
        self._world = world
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, *, view: str | None = None) -> str:
        made = f"{secrets.randbelow(10**13):013d}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"
        self._triggers[made] = Trigger(user, self._world.now(), view)
        return made

    def redeem(self, trigger_id: str) -> Trigger:
        """Opens one view, once, within three seconds."""
        found = self._triggers.get(trigger_id)
        if found is None:
            raise Refusal("invalid_trigger_id", violation="a trigger_id that was never given out")
        if found.used:
            raise Refusal("exchanged_trigger_id", violation="a trigger_id used twice")
        if self._world.now() - found.at > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        found.used = True
        return found

    def response_url(self, url: ResponseUrl) -> str:
        """The secret end of a new response URL."""
        secret = f"{secrets.randbelow(10**13):013d}/{secrets.token_urlsafe(18)}"
        self._urls[secret] = url
        return secret

    def use(self, secret: str) -> ResponseUrl:
        found = self._urls.get(secret)
        if found is None:
            raise Refusal("no_such_url", status=404, violation="a response_url that was never given out")
        if self._world.now() - found.at > URL_SECONDS:
            raise Refusal("expired_url", status=404)
        if found.uses >= URL_USES:
            raise Refusal("used_url", status=404, violation=f"a response_url used more than {URL_USES} times")
        found.uses += 1
        return found
