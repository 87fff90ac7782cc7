"""What Slack tells → the inbox: one durable write for what may ask for something, and an answer well within 3 seconds.

The last middleware of the bolt app, behind both ways in (HTTP and Socket Mode). It reads no more than it takes to tell
whether anything is asked for, and calls nobody: Slack is answered whatever GitHub, the model or the cluster do.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.errors import Later
from bot.metrics import Metrics
from bot.slack.heard import Ignored, SlackHeard, SlackSaid, SlackUnsaid
from bot.slack.hearing import kind, read
from bot.slack.utterance import calls
from bot.store import Delivery, Store
from handlers import wording
from handlers.grammar.starts import DEFAULT
from handlers.grammar.words import Dialect

Json = dict[str, Any]

SECONDS = 2.0
"""How long the store may take: Slack waits 3 seconds, the way to us and back included."""
_SAFE = re.compile(r"^[A-Za-z0-9._:-]{1,120}$")


@dataclass(frozen=True)
class Keeping(AsyncMiddleware):
    store: Store
    metrics: Metrics
    clock: Callable[[], float] = field(repr=False)
    names: Dialect = DEFAULT
    """How the bot is called in this installation."""

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        """What Slack gets: 200 once it is kept or known to ask for nothing, else 503, and Slack sends it again."""
        name, payload = kind(req.body), as_bytes(req.body)
        heard = read(name, payload)
        if isinstance(heard, Ignored):
            return self._counted("ignored", heard.reason)
        delivery = Delivery(delivery_id(req.body, heard), "slack", name, {}, payload, self.clock())
        try:
            async with asyncio.timeout(SECONDS):
                return await self._kept(heard, delivery)
        except (TimeoutError, Later):
            return self._too_slow(name)

    async def _kept(self, heard: SlackHeard, delivery: Delivery) -> BoltResponse:
        if not await self._asks(heard):
            return self._counted("ignored", "not_for_us")
        new = await self.store.inbox.add(delivery)
        return self._counted("kept" if new else "known", delivery.event)

    async def _asks(self, heard: SlackHeard) -> bool:
        """Whether it is said to us: by name, in private, or in a thread that is one of ours."""
        if not isinstance(heard, SlackSaid | SlackUnsaid) or heard.channel_type == "im" or heard.is_mention:
            return True
        if isinstance(heard, SlackSaid) and calls(heard, self.names):
            return True
        begins = isinstance(heard, SlackSaid) and not heard.edited and heard.thread_ts is None
        return not begins and await self.store.slack_links.get(heard.team, heard.channel, heard.root) is not None

    def _counted(self, outcome: str, reason: str) -> BoltResponse:
        self.metrics.slack_deliveries.labels(outcome, reason).inc()
        if reason == "command":
            return BoltResponse(status=200, body=_ephemeral(wording.slack_noted()))
        return BoltResponse(status=200, body="")

    def _too_slow(self, name: str) -> BoltResponse:
        """The write may still succeed; what is sent again has the same id. Commands are never sent again."""
        self.metrics.slack_deliveries.labels("refused", "slow_store").inc()
        if name == "command":
            return BoltResponse(status=200, body=_ephemeral(wording.slack_busy()))
        return BoltResponse(status=503, body={"detail": "the store is busy"}, headers={"Retry-After": "5"})


def _ephemeral(text: str) -> Json:
    return {"response_type": "ephemeral", "text": text}


def as_bytes(payload: Mapping[str, Any]) -> bytes:
    """The payload as JSON without its (deprecated) token; half a surrogate pair becomes a question mark."""
    told = {name: value for name, value in payload.items() if name != "token"}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def delivery_id(payload: Mapping[str, Any], heard: SlackHeard) -> str:
    """The same for each time that Slack tells the same thing, also where two events tell of one message."""
    if isinstance(heard, SlackSaid) and not heard.edited:
        name = f"said-{heard.team}-{heard.channel}-{heard.ts}"
    else:
        name = str(payload.get("event_id") or payload.get("trigger_id") or "")
    if not _SAFE.match(name):
        name = hashlib.sha256(as_bytes(payload)).hexdigest()
    return f"slack-{name}"
