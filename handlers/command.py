"""Finds commands in what a person wrote: pure, over Markdown's syntax tree, so that code and quotes never trigger.

Called by command_given.py, and by the door to leave plain comments alone. A command stands at the start of a line of
ordinary text: `/vteam VERB text`. Its text runs on to the next command or the end of the comment.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
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
_ORDINARY = {"paragraph_open"}
_parser = MarkdownIt("commonmark").disable(["html_inline"])


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
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = [number for number in _ordinary_lines("\n".join(lines)) if _is_command(lines[number])]
    ends = [*starts[1:], len(lines)]
    return [
        _read(lines[start:end], start, ordinal) for ordinal, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _ordinary_lines(text: str) -> Iterator[int]:
    """Numbers of the lines of plain paragraphs that stand in no quote."""
    depth = 0
    for token in _parser.parse(text):
        depth += _QUOTED.get(token.type, 0)
        if token.type in _ORDINARY and depth == 0 and token.map:
            yield from _lines_of(token)


def _lines_of(token: Token) -> range:
    first, end = token.map or (0, 0)
    return range(first, end)


def _is_command(line: str) -> bool:
    words = _bare(line).split(maxsplit=1)
    return bool(words) and words[0].lower() == PREFIX


def _bare(line: str) -> str:
    """The line without white space and a list's mark."""
    stripped = line.strip()
    for mark in ("- ", "* ", "+ "):
        stripped = stripped.removeprefix(mark)
    return stripped.strip()


def _read(lines: list[str], start: int, ordinal: int) -> Command | CommandError:
    words = _bare(lines[0]).split(maxsplit=2)
    word = words[1].lower().strip(",.:;!") if len(words) > 1 else "help"
    verb = ALIASES.get(word, word)
    if verb not in VERBS:
        near = difflib.get_close_matches(word, [*VERBS, *ALIASES], n=1, cutoff=0.6)
        return CommandError(start + 1, lines[0].strip()[:200], word[:50], near[0] if near else None)
    rest = words[2] if len(words) > 2 else ""
    text = "\n".join([rest, *lines[1:]]).strip()
    return Command(verb, text, start + 1, ordinal)
