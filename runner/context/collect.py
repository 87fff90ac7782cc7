"""From the order and the work tree to pieces of context, sanitised and in their tiers.

Called by `context/of_order.py`. Decides what is offered and with what trust; what is taken is decided in `pack.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crds.receipt import Trust
from crds.work_order import INSTRUCTION_FILES, LeftOut, Talk, WorkOrder
from runner.context.code import NOTHING, Code, Folder, Means
from runner.context.pieces import PERSONA, Piece, Tier
from runner.context.sanitise import Sanitised, one_line, sanitise
from runner.context.tree import Tree

_BODIES = ("issue", "pull_request")
_TASKS = (*_BODIES, "spec")
"""Kinds of talk that say what is to be done."""


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
    talk = [(piece, sanitise(piece.text)) for piece in order.talk]
    pieces = [
        _request(order, request),
        *(_talk(piece, clean, order.title, request.text) for piece, clean in sorted(talk, key=_newest_first)),
        *(_left_out(note) for note in order.left_out),
        *_personas(personas),
        *([_project(project)] if project.text.strip() else []),
        *(_instructions(order, folders[0].tree) if folders else []),
    ]
    said = "\n".join([request.text, *(clean.text for _, clean in talk)])
    cleaned = [request, project, *(clean for _, clean in personas), *(clean for _, clean in talk)]
    title = one_line(order.title, 1000)
    code = Code(folders, means)
    return Collected(tuple(pieces), lambda room: code.pieces(title, said, room), sum(one.hidden for one in cleaned))


def _newest_first(talk: tuple[Talk, Sanitised]) -> tuple[float, str]:
    return (-_moment(talk[0].at), talk[0].source)


def _moment(at: str) -> float:
    """Seconds of an ISO 8601 moment; what is no moment is the oldest."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _request(order: WorkOrder, request: Sanitised) -> Piece:
    text = request.text.strip() or sanitise(order.title).text.strip() or order.task.value
    return Piece(Tier.REQUEST, "request", "task", "", Trust.REQUESTER, text)


def _project(project: Sanitised) -> Piece:
    return Piece(Tier.PROJECT, "project settings", "instructions", "", Trust.PROJECT, project.text)


def _personas(personas: Sequence[tuple[str, Sanitised]]) -> list[Piece]:
    """Whom the session works as: the words of the project's owner, as its instructions are."""
    return [Piece(Tier.PROJECT, f"persona {name}", PERSONA, "", Trust.PROJECT, clean.text) for name, clean in personas]


def _talk(talk: Talk, clean: Sanitised, title: str, request: str) -> Piece:
    """A piece of talk. The trigger and the body of the issue are the task; all else is the thread."""
    body = talk.kind in _BODIES
    text = "" if clean.text.strip() == request.strip() else clean.text
    heading = _heading(title, text) if body else ""
    tier = Tier.TASK if talk.kind in _TASKS or talk.trigger else Tier.THREAD
    kind = "trigger" if talk.trigger and not body else talk.kind
    reason = "" if text else "says what the request says" if clean.text.strip() else "empty"
    if text or body:
        text = heading + text
    return Piece(tier, talk.source, kind, talk.author, talk.trust, text, at=talk.at, least=20, reason=reason)


def _left_out(note: LeftOut) -> Piece:
    """Nothing of it is in the order: it is only a row of the receipt."""
    return Piece(Tier.THREAD, note.source, note.kind, note.author, Trust.OUTSIDE, "", at=note.at, reason=note.reason)


def _heading(title: str, text: str) -> str:
    """The issue's title above its text, unless it stands there already."""
    clean = one_line(title, 1000)
    return f"{clean}\n\n" if clean and one_line(text, len(clean)) != clean else ""


def _instructions(order: WorkOrder, tree: Tree) -> list[Piece]:
    """What the repository tells those who work on it."""
    return [
        Piece(Tier.INSTRUCTIONS, path, "instructions", "", Trust.REPOSITORY, sanitise(text).text)
        for path, text in _files(order, tree)
        if text and not _is_pointer(text)
    ]


def _files(order: WorkOrder, tree: Tree) -> list[tuple[str, str]]:
    """Those that the bot read on the default branch: what is checked out from a forge may be a stranger's."""
    if not order.repositories or not order.repositories[0].url.startswith("file://"):
        return [(file.path, file.text) for file in order.instruction_files if file.path in INSTRUCTION_FILES]
    return [(path, tree.text(path) or "") for path in INSTRUCTION_FILES]


def _is_pointer(text: str) -> bool:
    """A file that only includes another one (`@AGENTS.md`), or says to read it."""
    return len(text) < 200 and any(name in text for name in INSTRUCTION_FILES)
