"""One admitted call, from its first byte to its settlement: forwards it, passes the answer on, counts while it passes.

The door makes one for each call. Chunks go on as they come, unbuffered and unchanged. Whatever ends the call (its end,
a client that hangs up, a budget that is passed, a lost server), the upstream call is closed and what it has used is
settled; only a crash leaves the hold standing, and then it counts in full.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp
import structlog

from bot.gateway.ask import Ask
from bot.gateway.budget import Verdict
from bot.gateway.refusals import Refusal, overloaded, spent
from bot.gateway.upstream import Unsent, Upstream, given_back, refused, unreachable
from bot.gateway.usage import Meter
from crds.usage import Tokens

log = structlog.get_logger()

LARGEST_ANSWER = 64 << 20

type Bill = tuple[Tokens, Decimal]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass
class Exchange:
    """One call; `clock` is monotonic seconds, `first_byte` is told the seconds until the answer begins.

    `settle` is called once with what the call has used: before the last of the answer goes on, so that the session's
    next call finds the hold gone.
    """

    ask: Ask
    verdict: Verdict
    upstream: Upstream
    headers: Mapping[str, str]
    path: str
    clock: Callable[[], float]
    first_byte: Callable[[float], None]
    settle: Callable[[Bill], Awaitable[None]]
    began: float = field(init=False)
    meter: Meter = field(init=False)
    free: bool = False
    """Whether the server has said, or must be believed, that nothing was used."""
    _settling: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.began, self.meter = self.clock(), Meter(self.ask)

    async def run(self, receive: Receive, send: Send) -> None:
        """Until the answer is through or the client is gone. Raises Refusal where nothing was sent yet."""
        answer = asyncio.create_task(self._answer(send))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (answer, gone):
                task.cancel()
            await asyncio.wait({answer, gone})
            await self._settled()
        if not answer.cancelled():
            answer.result()

    async def _settled(self) -> None:
        # In a task of its own: the client's leaving, or ours, must not leave the hold standing.
        if self._settling is None:
            self._settling = asyncio.create_task(self._settle())
        await asyncio.shield(self._settling)

    async def _settle(self) -> None:
        await self.settle(self._bill())

    def _bill(self) -> Bill:
        """What the call has used, as far as can be known now."""
        if self.free:
            return Tokens(), Decimal(0)
        tokens = self.meter.tokens(self.clock() - self.began)
        usd = self.meter.usd(tokens)
        if self.meter.broken and self.verdict.hold:  # nothing more could be read from it: all that was held
            return tokens, max(usd, self.verdict.hold.usd)
        return tokens, usd

    async def _answer(self, send: Send) -> None:
        try:
            async with self.upstream.call(self.path, self.ask.body(self.verdict.output), self.headers) as response:
                if response.status != 200:
                    await self._refused(response, send)
                elif response.content_type == "text/event-stream":
                    await self._stream(response, send)
                else:
                    await self._whole(response, send)
        except Unsent:
            self.free = True
            raise unreachable() from None
        except (aiohttp.ClientError, TimeoutError) as lost:
            log.warning("model_lost", why=type(lost).__name__)
            raise overloaded("the model's server was lost in mid-call; try again") from lost

    async def _refused(self, response: aiohttp.ClientResponse, send: Send) -> None:
        self.free = True
        error = await refused(response, self.upstream)
        await self._settled()
        await _start(send, error.status, error.headers)
        await send({"type": "http.response.body", "body": error.body})

    async def _whole(self, response: aiohttp.ClientResponse, send: Send) -> None:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise overloaded("the model's answer is too large")
        self.first_byte(self.clock() - self.began)
        self.meter.whole(bytes(body))
        await self._settled()
        await _start(send, 200, given_back(response.headers))
        await send({"type": "http.response.body", "body": bytes(body)})

    async def _stream(self, response: aiohttp.ClientResponse, send: Send) -> None:
        await _start(send, 200, given_back(response.headers))
        last = b""
        try:
            async for chunk in response.content.iter_any():
                if not last:
                    self.first_byte(self.clock() - self.began)
                last = chunk
                self.meter.feed(chunk)
                if self.meter.stopped:
                    await self._settled()
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if over := self._over():
                    await self._broken_off(over, send)
                    break
        except (aiohttp.ClientError, TimeoutError) as lost:
            # The answer has begun: what is left to say is an event in it.
            log.warning("model_stream_lost", why=type(lost).__name__)
            await self._broken_off(overloaded("the model's stream was cut"), send)
        await self._settled()
        await send({"type": "http.response.body", "body": b""})

    async def _broken_off(self, why: Refusal, send: Send) -> None:
        await self._settled()
        # Two line ends first: the stream may have been cut in the middle of an event.
        await send({"type": "http.response.body", "body": b"\n\n" + why.event(), "more_body": True})

    def _over(self) -> Refusal | None:
        """What to say where the call has passed all that the session had left; its hold should have made that rare."""
        if self.meter.stopped:
            return None
        tokens, ceiling = self.meter.tokens(), self.verdict.ceiling_usd
        too_dear = ceiling is not None and self.meter.usd(tokens) > ceiling
        too_long = self.verdict.ceiling_tokens is not None and tokens.total > self.verdict.ceiling_tokens
        return spent("the session's budget is spent; the answer was cut here") if too_dear or too_long else None


async def _start(send: Send, status: int, headers: Mapping[str, str]) -> None:
    pairs = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def _disconnected(receive: Receive) -> None:
    with suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
