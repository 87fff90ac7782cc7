"""Socket Mode: Slack's second way in, for a bot that Slack cannot reach over HTTP. A loop of the web half.

slack_sdk's client renews the socket when Slack asks for it; this loop begins anew, with growing pauses, when that does
not help. What is not acknowledged on a socket, Slack tells again on the next.
"""

import asyncio
import random
from dataclasses import dataclass, field

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.metrics import Metrics

log = structlog.get_logger()

CONNECT_SECONDS = 15.0
PING_SECONDS = 10.0
"""Between two pings; after four without an answer the socket counts as dead."""
PATIENCE = 20
"""Looks, one a second, at a socket that is down, before the client is made anew."""
LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class SocketMode:
    app: AsyncApp
    metrics: Metrics
    app_token: str = field(repr=False)
    first_pause: float = 1.0

    async def run(self) -> None:
        """Listens for ever."""
        pause = self.first_pause
        while True:
            try:
                await self._listened()
                pause = self.first_pause
            except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as trouble:
                log.warning("slack_socket_not_opened", reason=_reason(trouble), again_in=round(pause, 1))
            self.metrics.slack_socket.set(0)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _listened(self) -> None:
        """One client, from its first socket until none of its sockets comes up any more."""
        handler = AsyncSocketModeHandler(self.app, self.app_token, logger=self.app.logger, ping_interval=PING_SECONDS)
        client = handler.client
        client.proxy = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                client.wss_uri = await client.issue_new_wss_url()
                await client.connect()  # type: ignore[no-untyped-call]
            log.info("slack_socket_opened")
            await self._until_dead(client)
        finally:
            await _closed(client)

    async def _until_dead(self, client: SocketModeClient) -> None:
        down = 0
        while down < PATIENCE:
            connected = await client.is_connected()
            self.metrics.slack_socket.set(int(connected))
            down = 0 if connected else down + 1
            await asyncio.sleep(1.0)
        log.warning("slack_socket_dead")


async def _closed(client: SocketModeClient) -> None:
    """Closes the client with all that it has started."""
    tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
    await client.close()  # type: ignore[no-untyped-call]
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)


def _reason(trouble: Exception) -> str:
    """Why, without what an error may quote of addresses and tokens."""
    if isinstance(trouble, SlackApiError):
        return str(trouble.response.get("error", "refused"))
    return type(trouble).__name__
