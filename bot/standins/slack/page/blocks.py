"""Block Kit as HTML. Buttons and menus are drawn, not wired: a page only shows."""

from __future__ import annotations

from collections.abc import Callable

from bot.standins.github.page import markdown
from bot.standins.github.page.markup import Child, Html, h, join
from bot.standins.slack.page.text import Text, shortcodes
from bot.standins.slack.world import Ephemeral, Json, Message


class Blocks:
    def __init__(self, text: Text) -> None:
        self._text = text

    def message(self, one: Message | Ephemeral) -> Html:
        """The blocks of a message where it has any, else its text."""
        return self.all(one.blocks) if one.blocks else self._text.mrkdwn(one.text)

    def all(self, blocks: list[Json]) -> Html:
        draws: dict[str, Callable[[Json], Html]] = {
            "section": self._section,
            "header": lambda one: h("h3", shortcodes(one["text"]["text"])),
            "divider": lambda _: h("hr"),
            "context": lambda one: h("div", [h("span", self._small(it)) for it in one["elements"]], class_="context"),
            "actions": lambda one: h("div", [self._element(it) for it in one["elements"]], class_="actions"),
            "image": lambda one: h("p", f"🖼 {one['alt_text']}", class_="quiet"),
            "input": self._input,
            "markdown": lambda one: Html(markdown.render(one["text"], repository="")),
            "rich_text": self._text.rich,
        }
        return join(h("div", draws[block["type"]](block), class_="block") for block in blocks)

    def _section(self, block: Json) -> Html:
        words: list[Child] = [self._words(block["text"])] if block.get("text") else []
        if block.get("fields"):
            words.append(h("div", [h("div", self._words(field)) for field in block["fields"]], class_="fields"))
        accessory = self._element(block["accessory"]) if block.get("accessory") else None
        return h("div", h("div", *words), accessory, class_="section")

    def _words(self, text: Json) -> Html:
        return self._text.mrkdwn(text["text"]) if text["type"] == "mrkdwn" else h("p", shortcodes(text["text"]))

    def _small(self, one: Json) -> Html:
        return self._words(one) if "text" in one else join([f"🖼 {one['alt_text']}"])

    def _input(self, block: Json) -> Html:
        optional = h("span", " (optional)", class_="quiet") if block.get("optional") else None
        return h("div", h("label", block["label"]["text"], optional), self._element(block["element"]), class_="input")

    def _element(self, element: Json) -> Html:
        kind = element["type"]
        if kind == "button":
            return h("span", shortcodes(element["text"]["text"]), class_=f"button {element.get('style', '')}".strip())
        if kind == "image":
            return h("span", f"🖼 {element['alt_text']}", class_="quiet")
        if kind in ("radio_buttons", "checkboxes"):
            mark = "◯" if kind == "radio_buttons" else "☐"
            return h("div", [h("p", f"{mark} ", self._words(one["text"])) for one in element["options"]])
        words = element.get("initial_value") or (element.get("placeholder") or {}).get("text", "")
        chosen = (element.get("initial_option") or {}).get("text", {}).get("text")
        if kind in ("plain_text_input", "number_input"):
            return h("span", words, class_="box tall" if element.get("multiline") else "box")
        return h("span", "⋯" if kind == "overflow" else f"{chosen or words or 'Choose'} ▾", class_="button menu")
