"""Makes a conversation smaller: what tools printed and what they were given is masked, the oldest first; nothing else.

Pure; the same in, the same out; called by `shorten.py` and `renewal.py`. A masked output is one line that says what it
was, so that each call keeps its result; an error keeps its last lines. What was asked and answered stays as it was.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from runner.conversation.messages import Block, Said

KEPT_ANSWERS = 6
"""The last answers of the model, whose tools' output is masked only if all older output was not enough."""
ERROR_LINES, ERROR_CHARACTERS = 3, 400
"""The end of an error that stays."""
WORTH = 100
"""Tokens below which an output is not masked: the line in its place takes some 25 itself."""
SHOWN = 60
"""Characters of a command or path in that line."""
_TELLING = ("command", "file_path", "pattern", "path", "query", "url")
_PATHS = ("file_path", "path")
"""Of these the end tells more than the start."""

Count = Callable[[str], int]


class Reach(IntEnum):
    """What may be masked; each includes those before it."""

    OLD_OUTPUT = 0
    OLD_INPUT = 1
    NEW_OUTPUT = 2
    NEW_INPUT = 3


@dataclass(frozen=True)
class Masked:
    """A conversation that was made smaller. Token counts are the bundled tokenizer's, by block."""

    messages: tuple[Said, ...]
    tokens: int
    outputs: int
    """Outputs and inputs of tools that were masked now."""
    saved: int
    """Tokens that this took away."""
    answers: int = 0
    """Old answers of the model that were cut to their telling sentences."""


@dataclass(frozen=True)
class _Place:
    message: int
    block: int


def size(messages: Sequence[Said], count: Count) -> int:
    """Tokens of the conversation."""
    return sum(count(_written(block)) for said in messages for block in said.blocks)


def masked(
    messages: Sequence[Said],
    *,
    share: int,
    count: Count,
    kept: int = KEPT_ANSWERS,
    reach: Reach = Reach.NEW_INPUT,
) -> Masked:
    """The conversation with so much masked that it fits `share` tokens, as far as that is enough.

    A caller must look at `tokens`: requests and answers alone may take more than the share. What stands from the last
    `kept` answers on is new, and all before it is old.
    """
    before = tokens = size(messages, count)
    changed, outputs = [list(said.blocks) for said in messages], 0
    for place, smaller in _candidates(messages, count, kept, reach):
        if tokens <= share:
            break
        old = changed[place.message][place.block]
        change = count(_written(smaller)) - count(_written(old))
        if change < 0:
            changed[place.message][place.block] = smaller
            tokens, outputs = tokens + change, outputs + 1
    blocks = zip(messages, changed, strict=True)
    return Masked(tuple(Said(said.role, tuple(new)) for said, new in blocks), tokens, outputs, before - tokens)


def first_new(messages: Sequence[Said], kept: int = KEPT_ANSWERS) -> int:
    """The place from which on the messages are new; where there are fewer answers, all are."""
    answers = [number for number, said in enumerate(messages) if said.role == "assistant"]
    return answers[-kept] if kept and len(answers) >= kept else 0 if kept else len(messages)


def _candidates(messages: Sequence[Said], count: Count, kept: int, reach: Reach) -> Iterator[tuple[_Place, Block]]:
    """What may be masked, in this order: old output, what tools were given before, and the same of the new part."""
    calls, new = {block["id"]: block for said in messages for block in said.calls}, first_new(messages, kept)
    old, recent = range(new), range(new, len(messages))
    yield from _outputs(messages, old, calls, count)
    if reach >= Reach.OLD_INPUT:
        yield from _inputs(messages, old, count)
    if reach >= Reach.NEW_OUTPUT:
        yield from _outputs(messages, recent, calls, count)
    if reach >= Reach.NEW_INPUT:
        yield from _inputs(messages, recent, count)


def _outputs(
    messages: Sequence[Said], numbers: Iterable[int], calls: dict[str, Block], count: Count
) -> Iterator[tuple[_Place, Block]]:
    for number in numbers:
        for place, block in enumerate(messages[number].blocks):
            if block["type"] == "tool_result" and count(block["content"]) > WORTH:
                yield _Place(number, place), _output(block, calls, count)


def _inputs(messages: Sequence[Said], numbers: Iterable[int], count: Count) -> Iterator[tuple[_Place, Block]]:
    for number in numbers:
        for place, block in enumerate(messages[number].blocks):
            if block["type"] == "tool_use":
                yield _Place(number, place), {**block, "input": _short(block["input"], count)}


def _output(block: Block, calls: dict[str, Block], count: Count) -> Block:
    text = f"[output of {named(calls.get(block['tool_use_id']))} ({count(block['content']):,} tokens) masked; "
    text += "run it again if needed]"
    if block.get("is_error"):
        text += "\n" + "\n".join(block["content"].rstrip().split("\n")[-ERROR_LINES:])[-ERROR_CHARACTERS:]
    return {**block, "content": text}


def named(call: Block | None) -> str:
    """A call in a few words: its tool, and what it worked on."""
    if call is None:
        return "a tool"
    key = next((name for name in _TELLING if call["input"].get(name)), "")
    line = " ".join(str(call["input"].get(key, "")).replace("`", "'").split())
    short = line if len(line) <= SHOWN else f"…{line[-SHOWN:]}" if key in _PATHS else f"{line[:SHOWN]}…"
    return f"{call['name']} `{short}`" if short else str(call["name"])


def _short(value: Any, count: Count) -> Any:
    """A tool's input whose long texts (a file that was written) are masked; its shape stays."""
    match value:
        case str() if (tokens := count(value)) > WORTH:
            return f"[{tokens:,} tokens masked]"
        case dict():
            return {key: _short(one, count) for key, one in value.items()}
        case list():
            return [_short(one, count) for one in value]
    return value


def _written(block: Block) -> str:
    match block["type"]:
        case "text":
            return str(block["text"])
        case "tool_use":
            return f"{block['name']} {json.dumps(block['input'], ensure_ascii=False)}"
    return str(block["content"])
