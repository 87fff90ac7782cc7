"""The model's server: the only place that holds its key, and the only address the gateway ever calls.

Called by the relay with paths of our choosing. It follows no redirect (the key would travel along), passes on the few
headers that mean something, and never lets the key into an error.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.gateway.refusals import Refusal, key_refused, overloaded
from crds.redaction import redact

log = structlog.get_logger()

MOST_ERROR = 1 << 20
_SENT_ON = ("anthropic-version", "anthropic-beta", "accept", "user-agent", "x-app")
_GIVEN_BACK = ("content-type", "request-id", "retry-after", "x-should-retry")
_GIVEN_BACK_PREFIX = "anthropic-ratelimit-"


class Unsent(Exception):
    """The server was not reached, so that the call has cost nothing."""


@dataclass(frozen=True)
class UpstreamError:
    """An error answer of the server's own, fit to be passed on."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Upstream:
    """`url` is the server's address without /v1; `key` goes into x-api-key, or with `bearer` into Authorization."""

    url: str
    key: str | None = field(default=None, repr=False)
    bearer: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    connect_seconds: float = 10.0
    silent_seconds: float = 600.0
    _http: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    @asynccontextmanager
    async def call(self, path: str, body: bytes, headers: Mapping[str, str]) -> AsyncGenerator[aiohttp.ClientResponse]:
        """POST to one of the API's paths. Raises Unsent; aiohttp.ClientError and TimeoutError once it was sent."""
        # As a file, for aiohttp writes one in pieces; the bytes of a large prompt would hold up the loop.
        answer = self._session().post(
            self._address(path), data=BytesIO(body), headers=self._headers(headers), allow_redirects=False
        )
        try:
            response = await answer
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            log.warning("model_unreachable", why=type(error).__name__)
            raise Unsent("the model's server cannot be reached") from error
        async with response:
            yield response

    async def read(self, path: str, most: int, *, body: bytes | None = None, seconds: float = 10.0) -> bytes:
        """GET one of the server's paths, or POST this to it; nothing where that is refused or is too long an answer.

        Raises aiohttp's errors, and TimeoutError after that many seconds.
        """
        asked = self._session().request(
            "GET" if body is None else "POST",
            self._address(path),
            data=body,
            headers=self._headers({}),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=self.connect_seconds),
        )
        async with asked as response:
            return await _whole(response, most) if response.status == 200 else b""

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            limits = aiohttp.ClientTimeout(total=None, sock_connect=self.connect_seconds, sock_read=self.silent_seconds)
            loopback = urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}
            # A connection for each call in flight: their number is bounded for each session by the door.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
            self._http = aiohttp.ClientSession(
                timeout=limits, connector=connector, trust_env=not loopback, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._http

    def _address(self, path: str) -> str:
        return self.url.rstrip("/").removesuffix("/v1") + path

    def _headers(self, theirs: Mapping[str, str]) -> dict[str, str]:
        sent = {name: theirs[name] for name in _SENT_ON if name in theirs}
        # Uncompressed, so that usage can be read from the bytes that are passed on.
        sent |= {"accept-encoding": "identity", "content-type": "application/json", **self.headers}
        sent.setdefault("anthropic-version", "2023-06-01")
        if self.key:
            sent |= {"authorization": f"Bearer {self.key}"} if self.bearer else {"x-api-key": self.key}
        return sent


async def _whole(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body; nothing of one that is longer than this."""
    found = bytearray()
    async for piece in response.content.iter_any():
        found += piece
        if len(found) > most:
            return b""
    return bytes(found)


def given_back(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer that are the client's business."""
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: value for name, value in lower.items() if name in _GIVEN_BACK or name.startswith(_GIVEN_BACK_PREFIX)}


async def refused(response: aiohttp.ClientResponse, upstream: Upstream) -> UpstreamError:
    """What to answer where the server has refused; raises Refusal where its words are not for the client."""
    if response.status in (401, 403):
        log.error("model_key_refused", status=response.status)
        raise key_refused()
    if response.status < 400:  # a redirect, or something else that is no answer to a POST
        raise Refusal(502, "api_error", f"the model's server answers {response.status}", "upstream")
    text = (await response.content.read(MOST_ERROR)).decode("utf-8", "replace")
    if upstream.key:
        text = text.replace(upstream.key, "[redacted]")
    return UpstreamError(response.status, given_back(response.headers), redact(text).encode())


def unreachable() -> Refusal:
    return overloaded("the model's server cannot be reached; try again")
