"""Where a Markdown text is code: its fences. Pure; for whoever must not take code for words.

Called by what the bot reads of a repository's instructions, and by the runner's readers of talk.
"""

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def fenced(text: str) -> Iterator[tuple[bool, str]]:
    """The text in its order as parts of prose and of fenced code, each with whether it is code.

    A fence that nobody closes reaches to the end, as in CommonMark.
    """
    at, opened = 0, ""
    for found in _FENCE.finditer(text):
        rest = _rest_of_line(text, found.end())
        if not opened:
            if found.start() > at:
                yield False, text[at : found.start()]
            at, opened = found.start(), found[1]
        elif found[1].startswith(opened) and not rest.strip():
            yield True, text[at : found.end() + len(rest)]
            at, opened = found.end() + len(rest), ""
    if at < len(text):
        yield bool(opened), text[at:]


def _rest_of_line(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start : len(text) if end < 0 else end + 1]
