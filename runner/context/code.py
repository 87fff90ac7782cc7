"""Offers code: excerpts of the files, lines and functions that the talk names, and a map of the repository.

Reads through `tree.py` only. A first, simple choice by name; ranking is another room's work.
"""

import re
from collections.abc import Iterator, Sequence

from crds.receipt import Trust, Way
from runner.context.named import Named
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import sanitise_code
from runner.context.tree import Tree

WHOLE_LINES = 160
"""A named file of no more lines goes in whole."""
AROUND = 30
"""Lines before and after a named line."""
MOST_SEARCHED = 3000
MOST_EXCERPTS = 24
MOST_MAP = 4000
_SOURCE = re.compile(
    r"\.(?:py|pyi|js|jsx|ts|tsx|mjs|cjs|go|rs|java|kt|scala|c|h|cc|cpp|hpp|cs|rb|php|swift|sh|lua|ex|exs|pl|vue)$"
)
_DEFINES = r"^[ \t]*(?:[\w@<>,\[\]*&:\s]{0,60}\b)?(?:def|class|func|function|fn|struct|enum|interface|type|trait|impl|const|let|var)\s+(?:\([^)\n]{0,80}\)\s*)?(?:%s)\b"  # noqa: E501


def excerpts(tree: Tree, named: Named) -> list[Piece]:
    """Files that are named, then files that define what is named; the nearest to the words first."""
    pieces = []
    for path in named.paths:
        text = tree.text(path)
        if text is not None and path:
            pieces.append(_excerpt(path, text, named.lines.get(path, ()), reason="named in the conversation"))
    return [*pieces, *_definitions(tree, named)][:MOST_EXCERPTS]


def _definitions(tree: Tree, named: Named) -> Iterator[Piece]:
    if not named.identifiers:
        return
    pattern = re.compile(_DEFINES % "|".join(map(re.escape, named.identifiers)), re.MULTILINE)
    sources = [path for path in tree.paths if _SOURCE.search(path) and path not in named.paths]
    for path in sources[:MOST_SEARCHED]:
        text = tree.text(path)
        lines = [text.count("\n", 0, found.start()) + 1 for found in pattern.finditer(text)][:8] if text else []
        if text and lines:
            yield _excerpt(path, text, lines, reason="defines what the conversation names")


def _excerpt(path: str, text: str, lines: Sequence[int], *, reason: str) -> Piece:
    """The whole of a short file; of a long one the lines around those that are named, or its start."""
    every = text.splitlines()
    spans = _spans(lines or (1,), len(every)) if len(every) > WHOLE_LINES else [(1, len(every))]
    way = Way.WHOLE if len(every) <= WHOLE_LINES else Way.SPANS
    shown = "\n…\n".join(_numbered(every, first, last) for first, last in spans)
    return Piece(
        Tier.CODE, path, "code", "", Trust.REPOSITORY, sanitise_code(shown), start_only=True, reason=reason, way=way
    )


def _spans(lines: Sequence[int], length: int) -> list[tuple[int, int]]:
    """Spans around the lines, joined where they meet; 1-based, inclusive."""
    spans: list[tuple[int, int]] = []
    for line in sorted({min(max(1, line), length) for line in lines}):
        first, last = max(1, line - AROUND), min(length, line + AROUND)
        if spans and first <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _numbered(every: Sequence[str], first: int, last: int) -> str:
    return "\n".join(f"{number:5}  {every[number - 1][:400]}" for number in range(first, last + 1))


def map_of(tree: Tree, named: Named) -> list[Piece]:
    """The paths, those that are named first, then by depth: the top of the repository says most about it."""
    if not tree.paths:
        return []
    rest = sorted((path for path in tree.paths if path not in named.paths), key=lambda path: (path.count("/"), path))
    shown = [*named.paths, *rest][:MOST_MAP]
    more = len(tree.paths) - len(shown)
    text = "\n".join([*shown, *([f"… and {more} more files"] if more > 0 else [])])
    way = Way.OUTLINE if more > 0 else Way.WHOLE
    return [Piece(Tier.MAP, "paths", "map", "", Trust.REPOSITORY, text, start_only=True, way=way)]
