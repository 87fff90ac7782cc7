"""Reads a request strictly: required fields, roles in order, every tool call answered, nothing empty. Pure.

What the types of the anthropic package can say about it they are asked too (`types.py`); these are the rules that the
real API has beyond its types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.standins.messages.errors import bad_request

Json = dict[str, Any]
MOST_BREAKPOINTS = 4


def check_request(request: object, *, counting: bool = False) -> Json:
    """The request, if the real API would take it; ApiError otherwise. `counting`: no max_tokens is needed."""
    if not isinstance(request, dict):
        raise bad_request("The request body is not a JSON object")
    for name in ("model", "messages", *(() if counting else ("max_tokens",))):
        if name not in request:
            raise bad_request(f"{name}: Field required")
    if not counting and (not isinstance(request["max_tokens"], int) or request["max_tokens"] < 1):
        raise bad_request("max_tokens: Input should be greater than or equal to 1")
    _check_messages(request["messages"])
    _check_thinking(request, counting)
    _check_tools(request.get("tools") or [])
    if sum("cache_control" in block for block in cacheable_blocks(request)) > MOST_BREAKPOINTS:
        raise bad_request(f"A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided.")
    return request


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise bad_request("messages: at least one message is required")
    if messages[0].get("role") != "user":
        raise bad_request("messages: first message must use the user role")
    for index, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant", "system"):
            raise bad_request(f"messages.{index}.role: Input should be 'user' or 'assistant'")
        _check_content(message, index)
    _check_tool_results(messages)


def _check_content(message: Json, index: int) -> None:
    content = message.get("content")
    if content is None or content == []:
        raise bad_request(f"messages.{index}: all messages must have non-empty content")
    for block in blocks_of(content):
        if block.get("type") == "text" and not block.get("text", "").strip():
            raise bad_request(f"messages.{index}: text content blocks must be non-empty")


def _check_tool_results(messages: list[Json]) -> None:
    """Every call of a tool has its result in the very next message, and every result has its call."""
    for index, message in enumerate(messages):
        called = _ids(message, "tool_use", "id")
        following = messages[index + 1] if index + 1 < len(messages) else {"content": []}
        missing = called - _ids(following, "tool_result", "tool_use_id")
        if missing and index + 1 < len(messages):
            raise bad_request(
                f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                + ", ".join(sorted(missing))
            )
        before = _ids(messages[index - 1], "tool_use", "id") if index else set()
        if unknown := _ids(message, "tool_result", "tool_use_id") - before:
            raise bad_request(f"messages.{index}: unexpected `tool_use_id` found: {', '.join(sorted(unknown))}")


def _ids(message: Json, kind: str, name: str) -> set[str]:
    return {block[name] for block in blocks_of(message["content"]) if block.get("type") == kind}


def _check_thinking(request: Json, counting: bool) -> None:
    thinking = request.get("thinking") or {}
    budget = thinking.get("budget_tokens")
    if budget is not None and not counting and budget >= request["max_tokens"]:
        raise bad_request("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _check_tools(tools: list[Json]) -> None:
    names = [tool.get("name") for tool in tools]
    if None in names:
        raise bad_request("tools: every tool needs a name")
    if len(set(names)) < len(names):
        raise bad_request("tools: Tool names must be unique.")


def blocks_of(content: str | Iterable[Json]) -> list[Json]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def cacheable_blocks(request: Json) -> Iterator[Json]:
    """The blocks that make the prompt, in the order in which the cache sees them: tools, system, messages."""
    yield from request.get("tools") or []
    yield from blocks_of(request.get("system") or [])
    for message in request["messages"]:
        for block in blocks_of(message["content"]):
            yield {"role": message["role"], **block}
