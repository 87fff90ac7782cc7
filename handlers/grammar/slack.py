"""Reader of Slack messages: rich text blocks or mrkdwn → plain lines, and where commands begin in them. Pure.

Called by command.py. Slack marks code, quotes and links in its blocks; what people type as Markdown without Slack
taking it for such (fences, `>`, HTML comments) counts as quiet all the same, as it does on GitHub.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.grammar.letter import opens_letter
from handlers.grammar.mrkdwn import rendered_text
from handlers.grammar.quiet import quieted
from handlers.grammar.rendered import Rendered
from handlers.grammar.rich_text import rendered_blocks
from handlers.grammar.starts import Found, Start, candidates, may_hold_command, mention
from handlers.grammar.words import SHOWN, CommandError, Dialect, Read, quoted_from


@dataclass(frozen=True)
class Message:
    """A message as lines, and as it was written."""

    rendered: Rendered
    source: str

    @property
    def lines(self) -> list[str]:
        """What the commands are read from."""
        return self.rendered.text.split("\n")


def message_of(message: Mapping[str, Any] | str, dialect: Dialect) -> Message:
    """A Slack event's message, or mrkdwn."""
    rich = None if isinstance(message, str) else rendered_blocks(message.get("blocks"), dialect)
    if rich is not None:
        return Message(rich, rich.text)
    text = message if isinstance(message, str) else message.get("text")
    source = text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else ""
    return Message(rendered_text(source, dialect), source)


def find(message: Message, dialect: Dialect) -> Found:
    """Where commands begin, in their order."""
    if not may_hold_command(message.rendered.text, dialect):
        return Found((), 0)
    lines, live = message.lines, quieted(message.rendered.live).split("\n")
    found = candidates(live, dialect)
    found += _marked(message, live, prefixed={start.line for start in found if not start.mentioned})
    # An address within such a line is a mark, which is quiet; its end tells whether the line is ordinary text.
    ordinary = (number for number, line in enumerate(lines) if line[-1:] == live[number][-1:])
    stop = next((number for number in ordinary if opens_letter(lines, number)), len(lines))
    own = (start for start in found if start.line < stop)
    return Found(tuple(sorted(own, key=lambda start: (start.line, start.at))), stop)


def _marked(message: Message, live: Sequence[str], *, prefixed: set[int]) -> Iterator[Start]:
    """The mentions that Slack has marked as such, but for those behind a prefix."""
    begins = _begins(live)
    for begin, end in message.rendered.mentions:
        number = bisect_right(begins, begin) - 1
        at, behind = begin - begins[number], end - begins[number]
        if number not in prefixed and live[number][at:behind] == message.rendered.text[begin:end]:
            yield mention(live[number], number, at, behind)


def placed(read: Sequence[Read], message: Message) -> list[Read]:
    """What was read, with the places of errors in the text as it was written."""
    lines, begins = message.source.split("\n"), _begins(message.lines)
    return [_placed(one, message, lines, begins) if isinstance(one, CommandError) else one for one in read]


def _placed(error: CommandError, message: Message, lines: Sequence[str], begins: Sequence[int]) -> CommandError:
    anchors = message.rendered.anchors
    if not anchors:
        return error
    at = begins[error.line - 1] + error.column - 1
    begin, source, exact = anchors[bisect_right(anchors, at, key=lambda anchor: anchor[0]) - 1]
    before = sum(len(line) + 1 for line in lines[: error.line - 1])
    column = source + (at - begin if exact else 0) - before + 1
    return replace(error, column=column, quoted=lines[error.line - 1][quoted_from(column) :][:SHOWN])


def _begins(lines: Sequence[str]) -> list[int]:
    """Where each line begins in the text."""
    return list(_sums(len(line) + 1 for line in lines))


def _sums(lengths: Iterator[int]) -> Iterator[int]:
    at = 0
    for length in lengths:
        yield at
        at += length
