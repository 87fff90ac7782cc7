"""Reader of GitHub comments: finds on Markdown's syntax tree where a command may begin. Pure, called by command.py.

Code, quotes, HTML comments, link texts, struck text, tables, and the letter that an e-mail answers never count. Only
the paragraphs with a candidate are read to their inlines, so that a long comment costs little.
"""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from handlers.grammar.blocks import affordable, without_tables
from handlers.grammar.letter import opens_letter
from handlers.grammar.starts import Found, Start, candidates, opens_line
from handlers.grammar.words import Dialect

MOST_COST = 20_000
"""What is looked at of the paragraphs with candidates, in marks that take 3 µs each."""
_MARK = re.compile(r"[\[\]!*_<&~`\\\n]")
_PAIRED = re.compile(r"[*_~<]")
_PARAGRAPH, _PLAIN_EACH = 6, 16
"""What a paragraph costs by itself, and the characters of plain text that cost about as much as one mark."""
_INLINES = {"link_open": 1, "link_close": -1, "s_open": 1, "s_close": -1}
_BREAKS = ("softbreak", "hardbreak")
# A candidate is parsed with a sign in its place, so that the tree says which of them are text: the tree's own line
# numbers are lost where code, a link or an HTML comment runs over several lines, and it knows no columns.
_OPEN, _CLOSE = "\ue000", "\ue001"
_FORGED = str.maketrans(dict.fromkeys("\x00" + _OPEN + _CLOSE, "\ufffd"))
_SIGN = re.compile(f"(@?){_OPEN}([0-9]+){_CLOSE}")
_QUIET_TAG = re.compile(
    r"<!--.*?(?:-->|$)|<(/?)(?:a|blockquote|code|del|kbd|pre|q|s|samp|strike|tt)(?=[\s/>])[^>]*>", re.I | re.S
)


def find(lines: Sequence[str], dialect: Dialect) -> Found:
    """Where commands begin, in their order."""
    lines = lines[: affordable(lines)]
    starts = candidates(lines, dialect)
    if not starts:
        return Found((), len(lines))
    letters = [number for number in range(len(lines)) if opens_letter(lines, number)]
    live = set(_signs(_parser.parse(_signed(lines, starts, letters))))
    stop = next((number for place, number in enumerate(letters, len(starts)) if place in live), len(lines))
    return Found(tuple(start for place, start in enumerate(starts) if place in live and start.line < stop), stop)


def _signed(lines: Sequence[str], starts: Sequence[Start], letters: Sequence[int]) -> str:
    """The text with a sign in the place of each start, and behind each line that could open a letter."""
    signed = "\n".join(lines).translate(_FORGED).split("\n")
    parts = dict[int, list[str]]()
    behind = dict[int, int]()
    for place, start in enumerate(starts):
        line, done = parts.setdefault(start.line, []), behind.get(start.line, 0)
        line += [signed[start.line][done : start.at], _sign(place, "@" if start.mentioned else "")]
        behind[start.line] = start.end
    for number, line in parts.items():
        signed[number] = "".join([*line, signed[number][behind[number] :]])
    for place, number in enumerate(letters, len(starts)):
        signed[number] += _sign(place, "@")
    return "\n".join(signed)


def _sign(place: int, at: str) -> str:
    return f"{at}{_OPEN}{place}{_CLOSE}"


def _inline_where_signed(state: StateCore) -> None:
    """Takes the place of Markdown's inline step: it reads the paragraphs with a candidate, and no others."""
    left = MOST_COST
    for token in state.tokens:
        if token.type == "inline" and _OPEN in token.content:
            content, token.children = token.content, []
            content = _cut(content, left)
            state.md.inline.parse(content, state.md, state.env, token.children)
            left -= _cost(content)


def _cost(content: str) -> int:
    """What the inlines of a paragraph may cost: a bracket without its mate looks for it to the end."""
    marks = len(_MARK.findall(content)) + len(_PAIRED.findall(content))
    opened = max(0, content.count("[") - content.count("]")) + content.count("](")
    return _PARAGRAPH + len(content) // _PLAIN_EACH + marks + 6 * opened


def _cut(content: str, left: int) -> str:
    """As much of the start of a paragraph as costs no more than that."""
    while content and _cost(content) > left:
        content = content[: len(content) // 2]
    return content


_parser = MarkdownIt("commonmark", {"strikethrough_single_tilde": True}).enable(["table", "strikethrough"])
_parser = without_tables(_parser)
_parser.core.ruler.at("inline", _inline_where_signed)


def _signs(tokens: Sequence[Token]) -> Iterator[int]:
    """The signs that stand in ordinary text, those of prefixes at the start of its lines, and in no quote."""
    tags, quotes = 0, list[int]()  # of each quote how deep in tags it began: what stands in it closes none of these
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "blockquote_open":
            quotes.append(tags)
        elif token.type == "blockquote_close":
            tags = quotes.pop()
        elif token.type == "html_block":
            tags = _after_tags(token.content, tags, least=quotes[-1] if quotes else 0)
        if token.type == "inline" and tags == 0 and not quotes and before is not None:
            yield from _in_text(token.children or (), first=_is_line(before), mentions=_is_text(before))


def _is_line(opening: Token) -> bool:
    # A line with dashes below it is a heading to Markdown, and the start of a signature to whoever wrote an e-mail.
    return opening.type == "paragraph_open" or (opening.type == "heading_open" and opening.markup in ("-", "="))


def _is_text(opening: Token) -> bool:
    return opening.type in ("paragraph_open", "heading_open")


def _in_text(children: Sequence[Token], *, first: bool, mentions: bool) -> Iterator[int]:
    fresh, depth, tags = first, 0, 0
    for child in children:
        depth += _INLINES.get(child.type, 0)
        tags = _after_tags(child.content, tags) if child.type == "html_inline" else tags
        if child.type == "text" and depth == tags == 0:
            for sign in _SIGN.finditer(child.content):
                if mentions if sign[1] else fresh and opens_line(child.content[: sign.start()]):
                    yield int(sign[2])
        fresh = first and child.type in _BREAKS


def _after_tags(html: str, depth: int, least: int = 0) -> int:
    """How deep in quiet tags one is behind this HTML; a closing tag without its opening one counts nothing."""
    for tag in _QUIET_TAG.finditer(html):
        if tag[1] is not None:
            depth = max(least, depth + (-1 if tag[1] else 1))
    return depth
