"""Cuts mrkdwn where a reader would: at an empty line, a line's end, a word; never within a link or an entity.

Called by render.py; pure. Code that is cut is closed in one piece and opened again in the next.
"""

import re
from collections.abc import Iterator

_FENCE = "```"
_ROOM = 2 * (len(_FENCE) + 1)
"""Characters that closing and opening code again may take of a piece."""
_ATOMS = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|\S|\s", re.DOTALL)


def pieces(text: str, most: int) -> list[str]:
    """The text in pieces of at most `most` characters, none of them blank."""
    found: list[str] = []
    lines: list[str] = []
    code, length = False, 0
    for line in _lines(text, most - _ROOM):
        fence = line.startswith(_FENCE)
        room = most if code and fence else most - _ROOM // 2
        if lines and length + 1 + len(line) > room:
            border = 0 if code else _border(lines)
            rest = lines[border:] if border else []
            found.append(_closed(lines[:border] if border else lines, code=code))
            lines = ([_FENCE] if code else []) + rest
            length = len("\n".join(lines))
        lines.append(line)
        length += len(line) + 1
        code = code != fence
    found.append(_closed(lines, code=code))
    return [piece for piece in found if piece.strip("`\n ")]


def cut(text: str, most: int) -> tuple[str, bool]:
    """The beginning of the text, and whether there was more."""
    if len(text) <= most:
        return text, False
    return (pieces(text, most) or [""])[0], True


def _closed(lines: list[str], *, code: bool) -> str:
    return "\n".join([*lines, _FENCE] if code else lines).strip("\n")


def _border(lines: list[str]) -> int:
    """After the last empty line of the second half, where there is one outside of code."""
    code, border = False, 0
    for place, line in enumerate(lines):
        code = code != line.startswith(_FENCE)
        if not line and not code and place > len(lines) // 2:
            border = place
    return border


def _lines(text: str, most: int) -> Iterator[str]:
    for line in text.split("\n"):
        yield from _short(line, most) if len(line) > most else [line]


def _short(line: str, most: int) -> Iterator[str]:
    """A long line in parts, at its spaces where it has some; a link that fits into no part is left out."""
    mark = "> " if line.startswith("> ") else ""
    part, space = "", 0
    for atom in _ATOMS.findall(line):
        if len(atom) > most - len(mark):
            continue
        if len(part) + len(atom) > most:
            yield part[:space].rstrip() if space else part
            part, space = mark + (part[space:].lstrip() if space else ""), 0
        part += atom
        if atom.isspace() and len(part) > most // 2:
            space = len(part)
    yield part
