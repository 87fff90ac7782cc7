"""What of a plain text is code, quoted, struck or hidden, by the marks that people type. Pure.

Called by slack.py, for Slack takes some of these marks for what they mean and leaves the others in the text.
"""

import re
from collections.abc import Mapping

from handlers.grammar.rendered import hushed
from handlers.grammar.spans import code_spans, struck_spans

_FENCE = re.compile(r"`{3,}|^[ ]{0,3}~{3,}", re.M)
_MARKS = re.compile(r"[`~\[]")
_QUOTE = re.compile(r"\s*>")
_INDENTED = re.compile(r"(?: {4,}|\t)(?!\s*(?:[-*+•◦▪‣]|[0-9]{1,9}[.)])\s)")
_LINK = re.compile(r"\[[^\[\]\n]*+\]\(")


def quieted(live: str) -> str:
    """The text with everything hushed that does not count; as long as before."""
    lines = _without_comments(_without_fences(live)).split("\n")
    code, quote, before = False, False, ""
    for number, line in enumerate(lines):
        if not line:
            before = line
            continue
        code = _INDENTED.match(line) is not None and (code or not before.strip())
        quote = quote or line.lstrip().startswith(">>>")
        lines[number] = hushed(line) if code or quote or _QUOTE.match(line) else _without_inlines(line)
        before = line
    return "\n".join(lines)


def _without_fences(text: str) -> str:
    spans, behind = dict[int, int](), 0
    while fence := _FENCE.search(text, behind):
        mark = fence[0].strip()
        end = text.find(mark, fence.end())
        spans[fence.start()] = behind = len(text) if end < 0 else end + len(mark)
    return _without(text, spans)


def _without_comments(text: str) -> str:
    spans, behind = dict[int, int](), 0
    while (begin := text.find("<!--", behind)) >= 0:
        end = text.find("-->", begin + 4)
        spans[begin] = behind = len(text) if end < 0 else end + 3
    return _without(text, spans)


def _without_inlines(line: str) -> str:
    if _MARKS.search(line) is None:
        return line
    line = _without(line, code_spans(line))
    line = _without(line, struck_spans(line))
    return _LINK.sub(lambda link: hushed(link[0]), line)


def _without(text: str, spans: Mapping[int, int]) -> str:
    """The text with these spans hushed: ends by begins, in their order."""
    parts, behind = list[str](), 0
    for begin, end in spans.items():
        parts += [text[behind:begin], hushed(text[begin:end])]
        behind = end
    return "".join([*parts, text[behind:]])
