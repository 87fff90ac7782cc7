"""Takes the bytes of images out of a transcript's entries: a note stands in their place. Pure; for `transcript.py`.

A conversation that is gone on with has no images (`messages.py`), and a few screenshots would be more than the bot
takes over of one.
"""

from typing import Any

from runner.conversation.messages import IMAGE

DEEPEST = 40


def without_pictures(value: Any, depth: int = 0) -> Any:
    """The same value, each block of an image in it replaced by a text."""
    if depth > DEEPEST:
        return value
    match value:
        case {"type": "image", "source": dict()} | {"type": "image", "file": dict()}:
            return {"type": "text", "text": IMAGE}
        case dict():
            return {name: without_pictures(one, depth + 1) for name, one in value.items()}
        case list():
            return [without_pictures(one, depth + 1) for one in value]
    return value
