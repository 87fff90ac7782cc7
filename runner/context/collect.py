"""From the order and the work tree to pieces of context, sanitised, scored and in their tiers.

Called by `context/of_order.py`. Decides what is offered and with what trust; what is taken is decided in `pack.py`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from crds.receipt import Trust
from crds.work_order import INSTRUCTION_FILES, Talk, WorkOrder
from runner.context.code import NOTHING, Code, Folder, Means
from runner.context.images import image_pieces
from runner.context.memory import memory
from runner.context.pieces import PERSONA, Piece, Tier
from runner.context.sanitise import Sanitised, one_line, sanitise, sanitise_code
from runner.context.talk.media import Named, named, numbers_of
from runner.context.talk.offer import left_out, offered
from runner.context.tree import Tree
from runner.context.units import fenced

_HEADING = re.compile(r"#{1,6} \S")
_RULE = re.compile(
    r"\b(?:must|never|always|only|do not|don'?t|required?|forbidden|avoid|important|shall|no longer|instead)\b"
    r"|`[^`\n]+`|^\$ ",
    re.IGNORECASE,
)
"""A line that forbids, demands, or names a command."""
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
    request, project = sanitise(order.request), sanitise(order.instructions)
    personas = [(one.name, sanitise(one.instructions)) for one in order.personas]
    talk = [(piece, _clean(piece)) for piece in order.talk]
    title = one_line(order.title, 1000)
    asked = named(request.text, numbers_of(order)) if order.images else Named(request.text, 0, 0)
    said = offered(order, talk, request=asked.text, title=title)
    pieces = [
        _request(order, asked.text),
        *(_persona(name, clean) for name, clean in personas),
        *([_project(project)] if project.text.strip() else []),
        *(_instructions(order, folders[0].tree) if folders else []),
        *memory(order.memory, f"{title}\n{request.text}\n{_asked_about(said.pieces)}"),
        *image_pieces(order, said.images | asked.numbers),
        *said.pieces,
        *(left_out(note) for note in order.left_out),
    ]
    words = "\n".join([request.text, *said.words])[:MOST_SAID]
    cleaned = [request, project, *(clean for _, clean in personas), *(clean for _, clean in talk)]
    code = Code(folders, means)
    return Collected(tuple(pieces), lambda room: code.pieces(title, words, room), sum(one.hidden for one in cleaned))


def _clean(talk: Talk) -> Sanitised:
    """What a file says is code, in which a comment hides nothing."""
    if talk.kind != "linked_file":
        return sanitise(talk.text)
    text = sanitise_code(talk.text)
    return Sanitised(text, max(0, len(talk.text) - len(text)))


def _asked_about(pieces: Sequence[Piece]) -> str:
    return "\n".join(piece.text for piece in pieces if piece.tier is Tier.TASK)


def _request(order: WorkOrder, request: str) -> Piece:
    text = request.strip() or sanitise(order.title).text.strip() or order.task.value
    return Piece(Tier.REQUEST, "request", "task", "", Trust.REQUESTER, text)


def _project(project: Sanitised) -> Piece:
    return _instruction(Tier.PROJECT, "project settings", Trust.PROJECT, project.text)


def _persona(name: str, clean: Sanitised) -> Piece:
    """Whom the session works as: the words of the project's owner, as its instructions are."""
    return replace(_instruction(Tier.PROJECT, f"persona {name}", Trust.PROJECT, clean.text), kind=PERSONA)


def _instructions(order: WorkOrder, tree: Tree) -> list[Piece]:
    """What the repository tells those who work on it."""
    return [
        _instruction(Tier.INSTRUCTIONS, path, Trust.REPOSITORY, sanitise(text).text)
        for path, text in _files(order, tree)
        if text and not _is_pointer(text)
    ]


def _instruction(tier: Tier, source: str, trust: Trust, text: str) -> Piece:
    """Its start is worth most, whatever the request: so it is the same for all of them."""
    return Piece(tier, source, "instructions", "", trust, text, start_only=True, outline=outline_of(text))


def _files(order: WorkOrder, tree: Tree) -> list[tuple[str, str]]:
    """Those that the bot read on the default branch: what is checked out from a forge may be a stranger's."""
    if not order.repositories or not order.repositories[0].url.startswith("file://"):
        return [(file.path, file.text) for file in order.instruction_files if file.path in INSTRUCTION_FILES]
    return [(path, tree.text(path) or "") for path in INSTRUCTION_FILES]


def _is_pointer(text: str) -> bool:
    """A file that only includes another one (`@AGENTS.md`), or says to read it."""
    return len(text) < 200 and any(name in text for name in INSTRUCTION_FILES)


def outline_of(text: str) -> str:
    """What of instructions must not be lost: their headings, rules and commands, word for word.

    No model summarises them: they are followed to the letter, a paraphrase would be another rule, and its words would
    change the prompt's stable start. Below a heading that has neither rule nor command its first line stands.
    """
    return "\n".join(found for heading, body in _sections(text) if (found := _section(heading, body)))


def _sections(text: str) -> list[tuple[str, list[tuple[bool, str]]]]:
    """Each heading with the lines below it, and whether they are code; in code nothing is a heading."""
    found: list[tuple[str, list[tuple[bool, str]]]] = [("", [])]
    for code, part in fenced(text):
        for line in part.split("\n"):
            if not code and _HEADING.match(line.strip()):
                found.append((line.strip(), []))
            elif line.strip():
                found[-1][1].append((code, line if code else line.strip()))
    return [(heading, lines) for heading, lines in found if heading or lines]


def _section(heading: str, lines: Sequence[tuple[bool, str]]) -> str:
    kept = [line for code, line in lines if code or _RULE.search(line)]
    first = [line[:200] for _, line in lines[:1] if heading and not kept]
    return "\n".join(part for part in [heading, *kept, *first] if part)
