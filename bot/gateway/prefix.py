"""What of a request the model's maker has in its cache already, so that a hold need not be ten times too large.

An agent sends its whole conversation with each call, and nearly all of it is read from the cache at a tenth of the
price. Held at the full price, the last fifth of a session's budget could never be used. So the beginnings of requests
are remembered for as long as a cache surely lasts, with the tokens that the maker has counted for them. Should a cache
be gone early, one call costs more than it held, and the next one is stopped.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from bot.gateway.ask import Ask, Json, Prefix, estimated
from bot.identity import Kept
from crds.usage import Tokens

SURE_SECONDS = 240.0
"""Below the five minutes that Anthropic promises, counted from the last use."""


def prefixes(document: Json) -> list[Prefix]:
    """All beginnings of a request, the shortest first. Marks move from call to call, and so are left out of digests."""
    head = {name: document.get(name) for name in ("model", "tools", "system", "tool_choice", "thinking")}
    found, digest, estimate = list[Prefix](), sha256(), 0
    for part in (head, *(_list(document.get("messages")))):
        written = orjson.dumps(_unmarked(part))
        digest.update(written)
        estimate += estimated(written, part.get("content") if isinstance(part, dict) else None)
        found.append(Prefix(digest.hexdigest(), estimate, b'"cache_control"' in orjson.dumps(part)))
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _unmarked(part: Any) -> Any:
    """The part without its cache marks; a text alone means the same as a list with one text block."""
    if not isinstance(part, dict):
        return part
    content = part.get("content")
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    lists = {name: _without_marks(part[name]) for name in ("tools", "system") if isinstance(part.get(name), list)}
    return {**part, **lists, "content": _without_marks(blocks)}


def _without_marks(blocks: Any) -> Any:
    return [_without_mark(block) if isinstance(block, dict) else block for block in _list(blocks)]


def _without_mark(block: Mapping[str, Any]) -> Json:
    return {name: value for name, value in block.items() if name != "cache_control"}


class Cached:
    """The beginnings that are in the maker's cache. `ticks` gives monotonic seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._tokens: Kept[int] = Kept(SURE_SECONDS, ticks)

    def applied(self, uid: str, ask: Ask) -> Ask:
        """The ask with what is known of its beginning in place of an estimate."""
        for prefix in reversed(ask.prefixes):
            known = self._tokens.get(f"{uid} {prefix.digest}")
            if known is not None:
                rest = max(0, ask.input_estimate - prefix.estimate)
                return replace(ask, input_estimate=known + rest, cached=known)
        return ask

    def remember(self, uid: str, ask: Ask, tokens: Tokens) -> None:
        """The maker has counted this much of the ask as read from, or written to, its cache."""
        marked = [prefix for prefix in ask.prefixes if prefix.marked]
        if marked and tokens.cache_read + tokens.cache_write:
            self._tokens.put(f"{uid} {marked[-1].digest}", tokens.cache_read + tokens.cache_write)
