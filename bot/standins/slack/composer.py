"""Slack's message box: what a person types becomes `rich_text` blocks and the message's `text` in mrkdwn.

The verbs call `compose`. It knows what the box knows: `code`, ``` blocks, quotes, lists, *bold*, _italic_, ~struck~,
links, :emoji:, and mentions, typed as @name or #channel (or pasted as <@U…>).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.standins.slack.emoji import NAMES as PICTURES
from bot.standins.slack.world import Json

FENCE = "```"
BULLET = re.compile(r"^(\s*)[-*•] +(.*)$")
NUMBER = re.compile(r"^(\s*)\d+[.)] +(.*)$")
QUOTE = re.compile(r"^> ?(.*)$")
INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<@(?P<user_id>[UW][A-Z0-9]+)>"
    r"|<#(?P<channel_id>[CG][A-Z0-9]+)(?:\|[^>]*)?>"
    r"|<(?P<url>https?://[^|>\s]+)(?:\|(?P<label>[^>]+))?>"
    r"|(?P<bare>https?://[^\s<>`*~]+[^\s<>`*~.,;:!?)\]'\"])"
    r"|(?<![\w@.])@(?P<range>here|channel|everyone)\b"
    r"|(?<![\w@./-])@(?P<name>[a-z0-9][a-z0-9._-]*)"
    r"|(?<![\w#/])#(?P<channel>[a-z0-9][a-z0-9_-]*)"
    r"|(?<![\w:]):(?P<emoji>[a-z0-9_+'-]+):(?!\w)"
    rf"|(?P<picture>{'|'.join(map(re.escape, sorted(PICTURES, key=len, reverse=True)))})"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
)
MARKS = {"bold": "*", "italic": "_", "strike": "~"}


@dataclass(frozen=True)
class Names:
    """How the box finds who or what is meant by a name: an id, or None where it is just text."""

    user: Callable[[str], str | None]
    channel: Callable[[str], str | None]


@dataclass(frozen=True)
class Composed:
    text: str
    blocks: list[Json]


def compose(typed: str, names: Names, *, block_id: str) -> Composed:
    """Both forms of one message."""
    elements = _glued(list(_elements(typed.replace("\r\n", "\n"), names)))
    block = {"type": "rich_text", "block_id": block_id, "elements": elements}
    return Composed("\n".join(_written(one) for one in elements), [block])


def escaped_command(typed: str, names: Names) -> str:
    """A slash command's text with people, channels and links as entities; the rest of it is not looked at."""
    made, done = "", 0
    for found in INLINE.finditer(typed):
        entity = _entity(found, names)
        if entity:
            made += escape(typed[done : found.start()]) + entity
            done = found.end()
    return made + escape(typed[done:])


