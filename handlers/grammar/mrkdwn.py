"""Slack's mrkdwn as plain text: mentions, links by their address, entities. Pure, called by slack.py."""

import html
import re

from handlers.grammar.rendered import Rendered, Renderer
from handlers.grammar.words import Dialect

# A comment of HTML that somebody typed begins like Slack's own marks, and is none. A link's label may hold a mark.
_MARK = re.compile(r"<(?!!--)((?:[^<>\n]|<[^<>\n]*+>)*+)>|&(?:amp|lt|gt);")


def rendered_text(text: str, dialect: Dialect) -> Rendered:
    """The text as people see it, but links by their address."""
    made, behind = Renderer(), 0
    for mark in _MARK.finditer(text):
        made.write(text[behind : mark.start()], live=True, source=(behind, True))
        _write(made, mark, dialect)
        behind = mark.end()
    made.write(text[behind:], live=True, source=(behind, True))
    return made.rendered()


def _write(made: Renderer, mark: re.Match[str], dialect: Dialect) -> None:
    source = (mark.start(), False)
    if mark[1] is None:
        made.write(html.unescape(mark[0]), live=True, source=source)
        return
    name, _, label = mark[1].partition("|")
    if dialect.bot_id and name == f"@{dialect.bot_id}":
        made.mention(dialect.handle, live=True, source=source)
    else:
        made.write(_seen(name, label), live=False, source=source)


def _seen(name: str, label: str) -> str:
    """What stands for a mark of Slack's: people and channels stay as they are, for only Slack knows their names."""
    match name[:1]:
        case "@":
            return f"<{name}>"
        case "#":
            return f"#{html.unescape(label)}" if label else f"<{name}>"
        case "!":
            return html.unescape(label) or f"@{name[1:].partition('^')[0]}"
        case _:
            return html.unescape(name).removeprefix("mailto:")
