"""What the model's server says of its models' windows. Called by the door for models whose maker publishes none.

vLLM and SGLang say `max_model_len`, Anthropic's API `max_input_tokens`; what says neither is simply not known. It reads
the list of models and nothing else, and never fails: a window is a help, not a condition.
"""

from collections.abc import Callable
from typing import Any

import aiohttp
import orjson
import structlog

from bot.gateway.upstream import Upstream
from bot.identity import Kept
from crds.windows import published_window

log = structlog.get_logger()

KEPT_SECONDS = 300.0
LARGEST_LIST = 4 << 20
MOST_TOKENS = 100_000_000
_NAMES = ("max_model_len", "max_input_tokens")


class Windows:
    """Asks the server now and then; `ticks` gives monotonic seconds."""

    def __init__(self, upstream: Upstream, ticks: Callable[[], float]) -> None:
        self._upstream = upstream
        self._known: Kept[dict[str, int]] = Kept(KEPT_SECONDS, ticks)

    async def of(self, model: str) -> int | None:
        """Tokens that the server gives this model; None where it does not say, or where the maker has published it."""
        if published_window(model) is not None:
            return None
        known = self._known.get("models")
        if known is None:
            known = self._known.put("models", await self._asked())
        return known.get(model)

    async def _asked(self) -> dict[str, int]:
        try:
            body = await self._upstream.read("/v1/models", LARGEST_LIST)
        except (aiohttp.ClientError, TimeoutError) as trouble:
            log.info("model_windows_unknown", why=type(trouble).__name__)
            return {}
        return windows(body)


def windows(document: bytes) -> dict[str, int]:
    """Tokens by model, of a list of models as servers give it; nothing of what cannot be read."""
    try:
        found = orjson.loads(document)
    except orjson.JSONDecodeError:
        return {}
    listed = found.get("data") if isinstance(found, dict) else None
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return {row["id"]: tokens for row in rows if isinstance(row.get("id"), str) and (tokens := _tokens(row))}


def _tokens(row: dict[str, Any]) -> int | None:
    said = [row.get(name) for name in _NAMES]
    good = [value for value in said if type(value) is int and 0 < value <= MOST_TOKENS]
    return good[0] if good else None
