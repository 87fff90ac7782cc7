"""`vteam parse`: how a text is read, as JSON, for whoever wonders why the bot did (or did not) hear something.

Called by the command line with the text of the standard input. It reads, and does nothing else.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson

from handlers.command import Command, CommandError, Dialect, read_commands, read_slack
from handlers.grammar.options import said

Json = dict[str, Any]


def parsed(text: str, service: str, dialect: Dialect) -> bytes:
    """The commands and errors of a text as JSON."""
    read = read_commands(text, dialect) if service == "github" else read_slack(_message(text), dialect)
    document = {
        "commands": [_command(one) for one in read if isinstance(one, Command)],
        "errors": [_error(one) for one in read if isinstance(one, CommandError)],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2, default=_plain)


def _message(text: str) -> Mapping[str, Any] | str:
    """A message, an event with one, or a list of blocks, where the text is such JSON; else the text."""
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    match given:
        case list() if any(isinstance(block, dict) for block in given):
            return {"blocks": given}
        case {"type": "rich_text"}:
            return {"blocks": [given]}
        case {"event": dict(event)}:
            return event
        case {"message": dict(message)}:
            return message
        case dict():
            return given
        case _:
            return text


def _command(command: Command) -> Json:
    target = command.target and {"repository": command.target.repository, "number": command.target.number}
    return {
        "verb": command.verb,
        "target": target,
        "options": said(command.options),
        "text": command.text,
        "line": command.line,
    }


def _error(error: CommandError) -> Json:
    return {
        "line": error.line,
        "column": error.column,
        "message": error.message,
        "did_you_mean": error.did_you_mean,
    }


def _plain(value: object) -> int | float:
    assert isinstance(value, Decimal), "an option has no other value that JSON lacks"
    return int(value) if value == int(value) else float(value)
