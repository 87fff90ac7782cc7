"""Changed files with their hunks, as pieces of context: those of the session's pull request, and of others it names.

Pure; called by `offer.py`, and by `fit.py` for what of a patch fits. They are code: nothing in them is quoted, folded
or summarised by a model; where there is no room they lose whole hunks, then all but the hunks' headings.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from crds.code_talk import CHANGES, PATCHES, is_generated, is_vendored
from crds.work_order import Talk
from runner.context import count
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import Sanitised, one_line

LEAST = 60
MOST_PLACED = 60
"""Changed files that the code is ranked by, and of each so many hunks."""
MOST_HUNKS = 4
MOST_HEADINGS, MOST_LINE = 80, 240
SHORT = 80
"""Characters of a hunk that is shown rather than what says how much it is."""
SLACK = 8
"""Tokens that joined hunks may take beyond what each takes alone."""
_HUNK = re.compile(r"^(?=@@ -)", re.MULTILINE)
_HEADING = re.compile(r"@@ -\S+ \+(?P<line>\d{1,9})(?:,\d+)? @@(?P<name>[^\n]*)")


def pieces(talk: Iterable[tuple[Talk, Sanitised]]) -> list[Piece]:
    """All changed files of an order: what tells of them together first, what programs wrote last, else as they come."""
    found = [(one, clean.text.strip("\n")) for one, clean in talk if one.kind in PATCHES and clean.text.strip()]
    found.sort(key=lambda one: (bool(one[0].path), _by_program(one[0].path)))
    return [_piece(one, text) for one, text in found]


def places(found: Sequence[Piece]) -> str:
    """Where the session's own changes stand, as `path:line`: what the code is ranked by, beside what people said."""
    own = [piece for piece in found if piece.kind == CHANGES and piece.outline and not _by_program(_path_of(piece))]
    return "\n".join(f"{_path_of(piece)}:{line}" for piece in own[:MOST_PLACED] for line in _lines(piece.text))


def hunks_within(text: str, room: int) -> str:
    """The patch with as many whole hunks as fit, each other one as its heading; empty where not one of them fits."""
    head, *hunks = _HUNK.split(text)
    shown = [_cut(hunk) for hunk in hunks]
    left = room - SLACK - count.count(head) - sum(map(count.count, shown))
    whole = 0
    for number, hunk in enumerate(hunks):
        more = count.about(hunk) - count.count(shown[number])
        if more <= left:
            shown[number], left, whole = hunk, left - more, whole + 1
    return (head + "".join(shown)).rstrip("\n") if whole else ""


def _piece(one: Talk, text: str) -> Piece:
    headings = [found[0] for found in islice(_HEADING.finditer(text), MOST_HEADINGS)] if one.path else []
    return Piece(
        Tier.REMARKS if one.kind == CHANGES else Tier.RELATED,
        one.source,
        one.kind,
        one.author,
        one.trust,
        text,
        at=one.at,
        least=LEAST,
        start_only=True,
        place=_place(one),
        standing=one.standing,
        outline="\n".join([text.partition("\n")[0], *headings]) if headings else "",
        line=_line(text, headings),
    )


def _place(one: Talk) -> str:
    """Above the remarks on the file, as `remarks.py` sorts them; what tells of all files before each of them."""
    if one.thread:
        return f"{one.thread}|2|{one.path}"
    return f"0|{one.path}|{0:09}" if one.path else "0|"


def _line(text: str, headings: Sequence[str]) -> str:
    """The file in a line: what its hunks are in, where git names that."""
    names = dict.fromkeys(one_line(heading.rpartition("@@")[2], 80) for heading in headings)
    told = "; ".join(name for name in names if name)
    return f"{one_line(text.partition(chr(10))[0], 160)} {told}"[:MOST_LINE].strip() if headings else ""


def _cut(hunk: str) -> str:
    """A hunk's heading, and how much below it is not shown."""
    heading, _, rest = hunk.partition("\n")
    return f"{heading}\n[… {len(rest):,} characters cut here …]\n" if len(rest) > SHORT else hunk


def _lines(text: str) -> list[int]:
    return [int(found["line"]) for found in islice(_HEADING.finditer(text), MOST_HUNKS)]


def _path_of(piece: Piece) -> str:
    return piece.source.partition(" ")[2]


def _by_program(path: str) -> bool:
    return is_generated(path) or is_vendored(path)
