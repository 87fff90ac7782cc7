"""A turn → a message as JSON → the events that stream it, in the order and shapes of the real API. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.standins.messages.script import Block, Conversation, Say, Think, Use
from bot.standins.messages.usage import Usage

Json = dict[str, Any]
PIECE = 40


def content_of(blocks: Sequence[Block], conversation: Conversation) -> list[Json]:
    """The content blocks of a turn. Ids follow from the conversation, so that a retry gets the same ones."""
    return [_content(block, _identity(conversation, index)) for index, block in enumerate(blocks)]


def _identity(conversation: Conversation, index: int) -> str:
    said = json.dumps([conversation.messages, index], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:22]


def _content(block: Block, identity: str) -> Json:
    match block:
        case Say(text):
            return {"type": "text", "text": text}
        case Think(text):
            return {"type": "thinking", "thinking": text, "signature": identity}
        case Use(tool, given):
            return {"type": "tool_use", "id": f"toolu_{identity}", "name": tool, "input": dict(given)}


def message(request: Json, content: list[Json], *, usage: Usage, output_tokens: int) -> Json:
    called = any(block["type"] == "tool_use" for block in content)
    return {
        "id": f"msg_{_identity(Conversation(request), -1)}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": content,
        "stop_reason": "tool_use" if called else "end_turn",
        "stop_sequence": None,
        "usage": usage.document(output_tokens),
    }


def events(whole: Json) -> Iterator[Json]:
    """The message as a stream of events."""
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    yield {"type": "ping"}
    for index, block in enumerate(whole["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": _empty(block)}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": whole["usage"]}
    yield {"type": "message_stop"}


def _empty(block: Json) -> Json:
    emptied: dict[str, Json] = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
    }
    return {**block, **emptied[block["type"]]}


def _deltas(block: Json) -> Iterator[Json]:
    match block["type"]:
        case "text":
            yield from ({"type": "text_delta", "text": piece} for piece in _pieces(block["text"]))
        case "thinking":
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"]))
            yield {"type": "signature_delta", "signature": block["signature"]}
        case _:
            whole = json.dumps(block["input"])
            yield from ({"type": "input_json_delta", "partial_json": piece} for piece in _pieces(whole))


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))


def encode(event: Json) -> bytes:
    """One server-sent event."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def side_answer(request: Json) -> list[Block]:
    """The answer to what the client asks beside the conversation: JSON where a schema is given, else one word."""
    wanted = (request.get("output_config") or {}).get("format") or {}
    if wanted.get("type") == "json_schema":
        return [Say(json.dumps(_filled(wanted["schema"])))]
    return [Say("OK")]


def _filled(schema: Json) -> Any:
    """The smallest value that the schema allows."""
    match schema.get("type"):
        case "object":
            known = schema.get("properties") or {}
            return {name: _filled(known.get(name, {})) for name in schema.get("required") or known}
        case "array":
            return []
        case "boolean":
            return False
        case "integer" | "number":
            return 0
        case _:
            return (schema.get("enum") or ["Scripted session"])[0]
