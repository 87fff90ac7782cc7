"""From the order and the work tree to pieces of context, sanitised, scored and in their tiers.

Called by `context/of_order.py`. Decides what is offered and with what trust; what is taken is decided in `pack.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from crds.code_talk import CODE_KINDS
from crds.receipt import Trust
from crds.work_order import Talk, WorkOrder
from runner.context.code import NOTHING, Code, Means
from runner.context.images import image_pieces
from runner.context.instructions import instruction, instructions
from runner.context.memory import memory
from runner.context.pieces import PERSONA, Piece, Tier
from runner.context.sanitise import Sanitised, one_line, sanitise, sanitise_code
from runner.context.talk.media import Named, named, numbers_of
from runner.context.talk.offer import left_out, offered
from runner.context.tree import Folder

_NUMBER = re.compile(r"^\d{1,7}\s*")
"""What stands before a line of a linked file."""
MOST_SAID = 400_000
"""Characters of what people said that the code is ranked by."""


@dataclass(frozen=True)
class Collected:
    pieces: tuple[Piece, ...]
    code: Callable[[int], Sequence[Piece]]
    """The code for so many tokens: chosen once it is known how much room the conversation leaves."""
    hidden: int
    """Characters of hidden text that were taken out of all of them."""


def collect(order: WorkOrder, folders: Sequence[Folder], means: Means = NOTHING) -> Collected:
    """All that is offered to the prompt, in the order in which it is to be taken. The first folder is the main one."""
    code = Code(folders, means)
    request, project = sanitise(order.request), sanitise(order.instructions)
    personas = [(one.name, sanitise(one.instructions)) for one in order.personas]
    talk = [(piece, _clean(piece)) for piece in order.talk]
    title = one_line(order.title, 1000)
    asked = named(request.text, numbers_of(order)) if order.images else Named(request.text, 0, 0)
    said = offered(order, talk, request=asked.text, title=title)
    read = {folder.name.lower(): folder for folder in folders}
    pieces = [
        _request(order, asked.text),
        *(_persona(name, clean) for name, clean in personas),
        *([_project(project)] if project.text.strip() else []),
        *(instructions(order, folders[0].tree, told=partial(code.told, folders[0].name)) if folders else []),
        *memory(order.memory, f"{title}\n{request.text}\n{_asked_about(said.pieces)}"),
        *image_pieces(order, said.images | asked.numbers),
        *(_once_as_code(piece, read) for piece in said.pieces),
        *(left_out(note) for note in order.left_out),
    ]
    words = "\n".join([request.text, said.places, *said.words])[:MOST_SAID]
    cleaned = [request, project, *(clean for _, clean in personas), *(clean for _, clean in talk)]
    return Collected(tuple(pieces), lambda room: code.pieces(title, words, room), sum(one.hidden for one in cleaned))


def _clean(talk: Talk) -> Sanitised:
    """What a file or a patch says is code, in which a comment hides nothing."""
    if talk.kind not in CODE_KINDS:
        return sanitise(talk.text)
    text = sanitise_code(talk.text)
    return Sanitised(text, max(0, len(talk.text) - len(text)))


def _once_as_code(piece: Piece, read: Mapping[str, Folder]) -> Piece:
    """Without the text of a linked file (`owner/name/path@ref`) that lies, the same, in a repository that is read."""
    owner, _, rest = piece.source.partition("/")
    name, _, there = rest.partition("/")
    folder = read.get(f"{owner}__{name}".lower()) if piece.kind == "linked_file" else None
    held = folder.tree.text(there.rpartition("@")[0]) if folder and piece.text else None
    if folder is None or held is None or not _stands_in(held, piece.text):
        return piece
    return replace(piece, text="", line="", reason=f"its repository is read: as code in {folder.name}")


def _stands_in(held: str, linked: str) -> bool:
    """Whether the file has all lines that were linked, numbered or not; one more may say which lines they are."""
    lines = {line.strip() for line in held.split("\n")}
    told = [line.strip() for line in linked.split("\n")]
    return sum(line not in lines and _NUMBER.sub("", line) not in lines for line in told) <= 1


def _asked_about(pieces: Sequence[Piece]) -> str:
    return "\n".join(piece.text for piece in pieces if piece.tier is Tier.TASK)


def _request(order: WorkOrder, request: str) -> Piece:
    text = request.strip() or sanitise(order.title).text.strip() or order.task.value
    return Piece(Tier.REQUEST, "request", "task", "", Trust.REQUESTER, text)


def _project(project: Sanitised) -> Piece:
    return instruction(Tier.PROJECT, "project settings", Trust.PROJECT, project.text)


def _persona(name: str, clean: Sanitised) -> Piece:
    """Whom the session works as: the words of the project's owner, as its instructions are."""
    return replace(instruction(Tier.PROJECT, f"persona {name}", Trust.PROJECT, clean.text), kind=PERSONA)