def _entity(found: re.Match[str], names: Names) -> str | None:
    if found["name"]:
        user = names.user(found["name"].rstrip(".-_"))
        tail = found["name"][len(found["name"].rstrip(".-_")) :]
        return f"<@{user}|{found['name'].rstrip('.-_')}>{tail}" if user else None
    if found["channel"]:
        channel = names.channel(found["channel"])
        return f"<#{channel}|{found['channel']}>" if channel else None
    return f"<{escape(found['bare'])}>" if found["bare"] else None


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _elements(typed: str, names: Names) -> Iterator[Json]:
    """The parts of the message from top to bottom: an open fence runs to the end, as in the box."""
    for at, part in enumerate(typed.split(FENCE)):
        if at % 2:
            code = part.removeprefix("\n").removesuffix("\n")
            if code:
                yield {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": code}], "border": 0}
        else:
            lines = part.removeprefix("\n") if at else part
            yield from _of_lines(lines.removesuffix("\n").split("\n") if lines else [], names)


def _of_lines(lines: list[str], names: Names) -> Iterator[Json]:
    held: list[tuple[str, int, str]] = []
    for line in lines:
        kind, indent, content = _kind(line)
        if held and (kind, indent) != held[0][:2]:
            yield _element(held, names)
            held = []
        held.append((kind, indent, content))
    if held:
        yield _element(held, names)


def _kind(line: str) -> tuple[str, int, str]:
    """What the line is part of, how far in, and its content."""
    for kind, pattern in (("bullet", BULLET), ("ordered", NUMBER)):
        found = pattern.match(line)
        if found:
            return kind, len(found[1].expandtabs(4)) // 2, found[2]
    quoted = QUOTE.match(line)
    return ("quote", 0, quoted[1]) if quoted else ("section", 0, line)


def _element(held: list[tuple[str, int, str]], names: Names) -> Json:
    kind, indent, _ = held[0]
    if kind in ("bullet", "ordered"):
        items = [{"type": "rich_text_section", "elements": list(_inline(one[2], names))} for one in held]
        return {"type": "rich_text_list", "elements": items, "style": kind, "indent": indent, "border": 0}
    text = "\n".join(one[2] for one in held)
    return {"type": f"rich_text_{kind}", "elements": list(_inline(text, names))}


def _inline(text: str, names: Names, style: Json | None = None) -> Iterator[Json]:
    done = 0
    for found in INLINE.finditer(text):
        made = list(_part(found, names, style or {}))
        if not made:
            continue
        yield from _plain(text[done : found.start()], style)
        yield from made
        done = found.end()
    yield from _plain(text[done:], style)


def _plain(text: str, style: Json | None) -> Iterator[Json]:
    if text:
        yield _styled({"type": "text", "text": text}, style or {})


def _part(found: re.Match[str], names: Names, style: Json) -> Iterator[Json]:
    """What a mark stands for; nothing where a name is nobody's, so that it stays text."""
    kind = found.lastgroup if found.lastgroup != "label" else "url"
    value = found[kind or 0]
    if kind in MARKS:
        yield from _inline(value, names, {**style, kind: True})
    elif kind == "code":
        yield _styled({"type": "text", "text": value}, {**style, "code": True})
    elif kind in ("url", "bare"):
        label = {"text": found["label"]} if found["label"] else {}
        yield _styled({"type": "link", "url": value, **label}, style)
    elif kind == "emoji":
        yield {"type": "emoji", "name": value}
    elif kind == "picture":
        code = "-".join(f"{ord(one):x}" for one in value)
        yield {"type": "emoji", "name": PICTURES[value], "unicode": code}
    elif kind == "range":
        yield {"type": "broadcast", "range": value}
    else:
        yield from _mention(str(kind), value, names, style)


def _mention(kind: str, value: str, names: Names, style: Json) -> Iterator[Json]:
    if kind in ("user_id", "name"):
        user = value if kind == "user_id" else names.user(value.rstrip(".-_"))
        if user:
            yield _styled({"type": "user", "user_id": user}, style)
            tail = value[len(value.rstrip(".-_")) :] if kind == "name" else ""
            yield from _plain(tail, style)
        return
    channel = value if kind == "channel_id" else names.channel(value)
    if channel:
        yield _styled({"type": "channel", "channel_id": channel}, style)


def _styled(part: Json, style: Json) -> Json:
    return {**part, "style": dict(style)} if style else part


def _glued(elements: list[Json]) -> list[Json]:
    """A section that something else follows keeps its line's end, as Slack sends it."""
    for one, following in itertools.pairwise(elements):
        if one["type"] == "rich_text_section" and following["type"] != "rich_text_section":
            parts = one["elements"]
            if parts and parts[-1]["type"] == "text" and "style" not in parts[-1]:
                parts[-1] = {**parts[-1], "text": parts[-1]["text"] + "\n"}
            else:
                parts.append({"type": "text", "text": "\n"})
    return elements


def _written(element: Json) -> str:
    """One part in mrkdwn, as the message's `text` has it."""
    kind = element["type"]
    if kind == "rich_text_list":
        return "\n".join(_items(element))
    inline = "".join(_written_part(part) for part in element["elements"])
    if kind == "rich_text_preformatted":
        return f"{FENCE}{inline}{FENCE}"
    if kind == "rich_text_quote":
        return "\n".join(f"&gt; {line}" for line in inline.split("\n"))
    return inline.removesuffix("\n")


def _items(element: Json) -> Iterator[str]:
    for number, item in enumerate(element["elements"], 1):
        mark = "•" if element["style"] == "bullet" else f"{number}."
        inline = "".join(_written_part(part) for part in item["elements"])
        yield f"{'    ' * element['indent']}{mark} {inline}"


def _written_part(part: Json) -> str:
    style = part.get("style", {})
    written = _bare(part)
    if style.get("code"):
        written = f"`{written}`"
    for name, mark in MARKS.items():
        if style.get(name) and written.strip():
            written = f"{mark}{written}{mark}"
    return written


def _bare(part: Json) -> str:
    match part["type"]:
        case "text":
            return escape(part["text"])
        case "link":
            label = f"|{escape(part['text'])}" if part.get("text") else ""
            return f"<{escape(part['url'])}{label}>"
        case "user":
            return f"<@{part['user_id']}>"
        case "channel":
            return f"<#{part['channel_id']}>"
        case "emoji":
            return f":{part['name']}:"
        case _:
            return f"<!{part['range']}>"
