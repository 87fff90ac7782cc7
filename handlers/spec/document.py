"""A specification as its rules see it: headings, paragraphs, list items and code with their lines. Pure.

Read from Markdown's block tree (markdown-it); inlines have no lines there, so that each block keeps its source text.
Called by `check`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from markdown_it import MarkdownIt
from markdown_it.token import Token

from handlers.spec.hidden import Comment, uncovered

_MARK = re.compile(r"[*_]*\((?:mandatory|required|optional|include if[^)]*)\)[*_]*", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?---[ \t]*(?=\n|\Z)")
_LONGEST_TITLE = 300
_LISTS = ("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close")
_QUOTES = ("blockquote_open", "blockquote_close")
_CODE = ("fence", "code_block")
_KINDS = {"heading_open": "heading", "list_item_open": "item", "th_open": "cell", "td_open": "cell"}
"""What a block is, by what was opened just before its text; a paragraph where nothing of these was."""
_parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"], ignoreInvalid=True)


@dataclass(frozen=True)
class Block:
    """One block of text."""

    line: int
    """Line of the file, from 1."""
    kind: str
    """heading, item (the first text of a list item), paragraph, cell, html, code."""
    text: str = ""
    """What a reader sees, without code spans."""
    raw: str = ""
    """The same with its code spans."""
    level: int = 0
    """Of a heading, 1 to 6."""
    depth: int = 0
    """How many lists an item stands in."""
    comments: tuple[Comment, ...] = ()

    @property
    def title(self) -> str:
        """A heading's or label's words, to be compared: without marks, numbering and case."""
        words = _MARK.sub("", self.raw[:_LONGEST_TITLE].replace("&amp;", "&"))
        words = re.sub(r"[*_`~#:]+", "", words).strip()
        words = re.sub(r"\band\b", "&", re.sub(r"^(?:[0-9]+[.)]?(?:[0-9]+[.)]?)*\s+|[^\w\[]+)", "", words))
        return " ".join(words.casefold().split()).rstrip(".")

    def line_of(self, place: int) -> int:
        """The line of the file in which a place of its text stands."""
        return self.line + self.text.count("\n", 0, place)


@dataclass(frozen=True)
class Document:
    blocks: tuple[Block, ...]

    @cached_property
    def headings(self) -> tuple[int, ...]:
        """The places of all headings among the blocks."""
        return tuple(place for place, block in enumerate(self.blocks) if block.kind == "heading")

    def section(self, heading: int) -> Sequence[Block]:
        """The blocks below a heading, its subsections' too."""
        level = self.blocks[heading].level
        ends = (place for place in self.headings if place > heading and self.blocks[place].level <= level)
        return self.blocks[heading + 1 : next(ends, len(self.blocks))]

    def find(self, title: str) -> int | None:
        """The place of the first heading with these words, or None."""
        return next((place for place in self.headings if self.blocks[place].title == title), None)


def read(source: str) -> Document:
    """The document of a file's text."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = _FRONT_MATTER.sub(lambda found: "\n" * found[0].count("\n"), text)
    return Document(tuple(_blocks(_parser.parse(text))))


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    lists, quotes, line, opened = 0, 0, 1, None
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        lists += token.nesting if token.type in _LISTS else 0
        quotes += token.nesting if token.type in _QUOTES else 0
        if token.type in _KINDS:
            opened = token
        elif token.type in _CODE:
            yield Block(line, "code", "", token.content)
        elif token.type == "html_block":
            yield _block(line, "html", token.content)
        elif token.type == "inline":
            # A heading in a quote or a list opens no section.
            inside = lists or quotes
            yield _block(line, _kind(opened, inside=bool(inside)), token.content, level=_level(opened), depth=lists)
            opened = None


def _kind(opened: Token | None, *, inside: bool) -> str:
    kind = _KINDS[opened.type] if opened else "paragraph"
    return "paragraph" if kind == "heading" and inside else kind


def _level(opened: Token | None) -> int:
    return int(opened.tag[1]) if opened and opened.type == "heading_open" else 0


def _block(line: int, kind: str, content: str, *, level: int = 0, depth: int = 0) -> Block:
    seen = uncovered(content)
    return Block(line, kind, seen.text, seen.raw, level, depth, seen.comments)
