"""Slack's `rich_text` blocks as plain text, in the marks of Markdown. Pure, called by slack.py.

The blocks come from outside: what has another shape than Slack documents is passed over, never an exception.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from handlers.grammar.rendered import Rendered, Renderer
from handlers.grammar.words import Dialect

Json = Mapping[str, Any]


def rendered_blocks(blocks: object, dialect: Dialect) -> Rendered | None:
    """The rich text of these blocks; None where there is none."""
    rich = [block for block in _objects(blocks) if block.get("type") == "rich_text"]
    if not rich:
        return None
    made = Renderer()
    for block in rich:
        for element in _objects(block.get("elements")):
            if not made.at_line_start:
                made.write("\n", live=True)
            _element(made, element, dialect)
    return made.rendered()


def _element(made: Renderer, element: Json, dialect: Dialect) -> None:
    match element.get("type"):
        case "rich_text_section":
            _inlines(made, element, dialect, live=True)
        case "rich_text_list":
            _list(made, element, dialect)
        case "rich_text_quote":
            _fenced(made, element, dialect, before="> ")
        case "rich_text_preformatted":
            made.write("```\n", live=False)
            _fenced(made, element, dialect)
            made.write("```\n", live=False)


def _fenced(made: Renderer, element: Json, dialect: Dialect, *, before: str = "") -> None:
    """Quoted lines, each behind its mark, or code."""
    inner = Renderer()
    _inlines(inner, element, dialect, live=False)
    for line in inner.rendered().text.removesuffix("\n").split("\n"):
        made.write(f"{before}{line}\n", live=False)


def _list(made: Renderer, element: Json, dialect: Dialect) -> None:
    indent, border = _number(element.get("indent")), _number(element.get("border"))
    first = _number(element.get("offset")) + 1
    for number, item in enumerate(_objects(element.get("elements")), first):
        bullet = f"{number}." if element.get("style") == "ordered" else "-"
        quote = "> " if border else ""
        made.write(f"{quote}{'  ' * indent}{bullet} ", live=not border)
        _inlines(made, item, dialect, live=not border)
        made.write("\n", live=True)


def _inlines(made: Renderer, element: Json, dialect: Dialect, *, live: bool) -> None:
    for inline in _objects(element.get("elements")):
        style = inline.get("style")
        styled = style if isinstance(style, Mapping) else {}
        mark = "`" if styled.get("code") else "~~" if styled.get("strike") else ""
        counts = live and not mark
        if mark:
            made.write(mark, live=False)
        if inline.get("type") == "user" and dialect.bot_id and inline.get("user_id") == dialect.bot_id:
            made.mention(dialect.handle, live=counts)
        else:
            made.write(_seen(inline), live=counts and inline.get("type") == "text")
        if mark:
            made.write(mark, live=False)


def _seen(inline: Json) -> str:
    match inline.get("type"):
        case "text":
            return _string(inline, "text")
        case "link":
            return _string(inline, "url").removeprefix("mailto:")
        case "user":
            return f"<@{_string(inline, 'user_id')}>"
        case "channel":
            return f"<#{_string(inline, 'channel_id')}>"
        case "usergroup":
            return f"<!subteam^{_string(inline, 'usergroup_id')}>"
        case "broadcast":
            return f"@{_string(inline, 'range')}"
        case "emoji":
            return _emoji(inline)
        case "date":
            return _string(inline, "fallback")
        case "color":
            return _string(inline, "value")
        case _:
            return ""


def _emoji(inline: Json) -> str:
    try:
        return "".join(chr(int(code, 16)) for code in _string(inline, "unicode").split("-") if code) or _named(inline)
    except (ValueError, OverflowError):
        return _named(inline)


def _named(inline: Json) -> str:
    return f":{_string(inline, 'name')}:"


def _objects(value: object) -> Iterator[Json]:
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else iter(())


def _string(inline: Json, key: str) -> str:
    value = inline.get(key)
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else ""


def _number(value: object) -> int:
    return min(max(value, 0), 1000) if isinstance(value, int) else 0
