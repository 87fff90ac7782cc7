"""Keeps a request to the four cache marks that the Messages API takes; it refuses a fifth with 400, and the CLI ends.

Pure; called for each request that `ask.py` has read. The runner sets one mark beside the three of the agent's program,
whose next version may set another. A mark changes nothing but what a call costs, so one too many is taken out: of the
conversation, the oldest first, for the newest one is what the next call reads; then of the system prompt and the tools.
"""

from typing import Any

from crds.caching import MOST_MARKS

type Json = dict[str, Any]

_KEY = b'"cache_control":'


def within_marks(document: Json, canonical: bytes) -> bool:
    """Takes out of the document what marks it has too many. `canonical` is its JSON, without spaces; whether it still
    is what the document says is given back.

    The bytes are looked through first: a text that speaks of marks has its quotes escaped, and is none.
    """
    if canonical.count(_KEY) <= MOST_MARKS:
        return True
    marked = _marked(document)
    surplus = len(marked) - MOST_MARKS
    for block in marked[: max(0, surplus)]:
        del block["cache_control"]
    return surplus <= 0


def _marked(document: Json) -> list[Json]:
    """All that carries a mark, what is missed the least first."""
    said = [block for block in _walked(document.get("messages")) if _has_mark(block)]
    first = [part for name in ("tools", "system") for part in _listed(document.get(name)) if _has_mark(part)]
    # The mark of the whole request stands at its very end, wherever that is.
    whole = [document] if _has_mark(document) else []
    newest = [*said, *whole][-1:]
    older = [block for block in said if not newest or block is not newest[0]]
    return [*older, *first, *newest]


def _walked(messages: Any) -> list[Json]:
    """All blocks, each before those inside of it. Not recursive: the input is hostile."""
    found: list[Json] = []
    waiting = list(reversed(_listed(messages)))
    while waiting:
        block = waiting.pop()
        found.append(block)
        source = block.get("source")
        inner = source.get("content") if isinstance(source, dict) else None
        waiting += reversed([*_listed(block.get("content")), *_listed(inner)])
    return found


def _listed(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _has_mark(block: Json) -> bool:
    return block.get("cache_control") is not None
