"""What of a plain text is code, quoted, struck or hidden, by the marks that people type. Pure.

Called by slack.py, for Slack takes some of these marks for what they mean and leaves the others in the text.
"""

import re

from handlers.grammar.rendered import QUIET, hushed
from handlers.grammar.spans import code_spans, struck_spans

_FENCE = re.compile(r"`{3,}|^[ ]{0,3}~{3,}", re.M)
_COMMENT = re.compile(r"<!--")
_QUOTE = re.compile(r"\s*>")
_INDENTED = re.compile(r"(?: {4,}|\t)(?!\s*(?:[-*+•◦▪‣]|[0-9]{1,9}[.)])\s)")
_LINK = re.compile(r"\[[^\[\]\n]*+\]\(")


def quieted(live: str) -> str:
    """The text with everything hushed that does not count; as long as before."""
    lines = _without_comments(_without_fences(live)).split("\n")
    code, quote, before = False, False, ""
    for number, line in enumerate(lines):
        code = _INDENTED.match(line) is not None and (code or not before.strip())
        quote = quote or line.lstrip().startswith(">>>")
        lines[number] = hushed(line) if code or quote or _QUOTE.match(line) else _without_inlines(line)
        before = line
    return "\n".join(lines)


def _without_fences(text: str) -> str:
    parts, behind = list[str](), 0
    while fence := _FENCE.search(text, behind):
        mark = fence[0].strip()
        end = text.find(mark, fence.end())
        end = len(text) if end < 0 else end + len(mark)
        parts += [text[behind : fence.start()], hushed(text[fence.start() : end])]
        behind = end
    return "".join([*parts, text[behind:]])


def _without_comments(text: str) -> str:
    parts, behind = list[str](), 0
    while comment := _COMMENT.search(text, behind):
        end = text.find("-->", comment.end())
        end = len(text) if end < 0 else end + 3
        parts += [text[behind : comment.start()], hushed(text[comment.start() : end])]
        behind = end
    return "".join([*parts, text[behind:]])


def _without_inlines(line: str) -> str:
    for spans in (code_spans, struck_spans):
        for begin, end in spans(line).items():
            line = line[:begin] + QUIET * (end - begin) + line[end:]
    return _LINK.sub(lambda link: QUIET * len(link[0]), line)
