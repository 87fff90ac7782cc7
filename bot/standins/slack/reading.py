"""Blocks and mrkdwn as plain text, the way a person's eyes take them: for assertions, not for machines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.standins.slack.composer import unescape
from bot.standins.slack.emoji import EMOJI
from bot.standins.slack.world import Ephemeral, Json, Message, World

MARKED = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
SHORTCODE = re.compile(r":([a-z0-9_+-]+):")


class Reader:
    def __init__(self, world: World) -> None:
        self._world = world

    def lines(self, one: Message | Ephemeral) -> list[str]:
        """What the message shows: its blocks where it has any, else its text."""
        if not one.blocks:
            return self.mrkdwn(one.text).split("\n")
        return [line for block in one.blocks for line in self.block(block)]

    def mrkdwn(self, text: str) -> str:
        """Mentions by name, links as `label (url)`, emoji as such."""
        return SHORTCODE.sub(lambda it: EMOJI.get(it[1], it[0]), unescape(MARKED.sub(self._mark, text)))

    def _mark(self, found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        if target[0] == "@":
            return self.user(target[1:])
        if target[0] == "#":
            return f"#{self._channel(target[1:])}"
        if target[0] == "!":
            return label or f"@{target[1:].partition('^')[0]}"
        return f"{label} ({target})" if label and label != target else target

    def user(self, user_id: str) -> str:
        found = self._world.users.get(user_id)
        return f"@{found.name}" if found else f"@{user_id}"

    def _channel(self, channel_id: str) -> str:
        found = self._world.channels.get(channel_id)
        return found.name if found else channel_id

    def block(self, block: Json) -> Iterator[str]:
        reads: dict[str, Callable[[Json], Iterator[str]]] = {
            "section": self._section,
            "header": lambda one: iter([f"# {self.mrkdwn(one['text']['text'])}"]),
            "divider": lambda one: iter(["---"]),
            "context": self._context,
            "actions": lambda one: iter([" ".join(self.element(it) for it in one["elements"])]),
            "image": lambda one: iter([f"[image: {one['alt_text']}]"]),
            "input": lambda one: iter([f"{one['label']['text']}: {self.element(one['element'])}"]),
            "markdown": lambda one: iter(one["text"].split("\n")),
            "rich_text": self._rich_text,
        }
        return reads[block["type"]](block)

    def _section(self, block: Json) -> Iterator[str]:
        text = block.get("text")
        lines = self._text(text).split("\n") if text else []
        if block.get("accessory"):
            button = self.element(block["accessory"])
            lines = [*lines[:-1], f"{lines[-1]}  {button}"] if lines else [button]
        yield from lines
        for field in block.get("fields", []):
            yield from ("  " + line for line in self._text(field).split("\n"))

    def _text(self, text: Json) -> str:
        return self.mrkdwn(text["text"]) if text["type"] == "mrkdwn" else _shortcodes(text["text"])

    def _context(self, block: Json) -> Iterator[str]:
        shown = [self._text(one) if "text" in one else f"[image: {one['alt_text']}]" for one in block["elements"]]
        yield from ("‹" + " · ".join(shown) + "›").split("\n")

    def element(self, element: Json) -> str:
        """A button as [Words], a menu as [Words ▾] with its options."""
        kind = element["type"]
        if kind == "button":
            return f"[{_shortcodes(element['text']['text'])}]"
        if kind == "image":
            return f"[image: {element['alt_text']}]"
        words = (element.get("placeholder") or {}).get("text", "")
        if kind in ("plain_text_input", "number_input"):
            return f"[{element.get('initial_value') or words}]"
        groups = [group["options"] for group in element.get("option_groups", [])]
        options = element.get("options") or [one for group in groups for one in group]
        offered = " | ".join(_shortcodes(one["text"]["text"]) for one in options)
        return f"[{' '.join(filter(None, (words, '▾', offered)))}]"

    def _rich_text(self, block: Json) -> Iterator[str]:
        for element in block["elements"]:
            yield from self._rich(element)

    def _rich(self, element: Json) -> Iterator[str]:
        kind = element["type"]
        if kind == "rich_text_list":
            for number, item in enumerate(element["elements"], 1):
                mark = "•" if element["style"] == "bullet" else f"{number}."
                yield f"{'    ' * element.get('indent', 0)}{mark} {self._inline(item)}"
            return
        lines = self._inline(element).removesuffix("\n").split("\n")
        if kind == "rich_text_preformatted":
            lines = ["```", *lines, "```"]
        yield from (f"> {line}" if kind == "rich_text_quote" else line for line in lines)

    def _inline(self, element: Json) -> str:
        return "".join(self._part(part) for part in element["elements"])

    def _part(self, part: Json) -> str:
        match part["type"]:
            case "text":
                code = part.get("style", {}).get("code")
                return f"`{part['text']}`" if code else str(part["text"])
            case "user":
                return self.user(part["user_id"])
            case "channel":
                return f"#{self._channel(part['channel_id'])}"
            case "emoji":
                return EMOJI.get(part["name"], f":{part['name']}:")
            case "broadcast":
                return f"@{part['range']}"
            case "link":
                return f"{part['text']} ({part['url']})" if part.get("text") else str(part["url"])
            case _:
                return str(part.get("fallback") or part["type"])


def _shortcodes(text: str) -> str:
    return SHORTCODE.sub(lambda it: EMOJI.get(it[1], it[0]), text)
