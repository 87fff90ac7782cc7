"""Whether anybody answers at the model's address: asked once by `vteam demo` and `vteam run` before they begin.

The service itself does not ask: there a model that is down for a while is retried, and said in the thread.
"""

from urllib.parse import urlsplit

import aiohttp

from bot.settings import SettingMissing

SECONDS = 10.0


async def check_model(url: str) -> None:
    """Raises SettingMissing, in one line, for an address that is none, and where nobody answers."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingMissing(f"{url!r} is no address of a model: write it as http://HOST:PORT or https://HOST")
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS), trust_env=not loopback) as client,
            client.head(url, allow_redirects=False),
        ):
            pass  # whatever it says: it is there
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        why = str(error) or "no answer in time"
        raise SettingMissing(f"Nobody answers at the model's address {url}: {why}") from None
