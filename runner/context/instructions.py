"""What a repository tells those who work on it, each rule once: no file that only points to another one, none twice.

Called by `collect.py`. Of a forge's repository only what the bot read on the default branch is taken, for what is
checked out may be a stranger's; of a local folder, which is its owner's own, its files and what those import.
"""

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from crds.imports import beside, imports
from crds.receipt import Trust, Way
from crds.work_order import INSTRUCTION_FILES, WorkOrder
from runner.context import count
from runner.context.outline import outline_of
from runner.context.pieces import Piece, Tier
from runner.context.said_already import unsaid
from runner.context.sanitise import sanitise
from runner.context.tree import Tree

MOST_IMPORTED = 20
"""Files that are imported in all."""
LONGEST_POINTER = 400
"""Characters above which a file says more than where to look."""
_HEADING = re.compile(r"^[ \t]*(?:#{1,6} [^\n]*|={3,}|-{3,})[ \t]*$", re.MULTILINE)
_NAME = r"[@`<]*(?:\[[^\]\n]{1,200}\]\((?P<link%s>[^)\s]{1,200})\)|(?P<name%s>[\w./-]{1,200}\w))[`>]*"
_OF_WHAT = (
    r"(?:(?:all|the|our|any|more|full|further|detailed|project|repository|coding|development|agents?|ai|claude|code|and)\s)*"
    r"(?:instructions?|guidelines?|guidance|rules?|conventions?|details?|information|context|documentation|docs)"
)
_POINTER = re.compile(
    r"(?:(?:please |kindly )?(?:see|read|refer to|follow|use|consult|check|go to|look at) (?:the (?:file )?)?)?"
    + _NAME % (1, 1)
    + rf"(?: (?:for|with) {_OF_WHAT})?[.!]?|{_OF_WHAT} (?:are|is|lives?|stand|can be found|are kept) (?:in|at) "
    + _NAME % (2, 2)
    + r"[.!]?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Given:
    """One such file, sanitised."""

    path: str
    text: str


def instructions(order: WorkOrder, tree: Tree, *, told: Callable[[str], str]) -> list[Piece]:
    """A piece for each file, of which some are only rows. `told`: a path of the tree as the code is told by it."""
    files = [Given(path, sanitise(text).text) for path, text in _files(order, tree) if text]
    pieces = [_piece(number, files) for number in range(len(files))]
    return [
        replace(piece, file=told(one.path)) if _stands_in(tree, one) else piece
        for one, piece in zip(files, pieces, strict=True)
    ]


def instruction(tier: Tier, source: str, trust: Trust, text: str) -> Piece:
    """Its start is worth most, whatever the request: so it is the same for all of them."""
    return Piece(tier, source, "instructions", "", trust, text, start_only=True, outline=outline_of(text))


def _files(order: WorkOrder, tree: Tree) -> list[tuple[str, str]]:
    """Those that the bot read on the default branch: what is checked out from a forge may be a stranger's."""
    if not order.repositories or not order.repositories[0].url.startswith("file://"):
        return _with_imports({file.path: file.text for file in order.instruction_files}.get)
    return _with_imports(tree.text)


def _with_imports(read: Callable[[str], str | None]) -> list[tuple[str, str]]:
    """These files and those that they import (`@docs/style.md`), each behind the first that names it; no other."""
    found = {path: read(path) or "" for path in INSTRUCTION_FILES}
    waiting = [path for path, text in found.items() if text]
    while waiting and len(found) < len(INSTRUCTION_FILES) + MOST_IMPORTED:
        path = waiting.pop(0)
        for name in imports(path, found[path]):
            text = "" if name in found else read(name)
            if text and len(found) < len(INSTRUCTION_FILES) + MOST_IMPORTED:
                found[name] = text
                waiting.append(name)
    return list(found.items())


def _stands_in(tree: Tree, one: Given) -> bool:
    """Whether the tree has the same file: a pull request may have changed it, and then that is code to be read."""
    return sanitise(tree.text(one.path) or "").text == one.text


def _piece(number: int, files: Sequence[Given]) -> Piece:
    """A file gives way to an earlier one that says the same or nearly so, and to a later one that says much more."""
    one = files[number]
    if named := _pointed_to(one, files):
        return _row(one, f"only points to {', '.join(named)}")
    for place, other in enumerate(files):
        rest = unsaid(one.text, other.text) if place != number else None
        more = unsaid(other.text, one.text) if rest is not None else None
        if rest == "" and (place < number or more is None):
            return _row(one, f"the same as {other.path}" if more == "" else f"all of it stands in {other.path}")
        if rest and place < number:
            return _rest(one, rest, other.path)
    return instruction(Tier.INSTRUCTIONS, one.path, Trust.REPOSITORY, one.text)


def _row(one: Given, reason: str) -> Piece:
    piece = instruction(Tier.INSTRUCTIONS, one.path, Trust.REPOSITORY, "")
    return replace(piece, reason=reason, offered=count.about(one.text))


def _rest(one: Given, rest: str, other: str) -> Piece:
    piece = instruction(Tier.INSTRUCTIONS, one.path, Trust.REPOSITORY, rest)
    return replace(piece, way=Way.SPANS, reason=f"without what {other} says too", offered=count.about(one.text))


def _pointed_to(one: Given, files: Sequence[Given]) -> list[str]:
    """The other files of these to which a file does nothing but point."""
    said = " ".join(_HEADING.sub(" ", one.text).split())
    if not said or len(said) > LONGEST_POINTER:
        return []
    known = {file.path for file in files if file.text.strip() and file.path != one.path}
    named = [next((name for name in places if name in known), "") for places in _names(one.path, said)]
    return named if named and all(named) else []


def _names(path: str, said: str) -> list[list[str]]:
    """Of each file that a pointer names, where it may lie; nothing where the text says anything else."""
    words = said.split(" ")
    if not all(word.startswith("@") and len(word) > 1 for word in words):
        found = _POINTER.fullmatch(said)
        words = [next(name for name in found.groups() if name)] if found else []
    names = [word.lstrip("@").partition("#")[0] for word in words]
    return [[beside(path, name), posixpath.normpath(name.lstrip("/"))] for name in names]
