"""Counts tokens as the API reports them: input, output, and what the prompt cache saved.

The cache is simulated: a prefix up to a `cache_control` mark is read if it was written before, and written otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.standins.messages.requests import cacheable_blocks

Json = dict[str, Any]
Count = Callable[[str], int]


def four_bytes_a_token(text: str) -> int:
    """A rough count that needs no vocabulary."""
    return max(1, len(text.encode()) // 4)


@dataclass(frozen=True)
class Usage:
    input_tokens: int
    cache_creation: int
    cache_read: int

    @property
    def total(self) -> int:
        return self.input_tokens + self.cache_creation + self.cache_read

    def document(self, output_tokens: int) -> Json:
        return {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.cache_creation,
            "cache_read_input_tokens": self.cache_read,
            "cache_creation": {"ephemeral_5m_input_tokens": self.cache_creation, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output_tokens,
            "service_tier": "standard",
        }


class PromptCache:
    """Remembers the prefixes that were marked. `count` turns text into tokens."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._written: set[str] = set()

    def measure(self, request: Json) -> Usage:
        """What this request costs now; its marked prefixes are cached from then on."""
        read, marked, total = 0, 0, 0
        digest = hashlib.sha256(str(request["model"]).encode())
        fresh = []
        for block in cacheable_blocks(request):
            text = json.dumps({name: value for name, value in block.items() if name != "cache_control"})
            digest.update(text.encode())
            total += self._count(text)
            prefix = digest.hexdigest()
            if prefix in self._written:
                read = total
            if "cache_control" in block:
                marked = total
                fresh.append(prefix)
        self._written.update(fresh)
        written = max(0, marked - read)
        return Usage(total - read - written, written, read)

    def count_input(self, request: Json) -> int:
        """The whole prompt, cached or not, as `count_tokens` answers it."""
        return sum(self._count(json.dumps(block)) for block in cacheable_blocks(request))

    def count_output(self, blocks: Iterable[Mapping[str, Any]]) -> int:
        return sum(self._count(_said(block)) for block in blocks)


def _said(block: Mapping[str, Any]) -> str:
    return str(block.get("text") or block.get("thinking") or json.dumps(block.get("input")))
