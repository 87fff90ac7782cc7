"""Makes the content of the first message that the agent is told: the prompt's text, and the images that go with it.

Called by `agent.py`, and the only place where such content is made. The text's stable start comes first, for the
prompt cache; then the images, for the model reads them best before the text that speaks of them; the request comes
last. Pure. A text goes in as it is: that it is no command of the program is `verbatim_prompts`' part.

The agent's program marks the end of the system prompt, twice, and the end of the newest message for the maker's cache,
and no place between them: another session of the repository would find nothing of the prompt there. With the mark that
is set here a request has the four that it may have, so there must never be a second one.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from crds.caching import least_cacheable
from crds.overhead import overhead
from crds.work_order import WorkOrder
from runner.context.count import count

Block = dict[str, Any]

LEAST_STABLE = 256
"""Tokens below which the stable start is little more than the prompt's opening words, and not worth a mark."""
MARK = {"cache_control": {"type": "ephemeral"}}
"""Kept for five minutes: an hour's mark is refused behind the program's own, which are of that kind."""


@dataclass(frozen=True)
class Attached:
    """An image of the message. The text speaks of it by its number."""

    number: int
    media_type: str
    data: bytes = field(repr=False)


def label(number: int) -> str:
    """What stands before an image, so that the text can speak of it."""
    return f"Image {number}:"


def content(
    prompt: str, *, stable: str = "", images: Sequence[Attached] = (), marked: bool = False
) -> str | list[Block]:
    """The message's content: the text alone, or blocks. `stable`: the prompt's start, after which the images come;
    `marked` where the cache shall keep all up to its end."""
    start, rest = (stable, prompt[len(stable) :]) if prompt.startswith(stable) else ("", prompt)
    marks = marked and bool(start.strip())
    if not images and not (marks and rest.strip()):
        return prompt
    first = [block | MARK if marks else block for block in _texts(start)]
    pictures = [block for one in images for block in (_text(label(one.number)), _image(one))]
    return [*first, *pictures, *_texts(rest)]


def worth_a_mark(stable: str, order: WorkOrder) -> bool:
    """Whether the prompt's stable start gets a mark.

    It costs nothing where it is kept, for all of a first request is written to the cache anyway; it gains 1.15 times
    the price of its tokens with each session that follows within the cache's time. So only what the maker would not
    keep is left unmarked: what is too short together with all that stands before it, and models of other makers.
    """
    least, tokens = least_cacheable(order.model), count(stable) if stable else 0
    if least is None or not order.priced or tokens < LEAST_STABLE:
        return False
    return (overhead(order.task, order.model) + tokens) * order.tokens_per_count >= least


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
