"""Options as they stand in a line: where each begins, what its value is, and which quotation mark is left open. Pure.

Called by parse.py, which then asks options.py what a value means. Understands what phones make of dashes and quotes.
"""

import re
from dataclasses import dataclass

from handlers.grammar import faults
from handlers.grammar.options import OPTIONS
from handlers.grammar.spans import code_spans

_OPTION = re.compile(r"(--|[—–―‒−－]{1,2})([A-Za-z][A-Za-z0-9_‐‑-]*+)(?:([=:])|(?=\s|$))", re.ASCII)
_HYPHENS = str.maketrans("‐‑", "--")
_SPACE = re.compile(r"\s*+")
_WORD = re.compile(r"\S++")
_PART = re.compile(r"[^\s`]++|`++")
_CLOSED_BY = {
    '"': '"”', "“": '"”“', "„": '"”“', "”": '"”', "'": "'’", "‘": "'’‘", "‚": "'’‘", "’": "'’", "«": "»", "`": "`",
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One option in the line."""

    name: str
    at: int
    value: str | None
    """None where there is none."""
    value_at: int
    end: int
    joined: bool
    """Whether its value is joined to it: `--option=value`."""


@dataclass(frozen=True)
class Wrong:
    """What is wrong, and where in the line."""

    at: int
    message: str
    did_you_mean: str | None = None


@dataclass(frozen=True)
class Scan:
    """Options that stand behind one another: where they begin and end, and what broke them off."""

    said: tuple[Said, ...]
    begin: int
    end: int
    wrong: Wrong | None = None


def is_option(line: str, at: int) -> bool:
    """Whether an option stands here. Other dashes, and a colon behind it, count for names that we know only."""
    found = _OPTION.match(line, at)
    return found is not None and ((found[1] == "--" and found[3] != ":") or _name(found) in OPTIONS)


def options_at(line: str, at: int) -> Scan:
    """The options from this place on, up to the first word that is none."""
    said, end = list[Said](), at
    while True:
        here = _space(line, end)
        one = _said(line, here) if is_option(line, here) else None
        if not isinstance(one, Said):
            return Scan(tuple(said), at, end, one)
        said.append(one)
        end = one.end


def options_at_end(line: str, at: int) -> Scan:
    """The options that close the line; empty, at its end, where other words do."""
    spans = code_spans(line)
    said, begin, here = list[Said](), len(line), _space(line, at)
    while here < len(line):
        one = _said(line, here) if is_option(line, here) else None
        if one is None:
            said.clear()
            here = _word_end(line, here, spans)
        else:
            begin = begin if said else here
            if isinstance(one, Wrong):
                return Scan(tuple(said), begin, len(line), one)
            said.append(one)
            here = one.end
        here = _space(line, here)
    return Scan(tuple(said), begin if said else len(line), len(line))


def _name(found: re.Match[str]) -> str:
    return found[2].lower().translate(_HYPHENS)


def _said(line: str, at: int) -> Said | Wrong:
    found = _OPTION.match(line, at)
    assert found is not None, "asked for an option where none stands"
    name, joined, known = _name(found), found[3] is not None, OPTIONS.get(_name(found))
    if known and not known.value:
        return Wrong(at, faults.needless_value(name)) if joined else Said(name, at, None, at, found.end(), joined)
    value_at = found.end() if joined else _space(line, found.end())
    word = _WORD.match(line, value_at)
    if word is None or (not joined and is_option(line, value_at)):
        return Said(name, at, None, at, found.end(), joined)
    value, end = _unquoted(line, value_at) or (None, 0)
    if value is None and line[value_at] in _CLOSED_BY and known:
        return Wrong(value_at, faults.unclosed_quote(line[value_at]))
    return (
        Said(name, at, word[0], value_at, word.end(), joined)
        if value is None
        else Said(name, at, value, value_at, end, joined)
    )


def _unquoted(line: str, at: int) -> tuple[str, int] | None:
    """The value between quotation marks, and where it ends; None without a mark, or without its other half."""
    closing = _CLOSED_BY.get(line[at])
    if closing is None:
        return None
    ends = [end for mark in closing if (end := line.find(mark, at + 1)) > 0]
    return (line[at + 1 : min(ends)], min(ends) + 1) if ends else None


def _space(line: str, at: int) -> int:
    found = _SPACE.match(line, at)
    return found.end() if found else at


def _word_end(line: str, at: int, spans: dict[int, int]) -> int:
    """The end of the word, in which code with spaces in it is a part."""
    while part := _PART.match(line, at):
        at = spans.get(at, part.end())
    return at
