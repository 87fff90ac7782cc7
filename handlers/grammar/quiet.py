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
_LINK = re.compile(r"\[[^\[\]\n]*+\]\((?:[^()\n]*+\))?")
_TAG = re.compile(r"<(/?)(a|blockquote|code|del|kbd|pre|q|s|samp|script|strike|textarea|tt)(?=[\s/>])[^<>]*+>", re.I)


def quieted(live: str) -> str:
    """The text with everything hushed that does not count; as long as before."""
    lines = _without_tags(_without_comments(_without_fences(live))).split("\n")
    code, quote, before = False, False, ""
    written = live.split("\n")  # a quote's mark may stand within what is hushed of the line
    for number, line in enumerate(lines):
        if not line:
            before = line
            continue
        code = _INDENTED.match(line) is not None and (code or not before.strip())
        quote = quote or line.lstrip().startswith(">>>")
        lines[number] = hushed(line) if code or quote or _QUOTE.match(written[number]) else _without_inlines(line)
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


def _without_tags(text: str) -> str:
    """Without what stands between HTML's own tags for code and quotes; one that is never closed is a word."""
    if "</" not in text:
        return text
    closed, opened = list[tuple[int, int]](), dict[str, int]()
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if not tag[1]:
            opened.setdefault(name, tag.start())
        elif name in opened:
            closed.append((opened.pop(name), tag.end()))
    spans, behind = dict[int, int](), 0
    for begin, end in sorted(closed):
        if end > behind:  # or it stands within another
            spans[max(begin, behind)] = behind = end
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
