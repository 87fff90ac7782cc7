"""Reads a transcript into messages that the Messages API takes: roles in turn, each tool call with its one result.

Pure; called by `resume.py` and `renewal.py`. A transcript comes from an earlier pod, whose agent may have written it
itself: nothing is taken over but text, tool calls and their output. What would steer the program (system prompts,
attachments, modes, snapshots of files) is left where it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Block = dict[str, Any]
Role = Literal["user", "assistant"]

MOST_MESSAGES = 5000
MOST_CHARACTERS = 16_000_000
NO_RESULT = "[There is no result: the session ended here.]"
CUT_SHORT = "[The session ended here, before the work was done.]"
GO_ON = (
    "Go on where you stopped. Old output of tools is masked above to save room; your last steps stand as they were. "
    "Read a file again before you edit it; what ran in the background has ended."
)
"""What a run is told that was stopped to go on with a smaller conversation (`runner/renewal.py`)."""
TOO_MUCH = (
    "Go on where you stopped. What your last tools printed did not fit into your context, so it is masked above, as "
    "old output of tools is. Look at less at once: parts of files, fewer files in a turn, commands that print less. "
    "What ran in the background has ended."
)
"""And where the newest output had no room."""
IMAGE = "[An image was here.]"
_LABEL = re.compile(r"Image \d{1,4}:")
"""What stands before an image that is attached (`runner/first_message.py`)."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
SYNTHETIC = "<synthetic>"
"""What the CLI calls the model of its own error messages."""


class Unusable(Exception):
    """The transcript cannot be gone on with; the message says why."""


@dataclass(frozen=True)
class Said:
    """One message."""

    role: Role
    blocks: tuple[Block, ...]

    @property
    def calls(self) -> list[Block]:
        return [block for block in self.blocks if block["type"] == "tool_use"]

    @property
    def texts(self) -> list[Block]:
        return [block for block in self.blocks if block["type"] == "text"]

    @property
    def text(self) -> str:
        return "\n".join(block["text"] for block in self.texts)


@dataclass
class _Reading:
    """The messages so far, and the answer of the model that is being put together from its entries."""

    messages: list[Said] = field(default_factory=list)
    answer: list[Block] = field(default_factory=list)
    answer_id: object = None
    results: dict[str, Block] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def hear(self, entry: dict[str, Any]) -> None:
        message = entry.get("message")
        if not isinstance(message, dict) or entry.get("isSidechain") or entry.get("isMeta"):
            return
        blocks = list(_blocks(message.get("content")))
        if entry.get("type") == "assistant" and message.get("model") != SYNTHETIC:
            self._answered(message.get("id"), blocks)
        elif entry.get("type") == "user":
            self._told(blocks)

    def _answered(self, number: object, blocks: list[Block]) -> None:
        """The CLI writes an entry for each block of an answer; their message has one id."""
        if self.answer and (number is None or number != self.answer_id):
            self.settle()
        self.answer_id = number
        for block in blocks:
            if block["type"] == "tool_use" and block["id"] not in self.seen:
                self.seen.add(block["id"])
                self.answer.append(block)
            elif block["type"] == "text":
                self.answer.append(block)

    def _told(self, blocks: list[Block]) -> None:
        for block in blocks:
            if block["type"] == "tool_result":
                self.results.setdefault(block["tool_use_id"], block)
        texts = [block for block in blocks if block["type"] == "text"]
        if texts:
            self.settle()
            self._add("user", texts)

    def settle(self) -> None:
        """The answer is whole: it, and the results of its calls, each in its place."""
        answer, self.answer, self.answer_id = self.answer, [], None
        if not answer or not self.messages:
            return
        self._add("assistant", answer)
        calls = [block["id"] for block in answer if block["type"] == "tool_use"]
        if calls:
            self._add("user", [self.results.get(number) or _absent(number) for number in calls])

    def _add(self, role: Role, blocks: list[Block]) -> None:
        """Roles take turns: two messages of one role are one."""
        if self.messages and self.messages[-1].role == role:
            blocks = [*self.messages.pop().blocks, *blocks]
        self.messages.append(Said(role, tuple(blocks)))


def read(entries: Sequence[object]) -> tuple[Said, ...]:
    """The conversation: begins with a prompt, ends with an answer. Raises Unusable."""
    reading = _Reading()
    for entry in _since_compacted([entry for entry in entries if isinstance(entry, dict)]):
        reading.hear(entry)
    reading.settle()
    if not reading.messages:
        raise Unusable("it holds no message")
    reading.messages = _without_stops(reading.messages)
    if len(reading.messages) > MOST_MESSAGES:
        raise Unusable(f"it holds {len(reading.messages):,} messages")
    if sum(_size(block) for said in reading.messages for block in said.blocks) > MOST_CHARACTERS:
        raise Unusable("it is too long")
    if reading.messages[-1].role == "user":
        reading.messages.append(Said("assistant", (_text(CUT_SHORT),)))
    return tuple(reading.messages)


def _without_stops(messages: Sequence[Said]) -> list[Said]:
    """Without the places where the run was stopped for a smaller conversation and went on: nothing was said there."""
    kept: list[Said] = []
    for said in messages:
        if goes_on(said) and len(kept) > 1 and kept[-1].text == CUT_SHORT and not kept[-1].calls:
            kept.pop()
        else:
            kept.append(said)
    return kept


def goes_on(said: Said) -> bool:
    """Whether a stopped run was told to go on here, with nothing but its prompt's images: nobody has asked anything."""
    *shown, last = [block.get("text", "") for block in said.blocks]
    return last in (GO_ON, TOO_MUCH) and all(text == IMAGE or _LABEL.fullmatch(text) for text in shown)


def _since_compacted(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the program itself has summarised is behind it: its summary is the first message after the mark."""
    marks = [number for number, entry in enumerate(entries) if entry.get("subtype") == "compact_boundary"]
    return entries[marks[-1] + 1 :] if marks else entries


def _size(block: Block) -> int:
    return len(str(block))


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _absent(number: str) -> Block:
    return {"type": "tool_result", "tool_use_id": number, "content": NO_RESULT, "is_error": True}


def _blocks(content: object) -> Iterator[Block]:
    """The blocks that are taken over, rebuilt from the few fields that they may have."""
    for block in [{"type": "text", "text": content}] if isinstance(content, str) else _listed(content):
        match block:
            case {"type": "text", "text": str(text)} if text.strip():
                yield _text(_plain(text))
            case {"type": "image"}:
                yield _text(IMAGE)
            case {"type": "tool_use", "id": str(number), "name": str(name), "input": dict(inputs)}:
                if _ID.fullmatch(number) and _ID.fullmatch(name):
                    yield {"type": "tool_use", "id": number, "name": name, "input": _plain_object(inputs)}
            case {"type": "tool_result", "tool_use_id": str(number)}:
                error = {"is_error": True} if block.get("is_error") is True else {}
                yield {"type": "tool_result", "tool_use_id": number, "content": _output(block.get("content")), **error}


def _listed(content: object) -> list[Block]:
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _output(content: object) -> str:
    """A tool's output as one text."""
    return "\n".join(block["text"] for block in _blocks(content) if block["type"] == "text")


def _plain(text: str) -> str:
    """Without halves of surrogate pairs, which no request can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _plain_object(value: Any, depth: int = 0) -> Any:
    match value:
        case str():
            return _plain(value)
        case dict() if depth < 20:
            return {_plain(str(key)): _plain_object(one, depth + 1) for key, one in value.items()}
        case list() if depth < 20:
            return [_plain_object(one, depth + 1) for one in value]
        case bool() | int() | float() | None:
            return value
    return None
