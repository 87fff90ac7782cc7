"""Markdown's block step, kept cheap for text that is meant to hurt: tables leave no tokens, and too many lines are cut.

Used by markdown.py. The parser's own rules run as they are; nothing in a table counts as a command, so that only what
they push there is thrown away.
"""

import re
from collections.abc import Sequence
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markdown_it.utils import EnvType

MOST_COST = 21_000
"""What is read of a text, in plain lines of 5 µs each; 64 KiB that people write, or paste, have less."""
# A list's item costs as much as five plain lines, the line of a quote as three, a heading or a cell as two.
_COSTLY = re.compile(r"(?P<item>(?:^|(?<=[\s>]))(?:[-+*]|[0-9]{1,9}[.)])(?=\s|$))|(?P<quote>>)|[#|]")
_WEIGHTS = {"item": 4, "quote": 2, None: 1}


def affordable(lines: Sequence[str]) -> int:
    """How many lines, from the first, are read; all of them in any ordinary text."""
    cost = 0
    for number, line in enumerate(lines):
        if line:  # those without anything cost next to nothing
            cost += 1 + sum(_WEIGHTS[found.lastgroup] for found in _COSTLY.finditer(line, 0, 400))
        if cost > MOST_COST:
            return number
    return len(lines)


class _State(StateBlock):
    """The state of the block step, where what is pushed inside a table is thrown away."""

    in_table = False

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        self.in_table = self.in_table or ttype == "table_open"
        if not self.in_table:
            return super().push(ttype, tag, nesting)
        self.in_table = ttype != "table_close"
        self.level += nesting
        return Token(ttype, tag, nesting)


class _Blocks(ParserBlock):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> list[Token] | None:
        """Parses into the caller's tokens, as the parser's own step does."""
        if not src:
            return None
        state = _State(src, md, env, outTokens)
        self.tokenize(state, state.line, state.lineMax)
        return state.tokens


def without_tables(parser: MarkdownIt) -> MarkdownIt:
    """The same parser, whose tables are passed over; its rules stay."""
    blocks = _Blocks()
    blocks.ruler = parser.block.ruler
    parser.block = blocks
    return parser
