"""Reads a text in a line, for tables: what each command of it says, as few words as possible."""

from typing import Any

from handlers.command import Command, CommandError, Dialect, Read, read_commands, read_slack

BOT = "U0B0T"
DIALECT = Dialect(bot_id=BOT)


def said(read: list[Read]) -> list[tuple[str, str]]:
    """Verb and text of each command; an error is what it says."""
    return [(one.verb, one.text) if isinstance(one, Command) else ("error", one.message) for one in read]


def github(body: str) -> list[tuple[str, str]]:
    return said(read_commands(body, DIALECT))


def slack(message: dict[str, Any] | str) -> list[tuple[str, str]]:
    return said(read_slack(message, DIALECT))


def command(body: str) -> Command:
    """The only command of a comment."""
    [one] = read_commands(body, DIALECT)
    assert isinstance(one, Command), one
    return one


def error(body: str) -> CommandError:
    """The only error of a comment."""
    [one] = read_commands(body, DIALECT)
    assert isinstance(one, CommandError), one
    return one


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    """A message of one rich text block."""
    return {"text": "a fallback", "blocks": [{"type": "rich_text", "elements": list(elements)}]}


def section(*inlines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(inlines)}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words} | ({"style": style} if style else {})


def user(identifier: str = BOT, **style: bool) -> dict[str, Any]:
    return {"type": "user", "user_id": identifier} | ({"style": style} if style else {})


def link(url: str, label: str = "") -> dict[str, Any]:
    return {"type": "link", "url": url} | ({"text": label} if label else {})
