"""Markdown → HTML as GitHub shows it: tables, task lists, mentions; of HTML only `<details>` with a `<summary>`.

All other HTML is shown as text, HTML comments are hidden, and no image is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from bot.standins.github.page.markup import Html, h

OPENING = re.compile(r"^<details( open)?>(?:\s*<summary>(.*?)</summary>)?\s*$")
SUMMARY = re.compile(r"^<summary>(.*?)</summary>\s*$")
CLOSING = "</details>"
FENCE = re.compile(r"^(```|~~~)")
TASK = re.compile(r"^\[([ xX])\] ")
REFERENCE = re.compile(
    r"(?P<address>\bhttps?://[^\s<>\"']*[\w/])|(?<![\w/])(?:@(?P<login>[A-Za-z0-9][\w-]*(?:\[bot\])?)|#(?P<number>\d+))\b"
)


def render(text: str, *, repository: str) -> Html:
    """`repository` is the address that `#1` links into, such as `/acme/shop`."""
    return Html(_markdown().render(text, {"repository": repository}))


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    markdown.disable("image")
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("fence", "details", _details, interrupts)
    markdown.block.ruler.before("fence", "comment", _block_comment, interrupts)
    markdown.inline.ruler.before("html_inline", "comment", _inline_comment)
    markdown.core.ruler.push("tasks", _tasks)
    markdown.core.ruler.push("references", _references)
    return markdown


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _details(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`<details>` on a line of its own, its summary there or on the next, up to the `</details>` that closes it."""
    opening = OPENING.match(_line(state, start))
    closing = _closing_line(state, start, end) if opening else None
    if opening is None or closing is None:
        return False
    if silent:
        return True
    first, summary = start + 1, opening[2]
    following = SUMMARY.match(_line(state, first)) if summary is None and first < closing else None
    if following:
        first, summary = first + 1, following[1]
    _emit(state, (first, closing), summary=summary or "Details", is_open=bool(opening[1]))
    state.line = closing + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int) -> int | None:
    depth, fenced = 0, False
    for number in range(start, end):
        line = _line(state, number)
        fenced ^= bool(FENCE.match(line))
        if fenced:
            continue
        depth += bool(OPENING.match(line)) - (line.strip() == CLOSING)
        if depth == 0:
            return number
    return None


def _emit(state: StateBlock, lines: tuple[int, int], *, summary: str, is_open: bool) -> None:
    opening = state.push("details_open", "details", 1)
    if is_open:
        opening.attrSet("open", "")
    state.push("summary_open", "summary", 1)
    words = state.push("inline", "", 0)
    words.content, words.children = re.sub(r"</?[a-z]+>", "", summary), []
    state.push("summary_close", "summary", -1)
    before, state.lineMax = state.lineMax, lines[1]
    state.md.block.tokenize(state, lines[0], lines[1])
    state.lineMax = before
    state.push("details_close", "details", -1)


def _block_comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines from `<!--` to `-->` are nowhere; one that never ends hides the rest."""
    if not _line(state, start).startswith("<!--"):
        return False
    last = next((number for number in range(start, end) if "-->" in _line(state, number)), end - 1)
    if _line(state, last).partition("-->")[2].strip():
        return False
    if not silent:
        state.line = last + 1
    return True


def _inline_comment(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("<!--", state.pos):
        return False
    closing = state.src.find("-->", state.pos)
    if closing < 0:
        return False
    state.pos = closing + len("-->")
    return True


def _tasks(state: StateCore) -> None:
    """`- [x]` becomes a ticked box that cannot be changed."""
    for index, token in enumerate(state.tokens):
        in_item = index > 1 and state.tokens[index - 2].type == "list_item_open"
        children = token.children or []
        if token.type != "inline" or not in_item or not children:
            continue
        task = TASK.match(children[0].content)
        if task:
            children[0].content = children[0].content[task.end() :]
            box = h("input", type="checkbox", disabled=True, checked=task[1] != " ")
            token.children = [_raw(box + " "), *children]
            state.tokens[index - 2].attrSet("class", "task")


def _references(state: StateCore) -> None:
    """Mentions stand out, `#1` leads to the thread and an address where it says; not within code or links."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = _referred(token.children, str(state.env.get("repository", "")))


def _referred(children: Sequence[Token], repository: str) -> list[Token]:
    found: list[Token] = []
    in_link = 0
    for child in children:
        in_link += child.nesting if child.type in ("link_open", "link_close") else 0
        found += [child] if in_link or child.type != "text" else _split(child.content, repository)
    return found


def _split(text: str, repository: str) -> list[Token]:
    tokens, at = [], 0
    for match in REFERENCE.finditer(text):
        tokens += [_text(text[at : match.start()]), _raw(_reference(match, repository))]
        at = match.end()
    return [*tokens, _text(text[at:])]


def _reference(match: re.Match[str], repository: str) -> Html:
    if match["login"]:
        return h("strong", match[0], class_="mention")
    if match["address"]:
        return h("a", match[0], href=match[0])
    return h("a", match[0], href=f"{repository}/issues/{match['number']}")


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _raw(markup: str) -> Token:
    return Token("html_inline", "", 0, content=markup)
