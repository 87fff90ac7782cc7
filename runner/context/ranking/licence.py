"""The licence at the head of a file: the same words in all of them, of which none says what the file does. Pure.

Called by chunks.py. It is no part of the code: in some repositories an eighth of a prompt would be of such lines.
"""

import re
from collections.abc import Sequence

MOST_LINES = 200
"""Lines of a file that are looked at; lists of copyright holders are long."""
_SAYS = re.compile(
    r"copyright|\(c\) ?\d{4}|\xa9|spdx-|licen[sc]ed (?:under|to)\b|public licen[sc]e|@licen[sc]e|/licen[sc]es?\b"
    r"|(?:under|of|see|by) (?:the|an?) (?:\S+ ){0,4}licen[sc]e"
    r"|\blicen[sc]e(?::| (?:at|file|version|text|terms|agreement)\b)"
    r"|all rights reserved|warrant(?:y|ies)\b|redistribut|liab(?:le|ility)\b|permission is hereby|without limitation",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"\s*(?://|--|;|%|#(?!\s*(?:include|define|undef|if|el|endif|pragma|import|error|region|nullable)|[\[!]))"
)
_OPEN, _CLOSE = re.compile(r"\s*(/\*|<!--|\(\*)"), {"/*": "*/", "<!--": "-->", "(*": "*)"}
_BEFORE = re.compile(r"\s*(?:$|#!|<\?(?:php|xml)|#.*coding[:=]|['\"]use strict['\"];?\s*$)")
"""What may stand above it: blank lines, the program that runs it, its encoding."""
_BLANK = re.compile(r"[\s#/*;%-]*$")


def licence_lines(lines: Sequence[str]) -> int:
    """How many lines at the start of a file are its licence, with what stands above it; 0 where there is none."""
    found = at = 0
    lines = lines[:MOST_LINES]
    while at < len(lines):
        if _BEFORE.match(lines[at]) and not _SAYS.search(lines[at]):
            at += 1
            continue
        end = _end_of_comment(lines, at)
        said = _last_of_licence(lines, at, end)
        if said == at:
            break
        found = at = said
        if said < end:
            break
    while 0 < found < len(lines) and not lines[found].strip():
        found += 1
    return found


def _end_of_comment(lines: Sequence[str], at: int) -> int:
    """The line behind the comment that begins here; the line itself where none does."""
    if opened := _OPEN.match(lines[at]):
        close = _CLOSE[opened[1]]
        for number in range(at, len(lines)):
            rest = lines[number][opened.end() :] if number == at else lines[number]
            if close in rest:
                # What stands behind the comment in its last line is code.
                return number + 1 if not rest.partition(close)[2].strip() else at
        return at
    end = at
    while end < len(lines) and _LINE.match(lines[end]):
        end += 1
    return end


def _last_of_licence(lines: Sequence[str], at: int, end: int) -> int:
    """The line behind the last paragraph of a comment that speaks of the licence; the first one where none does."""
    last, start = at, at
    for number in range(at, end + 1):
        if number == end or _BLANK.match(lines[number]):
            if any(_SAYS.search(line) for line in lines[start:number]):
                last = number
            start = number + 1
    return end if last > at and all(map(_BLANK.match, lines[last:end])) else last
