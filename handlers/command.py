"""Finds commands in what a person wrote: pure, over Markdown's syntax tree, so that code and quotes never trigger.

Called by command_given.py, and by the door to leave plain comments alone. A command stands at the start of a line of
ordinary text: `/vteam VERB text`. Its text runs on to the next command or the end of the comment.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

PREFIX = "/vteam"

VERBS: dict[str, str] = {
    "run": "do what the text says",
    "fix": "find and fix the problem that the issue describes, with a test, as a pull request",
    "plan": "write a plan for the issue as a pull request with a document",
    "review": "read the pull request or the code, and say what is wrong with it",
    "ask": "answer a question about the code; nothing is changed",
    "status": "say what runs in this thread",
    "cancel": "stop what runs in this thread",
    "help": "show this table",
}

ALIASES = {"stop": "cancel", "abort": "cancel", "do": "run", "implement": "run", "repair": "fix", "question": "ask"}

_QUOTED = {"blockquote_open": 1, "blockquote_close": -1}
_BREAKS = ("softbreak", "hardbreak")
# A line with a candidate is parsed with a sign in the command's place, so that the tree says which lines are text: its
# own line numbers are lost where code, a link or an HTML comment runs over several lines.
_OPEN, _CLOSE = "\ue000", "\ue001"
_FORGED = str.maketrans(dict.fromkeys("\x00" + _OPEN + _CLOSE, "\ufffd"))
_SIGN = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_CANDIDATE = re.compile(rf"^(\s*(?:(?:[-*+]|[0-9]{{1,9}}[.)])\s+)*){re.escape(PREFIX)}(?!\S)", re.IGNORECASE)
MOST_TEXT = 16_384
"""Characters of paragraphs with candidates that are looked at: text that is meant to hurt takes 13 µs for each."""


@dataclass(frozen=True)
class Command:
    verb: str
    text: str
    """What was asked for, in the person's words; may be empty."""
    line: int
    """Line of the comment, from 1."""
    ordinal: int
    """Place among the comment's commands, from 0: part of the session's name."""


@dataclass(frozen=True)
class CommandError:
    """A command that cannot be understood: a value, so that it becomes a reply."""

    line: int
    quoted: str
    word: str
    did_you_mean: str | None


def may_hold_command(body: str) -> bool:
    """Whether it is worth reading: cheap, and never wrong about absence."""
    return PREFIX in body.lower()


def read_commands(body: str) -> list[Command | CommandError]:
    """All commands of a comment, in their order."""
    if not may_hold_command(body):
        return []
    lines = body.translate(_FORGED).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    bounds = pairwise([*_starts(lines), len(lines)])
    return [_read(lines[start:end], start, ordinal) for ordinal, (start, end) in enumerate(bounds)]


def _inline_where_signed(state: StateCore) -> None:
    """Takes the place of Markdown's inline step: it reads the paragraphs with a candidate, and no others."""
    left = MOST_TEXT
    for token in state.tokens:
        if token.type == "inline" and _OPEN in token.content:
            content, token.children = token.content[:left], []
            left -= len(content)
            state.md.inline.parse(content, state.md, state.env, token.children)


_parser = MarkdownIt("commonmark")
_parser.core.ruler.at("inline", _inline_where_signed)


def _starts(lines: Sequence[str]) -> list[int]:
    """Numbers of the lines that begin with a command which is neither code nor quoted nor hidden."""
    signed = [_signed(line, number) for number, line in enumerate(lines)]
    return sorted(_signs(_parser.parse("\n".join(signed))))


def _signed(line: str, number: int) -> str:
    found = _CANDIDATE.match(line)
    return f"{found[1]}{_OPEN}{number}{_CLOSE}{line[found.end() :]}" if found else line


def _signs(tokens: Sequence[Token]) -> Iterator[int]:
    """The signs that stand at the start of a line of ordinary text and in no quote."""
    depth = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        depth += _QUOTED.get(token.type, 0)
        if token.type == "inline" and depth == 0 and before is not None and _is_text(before):
            yield from _at_line_starts(token.children or ())


def _is_text(opening: Token) -> bool:
    # A line with dashes below it is a heading to Markdown, and the start of a signature to whoever wrote an e-mail.
    return opening.type == "paragraph_open" or (opening.type == "heading_open" and opening.markup in ("-", "="))


def _at_line_starts(children: Sequence[Token]) -> Iterator[int]:
    fresh = True
    for child in children:
        sign = _SIGN.match(child.content) if fresh and child.type == "text" else None
        if sign:
            yield int(sign[1])
        fresh = child.type in _BREAKS


def _read(lines: Sequence[str], start: int, ordinal: int) -> Command | CommandError:
    words = _CANDIDATE.sub("", lines[0]).split(maxsplit=1)
    word = words[0].lower().strip(",.:;!?") if words else ""
    verb = ALIASES.get(word, word or "help")
    if verb not in VERBS:
        near = difflib.get_close_matches(word, [*VERBS, *ALIASES], n=1, cutoff=0.6)
        return CommandError(start + 1, lines[0].strip()[:200], word[:50], near[0] if near else None)
    rest = words[1] if len(words) > 1 else ""
    text = "\n".join([rest, *lines[1:]]).strip()
    return Command(verb, text, start + 1, ordinal)
