"""mrkdwn and rich text as HTML, the way Slack shows them.

Everything from outside is escaped, and only web links lead away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.standins.github.page.markup import Child, Html, h, join
from bot.standins.slack.composer import unescape
from bot.standins.slack.emoji import EMOJI
from bot.standins.slack.reading import MARKED, SHORTCODE, Reader
from bot.standins.slack.world import Json

SAFE = ("http://", "https://", "mailto:")
FENCE = re.compile(r"```(.*?)```", re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
STYLES = {"*": "b", "_": "em", "~": "s"}
STYLED = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~])")
ASIDE = re.compile("\0(\\d+)\0")
TAGS = {"bold": "b", "italic": "em", "strike": "s", "code": "code"}


class Text:
    """Writes texts; the reader knows the names behind ids."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def mrkdwn(self, text: str) -> Html:
        parts = FENCE.split(text)
        return join(h("pre", unescape(part.strip("\n"))) if at % 2 else self._lines(part) for at, part in _kept(parts))

    def _lines(self, text: str) -> Html:
        """Quoted lines together, the others with their breaks."""
        made: list[Child] = []
        for quoted, lines in _runs(text.strip("\n").split("\n")):
            inside = _broken([self._inline(line) for line in lines])
            made.append(h("blockquote", inside) if quoted else h("p", inside))
        return join(made)

    def _inline(self, text: str) -> Html:
        parts = CODE.split(text)
        return join(h("code", unescape(part)) if at % 2 else self._styled(part) for at, part in _kept(parts))

    def _styled(self, text: str) -> Html:
        """Links and mentions are put aside first: what looks like a style within an address is none."""
        marks: list[re.Match[str]] = []

        def aside(found: re.Match[str]) -> str:
            marks.append(found)
            return f"\0{len(marks) - 1}\0"

        return self._with_marks(MARKED.sub(aside, text.replace("\0", "")), marks)

    def _with_marks(self, text: str, marks: list[re.Match[str]]) -> Html:
        def plain(rest: str) -> Html:
            return _replaced(ASIDE, rest, _plain, lambda it: self._mark(marks[int(it[1])]))

        return _replaced(STYLED, text, plain, lambda it: h(STYLES[it[1]], self._with_marks(it[2], marks)))

    def _mark(self, found: re.Match[str]) -> Html:
        target, label = unescape(found[1]), found[2]
        if target[0] in "@#!":
            return h("span", self._reader.mrkdwn(found[0]), class_="mention")
        return link(target, unescape(label) if label else target)

    def rich(self, block: Json) -> Html:
        return join(self._rich(element) for element in block["elements"])

    def _rich(self, element: Json) -> Html:
        kind = element["type"]
        if kind == "rich_text_list":
            items = [h("li", self._parts(item)) for item in element["elements"]]
            tag = "ul" if element["style"] == "bullet" else "ol"
            return h(tag, *items, class_=f"indent{min(4, element.get('indent', 0))}")
        if kind == "rich_text_preformatted":
            return h("pre", *(part.get("text") or part.get("url", "") for part in element["elements"]))
        return h("blockquote" if kind == "rich_text_quote" else "p", self._parts(element))

    def _parts(self, element: Json) -> Html:
        return join(self._part(part) for part in element["elements"])

    def _part(self, part: Json) -> Html:
        match part["type"]:
            case "text":
                made = _broken([_plain_raw(line) for line in part["text"].removesuffix("\n").split("\n")])
            case "link":
                made = link(part["url"], part.get("text") or part["url"])
            case "emoji":
                made = join([EMOJI.get(part["name"], f":{part['name']}:")])
            case "user":
                made = h("span", self._reader.user(part["user_id"]), class_="mention")
            case "channel":
                made = h("span", self._reader.mrkdwn(f"<#{part['channel_id']}>"), class_="mention")
            case _:
                made = h("span", f"@{part.get('range') or part.get('fallback', '')}", class_="mention")
        for style, tag in TAGS.items():
            made = h(tag, made) if part.get("style", {}).get(style) else made
        return made


def link(url: str, label: str) -> Html:
    return h("a", label, href=url, rel="nofollow") if url.startswith(SAFE) else join([label])


def shortcodes(text: str) -> str:
    return SHORTCODE.sub(lambda it: EMOJI.get(it[1], it[0]), text)


def _plain(text: str) -> Html:
    return join([shortcodes(unescape(text))])


def _plain_raw(text: str) -> Html:
    return join([text])


def _broken(lines: list[Html]) -> Html:
    """Lines with breaks between them."""
    return join(part for at, line in enumerate(lines) for part in ((h("br"), line) if at else (line,)))


def _kept(parts: list[str]) -> Iterator[tuple[int, str]]:
    return ((at, part) for at, part in enumerate(parts) if part.strip("\n") or at % 2)


def _runs(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    held: list[tuple[bool, str]] = []
    for line in lines:
        quoted = line.startswith(("&gt;", ">"))
        if held and held[0][0] != quoted:
            yield held[0][0], [text for _, text in held]
            held = []
        held.append((quoted, re.sub(r"^(&gt;|>) ?", "", line) if quoted else line))
    yield held[0][0], [text for _, text in held]


def _replaced(
    pattern: re.Pattern[str], text: str, outside: Callable[[str], Html], inside: Callable[[re.Match[str]], Html]
) -> Html:
    """The text with `inside` for what matches and `outside` for the rest."""
    made, done = [], 0
    for found in pattern.finditer(text):
        made += [outside(text[done : found.start()]), inside(found)]
        done = found.end()
    return join([*made, outside(text[done:])])
