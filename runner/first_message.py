"""Makes the content of the first message that the agent is told: the prompt's text, and the images that go with it.

Called by `agent.py`, and the only place where such content is made. The text's stable start comes first, for the
prompt cache; then the images, for the model reads them best before the text that speaks of them; the request comes
last. Pure. A text goes in as it is: that it is no command of the program is `verbatim_prompts`' part.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True)
class Attached:
    """An image of the message. The text speaks of it by its number."""

    number: int
    media_type: str
    data: bytes = field(repr=False)


def label(number: int) -> str:
    """What stands before an image, so that the text can speak of it."""
    return f"Image {number}:"


def content(prompt: str, *, stable: str = "", images: Sequence[Attached] = ()) -> str | list[Block]:
    """The message's content: the text alone, or blocks. `stable`: the prompt's start, after which the images come."""
    if not images:
        return prompt
    start, rest = (stable, prompt[len(stable) :]) if stable and prompt.startswith(stable) else ("", prompt)
    pictures = [block for one in images for block in (_text(label(one.number)), _image(one))]
    return [*_texts(start), *pictures, *_texts(rest)]


def _texts(text: str) -> list[Block]:
    """The text as a block, for the API takes no empty one."""
    return [_text(text)] if text.strip() else []


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _image(one: Attached) -> Block:
    source = {"type": "base64", "media_type": one.media_type, "data": b64encode(one.data).decode("ascii")}
    return {"type": "image", "source": source}


async def spoken(content: str | list[Block]) -> AsyncIterator[dict[str, Any]]:
    """The one message, in the form in which the SDK takes a stream of them."""
    yield {"type": "user", "message": {"role": "user", "content": content}, "parent_tool_use_id": None}
