"""Reads a request to the Messages API: what it asks for, how large it is, and whether a session may ask for it.

Pure; called by the door before anything is forwarded. What could choose a dearer model, let the model's maker fetch
something from the outside, or cost what no table here knows, is refused in words. Other unknown fields pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson

from bot.gateway.empty_messages import without_empty_messages
from bot.gateway.marks import within_marks
from bot.gateway.refusals import invalid, not_allowed

BYTES_PER_TOKEN = 3.5
"""Fewer than English text (about 4) and code have; the ledger corrects the rest after the call."""
IMAGE_TOKENS = 5_000
"""More than the API counts for the largest picture."""

# Each costs extra, picks another model, reads what belongs to others under the same key, or reaches outside.
_REFUSED = (
    "billing_policy",
    "compaction",
    "container",
    "fallback_credit_token",
    "fallbacks",
    "inference_geo",
    "mcp_servers",
    "thread",
    "user_profile_id",
    "workspace_id",
)
_ONLY = {"service_tier": "standard_only", "speed": "standard"}
# Tools of the maker's that run at the client or are free of charge; all other types run at the maker's and cost.
_CLIENT_TOOLS = ("custom", "bash_", "text_editor_", "memory_", "computer_", "tool_search_tool_")

type Json = dict[str, Any]


@dataclass(frozen=True)
class Prefix:
    """The tools, the system prompt and the first messages of a request; `marked` where its cache may end here."""

    digest: str
    estimate: int
    marked: bool


@dataclass(frozen=True)
class Ask:
    """A request that may be made; `output` and `thinking` are tokens.

    `canonical` is its JSON written anew, and what is forwarded: a doubled key in what came in must not mean one thing
    here and another at the model's maker.
    """

    document: Json
    canonical: bytes
    model: str
    input_estimate: int
    output: int
    thinking: int
    thinks: bool
    stream: bool
    hour_cache: bool
    long_context: bool = False
    cached: int = 0
    """Tokens of the input estimate that are known to be in the maker's cache."""
    prefixes: tuple[Prefix, ...] = ()

    def body(self, output: int | None = None) -> bytes:
        """The JSON to forward, with this max_tokens."""
        same = output is None or output == self.output
        return self.canonical if same else orjson.dumps({**self.document, "max_tokens": output})


@dataclass(frozen=True)
class Rules:
    """What a session may ask for."""

    models: frozenset[str]
    server_tools: frozenset[str] = frozenset()
    """Types of server tools that are allowed, such as `web_search_20250305`."""


def read_ask(body: bytes, rules: Rules, *, counting: bool = False) -> Ask:
    """The request in this body; raises Refusal. One that only counts tokens needs no max_tokens."""
    document = _object(body)
    _check_model(document, rules)
    _check_fields(document)
    _check_tools(document, rules)
    _check_sources(document)
    thinking = _thinking(document)
    without_empty_messages(document)
    canonical = orjson.dumps(document)
    if not within_marks(document, canonical):
        canonical = orjson.dumps(document)
    return Ask(
        document=document,
        canonical=canonical,
        model=document["model"],
        input_estimate=estimated(canonical, document.get("messages")),
        output=0 if counting else _positive(document, "max_tokens"),
        thinking=_count(thinking.get("budget_tokens")),
        thinks=thinking.get("type") not in (None, "disabled"),
        stream=document.get("stream") is True,
        hour_cache=b'"1h"' in canonical,
    )


def _object(body: bytes) -> Json:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise invalid(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise invalid("the body is not a JSON object")
    return document


def _check_model(document: Json, rules: Rules) -> None:
    model = document.get("model")
    if not isinstance(model, str) or model not in rules.models:
        names = " and ".join(sorted(rules.models))
        raise not_allowed(f"this session may use {names}, not {str(model)[:100]!r}")


def _check_fields(document: Json) -> None:
    for field in _REFUSED:
        if document.get(field) is not None:
            raise not_allowed(f"a session may not set {field!r}")
    for field, only in _ONLY.items():
        if document.get(field) not in (None, only):
            raise not_allowed(f"a session may not set {field!r} to anything but {only!r}")


def _check_tools(document: Json, rules: Rules) -> None:
    tools = document.get("tools") or []
    if not isinstance(tools, list):
        raise invalid("tools is a list")
    for tool in tools:
        kind = tool.get("type", "custom") if isinstance(tool, dict) else None
        if not isinstance(kind, str) or not (kind.startswith(_CLIENT_TOOLS) or kind in rules.server_tools):
            raise not_allowed(
                f"a session may not use the tool type {str(kind)[:100]!r}: it runs outside of the session"
            )


def _check_sources(document: Json) -> None:
    """Content that would be fetched, or read from the key's other files, is not sent from a session."""
    for block in _blocks(document.get("messages")):
        source = block.get("source")
        if isinstance(source, dict) and source.get("type") not in ("base64", "text", "content"):
            raise not_allowed(f"content of the source type {str(source.get('type'))[:40]!r} is not sent from a session")


def estimated(written: bytes, content: Any) -> int:
    """Tokens, rather too many, of this JSON that holds this content; pictures do not count by their bytes."""
    pictures = [len(data) for data in map(_picture, _blocks(content)) if data]
    return ceil((len(written) - sum(pictures)) / BYTES_PER_TOKEN) + IMAGE_TOKENS * len(pictures)


def _picture(block: Json) -> str:
    source = block.get("source")
    data = source.get("data") if block.get("type") == "image" and isinstance(source, dict) else ""
    return data if isinstance(data, str) else ""


def _blocks(value: Any) -> Iterator[Json]:
    """All content blocks of messages, those inside other blocks too. Not recursive: the input is hostile."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            yield found
            source = found.get("source")
            waiting += [found.get("content"), source.get("content") if isinstance(source, dict) else None]


def _positive(document: Json, field: str) -> int:
    value = document.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000_000:
        raise invalid(f"{field} must be a positive whole number")
    return value


def _thinking(document: Json) -> Json:
    found = document.get("thinking")
    return found if isinstance(found, dict) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
