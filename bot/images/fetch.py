"""Fetches images: a few at a time, each bounded in bytes and time, and following no redirect.

Called by `collect.py` with addresses that `places.py` has let pass. An address may be signed: it is never logged, and
no trouble is told with it. One try each: what is not to be had now is only named.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp

from bot.authorities import authorities
from crds.images import MOST_BYTES

AT_ONCE = 4
SECONDS, SECONDS_IN_ALL = 8.0, 12.0
"""Of one, and of all: the runner waits half a minute for its order."""
_HEADERS = {"User-Agent": "vteam-bot", "Accept": "image/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Missed:
    """Why there are no bytes: `large`, `refused` or `unreachable`."""

    kind: str


Fetch = Callable[[Sequence[str]], Awaitable[list[bytes | Missed]]]
"""Gives the bytes behind each address, in their order."""


async def fetched(urls: Sequence[str], *, bearer: str = "") -> list[bytes | Missed]:
    """The bytes behind each address, in their order. `bearer`: the token of the one host that all of them are on."""
    headers = _HEADERS | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    connector = aiohttp.TCPConnector(ssl=authorities(), limit=AT_ONCE)
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        deadline = asyncio.get_running_loop().time() + SECONDS_IN_ALL
        return await asyncio.gather(*(_one(session, url, deadline) for url in urls))


async def _one(session: aiohttp.ClientSession, url: str, deadline: float) -> bytes | Missed:
    try:
        async with asyncio.timeout_at(deadline):
            return await _read(session, url)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return Missed("unreachable")


async def _read(session: aiohttp.ClientSession, url: str) -> bytes | Missed:
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with session.get(url, allow_redirects=False, timeout=timeout) as answer:
        if answer.status != 200:
            return Missed("refused")
        if (answer.content_length or 0) > MOST_BYTES:
            return Missed("large")
        found = bytearray()
        async for piece in answer.content.iter_chunked(1 << 16):
            found += piece
            if len(found) > MOST_BYTES:
                return Missed("large")
        return bytes(found)
