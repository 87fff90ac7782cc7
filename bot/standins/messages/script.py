"""The words of a scripted model: what it says and which tools it calls, turn by turn, and what it can see.

A script is data, or functions of the conversation. It holds no position: that is read from the conversation itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Json = dict[str, Any]
REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>\s*", re.DOTALL)
WORKING_DIRECTORY = re.compile(r"Primary working directory: (.+)")


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Think:
    text: str


@dataclass(frozen=True)
class Use:
    """A call of a tool; `input` is what the tool's schema asks for."""

    tool: str
    input: Mapping[str, Any]


Block = Say | Think | Use


@dataclass(frozen=True)
class ToolResult:
    tool: str
    input: Mapping[str, Any]
    text: str
    is_error: bool


@dataclass(frozen=True)
class Conversation:
    """One request's view: everything said so far. `model`, `system` and `tools` are the request's own."""

    request: Json

    @property
    def messages(self) -> list[Json]:
        return list(self.request["messages"])

    @property
    def turn(self) -> int:
        """How often the model has spoken: the position in the script, whoever retries or resumes."""
        return sum(message["role"] == "assistant" for message in self.messages)

    @cached_property
    def prompt(self) -> str:
        """The first thing that the person said, without what the client put around it."""
        first = next((one for one in self.messages if one["role"] == "user"), {"content": ""})
        return REMINDER.sub("", text_of(first["content"])).strip()

    @cached_property
    def results(self) -> list[ToolResult]:
        """Every tool result so far, oldest first."""
        uses = {
            block["id"]: block for message in self.messages for block in _blocks(message) if block["type"] == "tool_use"
        }
        found = (block for message in self.messages for block in _blocks(message) if block["type"] == "tool_result")
        return [_result(block, uses.get(block["tool_use_id"], {})) for block in found]

    @property
    def last_results(self) -> list[ToolResult]:
        """The results that came with the newest message."""
        count = sum(block["type"] == "tool_result" for block in _blocks(self.messages[-1])) if self.messages else 0
        return self.results[-count:] if count else []

    @property
    def working_directory(self) -> str:
        """Where the client says that it works; empty if it does not say."""
        everything = text_of(self.request.get("system") or "") + "".join(
            text_of(one["content"]) for one in self.messages
        )
        found = WORKING_DIRECTORY.search(everything)
        return found[1].strip() if found else ""


def _blocks(message: Json) -> list[Json]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _result(block: Json, use: Json) -> ToolResult:
    text = REMINDER.sub("", text_of(block.get("content") or "")).strip()
    return ToolResult(use.get("name", ""), use.get("input", {}), text, bool(block.get("is_error")))


def text_of(content: str | Sequence[Json]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")


Turn = Sequence[Block] | Callable[[Conversation], Sequence[Block]]


@dataclass(frozen=True)
class Script:
    """The turns of the model, then `afterwards` for ever.

    A request without tools is a side request of the client (a title, a probe) and is answered plainly, unless
    `tools_expected` is off.
    """

    turns: Sequence[Turn]
    afterwards: Turn = field(default=(Say("There is nothing left to do."),))
    tools_expected: bool = True

    def blocks(self, conversation: Conversation) -> Sequence[Block]:
        number = conversation.turn
        turn = self.turns[number] if number < len(self.turns) else self.afterwards
        return turn(conversation) if callable(turn) else turn
