"""Instructions of folders (`web/AGENTS.md`) and of repositories beside the main one, where files of theirs are given.

Pure; called by `code.py`. They are code to be read, for what is checked out may be a stranger's; in a folder of its
owner they are told as instructions. The main repository's own are those of `instructions.py` and none of these.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from crds.receipt import Way
from crds.work_order import INSTRUCTION_FILES
from runner.context import count
from runner.context.fit import ends, overhead
from runner.context.outline import outline_of
from runner.context.pieces import Piece, Tier
from runner.context.sanitise import sanitise
from runner.context.tree import Folder

NAMES = ("AGENTS.md", "CLAUDE.md")
SHARE = 0.15
"""Share of the code's room that they may take together."""
MOST_TOKENS = 800
"""Tokens of one of them, from its start."""
MOST = 12
WHY = "instructions of a folder whose files are given"

Named = Callable[[str, str], str]


def nested(folders: Sequence[Folder], given: Sequence[str], *, named: Named, room: int) -> list[Piece]:
    """Those that hold for the files given, which are told by `named`, the best of them first; bounded by the room."""
    known = dict(_known(folders, named))
    wanted = dict.fromkeys(path for file in given for path in _above(file) if path in known)
    left, found = int(room * SHARE), list[Piece]()
    for path in list(wanted)[:MOST]:
        folder, inside = known[path]
        piece = _piece(path, sanitise(folder.tree.text(inside) or "").text, folder=folder)
        cost = count.count(piece.text) + overhead(piece)
        if cost <= left and piece.text.strip():
            found.append(piece)
            left -= cost
        elif piece.text.strip() and path not in given:
            found.append(replace(piece, text="", reason=f"{WHY}: the budget is used up"))
    return found


def _known(folders: Sequence[Folder], named: Named) -> Iterator[tuple[str, tuple[Folder, str]]]:
    for number, folder in enumerate(folders):
        for path in folder.tree.paths:
            if path.endswith(NAMES) and path.rpartition("/")[2] in NAMES and (number or path not in INSTRUCTION_FILES):
                yield named(folder.name, path), (folder, path)


def _above(path: str) -> Iterator[str]:
    """Where instructions for a file may stand, the nearest first."""
    while path:
        path = path.rpartition("/")[0]
        yield from (f"{path}/{name}" if path else name for name in NAMES)


def _piece(path: str, text: str, *, folder: Folder) -> Piece:
    kind = "instructions" if folder.own else "code"
    piece = Piece(Tier.CODE, path, kind, "", folder.trust, text, start_only=True, outline=outline_of(text))
    piece = replace(piece, reason=WHY, offered=count.about(text))
    if count.count(text) <= MOST_TOKENS:
        return piece
    return replace(piece, text=ends(text, MOST_TOKENS, start_only=True), way=Way.SPANS)
