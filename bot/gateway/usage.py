"""What a call has used: from the events of a stream while they pass, or from a whole answer. Pure; the relay feeds it.

Tolerant, for servers of many makers answer: what is absent or odd counts as nothing, and what has been seen is never
taken back. Plain JSON, because importing the maker's typed client takes a second and 60 MB that the bot idles in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import Any

import orjson

from bot.gateway.ask import BYTES_PER_TOKEN, Ask
from bot.gateway.budget import LONG_CONTEXT, rates
from crds.usage import Tokens, price_of

WEB_SEARCH_USD = Decimal("0.01")
FASTEST = 150
"""Output tokens a second that no model of today passes; bounds what thinking that is not shown may have used."""
LONGEST_EVENT = 16 << 20


@dataclass
class Meter:
    """Counts one call. `tokens` and `usd` may be asked for at any time."""

    ask: Ask
    stopped: bool = False
    """Whether the answer is complete."""
    broken: bool = False
    """Whether the stream cannot be read any more."""
    _told: bool = False
    """Whether the last word on its usage came after the last of its text."""
    _usage: dict[str, Any] = field(default_factory=dict)
    _shown: int = 0
    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        """A piece of the stream, cut anywhere."""
        if self.broken:
            return
        self._rest += chunk
        *lines, rest = self._rest.split(b"\n")
        self._rest = bytearray(rest)
        self.broken = len(rest) > LONGEST_EVENT
        for line in lines:
            if line.startswith(b"data:"):
                self._event(line[5:])

    def whole(self, document: bytes) -> None:
        """An answer that is not streamed."""
        self._merge(_object(document).get("usage"))
        self.stopped, self._told = True, bool(self._usage)
        self._shown = len(document)

    def _event(self, data: bytes | bytearray) -> None:
        event = _object(data)
        match event.get("type"):
            case "message_start":
                self._merge(_inner(event, "message").get("usage"))
            case "content_block_delta":
                self._told = False
                self._shown += sum(len(text.encode()) for text in _inner(event, "delta").values() if _is_text(text))
            case "message_delta":  # there may be several, each with the totals so far
                self._told = True
                self._merge(event.get("usage"))
            case "message_stop":
                self.stopped = True

    def _merge(self, usage: Any) -> None:
        # Later numbers are cumulative, and some servers send them only once, at either end.
        if isinstance(usage, dict):
            self._usage |= {name: value for name, value in usage.items() if value is not None}

    def tokens(self, seconds: float = 0.0) -> Tokens:
        """As reported; before the end, output by what has been shown, and by time where thinking may be hidden."""
        iterations = [each for each in _list(self._usage, "iterations") if each.get("type") == "compaction"]
        usages = [self._usage, *iterations]  # a compaction's tokens are not in the totals

        def total(name: str) -> int:
            return sum(_count(each, name) for each in usages)

        output = total("output_tokens")
        if not self._told:
            hidden = int(seconds * FASTEST) if self.ask.thinks else 0
            output = max(output, min(self.ask.output, max(ceil(self._shown / BYTES_PER_TOKEN), hidden)))
        return Tokens(
            input=total("input_tokens") if "input_tokens" in self._usage else self.ask.input_estimate,
            output=output,
            cache_read=total("cache_read_input_tokens"),
            cache_write=total("cache_creation_input_tokens"),
        )

    def usd(self, tokens: Tokens) -> Decimal:
        """US dollars for these tokens of this call."""
        size = tokens.total - tokens.output
        rate = rates(price_of(self.ask.model), long_context=self.ask.long_context and size > LONG_CONTEXT)
        hour = min(tokens.cache_write, _count(_inner(self._usage, "cache_creation"), "ephemeral_1h_input_tokens"))
        searches = _count(_inner(self._usage, "server_tool_use"), "web_search_requests")
        return (
            tokens.input * rate.input
            + tokens.output * rate.output
            + tokens.cache_read * rate.cache_read
            + (tokens.cache_write - hour) * rate.cache_write
            + hour * rate.cache_hour
            + (searches * WEB_SEARCH_USD if rate.output else 0)
        )


def _object(data: bytes | bytearray) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _inner(outer: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = outer.get(name)
    return found if isinstance(found, dict) else {}


def _list(outer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = outer.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value not in ("text_delta", "thinking_delta", "input_json_delta")
