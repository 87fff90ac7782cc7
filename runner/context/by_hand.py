"""A work order for folders on this machine: what `vteam context --repo … --issue …` packs, without a bot and a session.

Called by command.py. The order is made of what was named and nothing else; the packing is the runner's own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crds.agentic_session import Task
from crds.overhead import overhead
from crds.receipt import Trust
from crds.windows import WindowEstimate, estimate, prompt_budget, published_window
from crds.work_order import Limits, OrderedRepository, Talk, WorkOrder
from runner.context.issue_file import issue_file
from runner.endings import PrerequisiteFailed

USUAL_BUDGET = 32_000
NO_COMMIT = "0" * 40
_ODD = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    repository: Path
    issue: Path
    linked: tuple[Path, ...] = ()
    budget: int | None = None
    """Tokens of the prompt; where absent, the usual, or what the model's window allows."""
    task: Task = Task.FIX
    request: str = ""
    model: str = ""
    gpu: str = ""


@dataclass(frozen=True)
class ByHand:
    order: WorkOrder
    folders: tuple[Path, ...]
    """Where the order's repositories lie, in its order."""
    window: int | None
    """Tokens that the model holds, where it was named."""
    estimate: WindowEstimate | None = None
    """The arithmetic of the GPU's memory, where one was named."""
    untaken: tuple[str, ...] = ()
    """What of the issue's file is not taken, in words."""


def by_hand(wanted: Wanted) -> ByHand:
    """The order and its folders. Raises PrerequisiteFailed for what is not there or not to be understood."""
    folders = tuple(_folder(path) for path in (wanted.repository, *wanted.linked))
    if twice := next((folder for folder in folders if folders.count(folder) > 1), None):
        raise PrerequisiteFailed(f"the repository {twice} is named twice; once is enough")
    issue = issue_file(wanted.issue)
    memory, window = _window(wanted)
    asked = [_request(wanted.request)] if wanted.request.strip() else []
    order = WorkOrder(
        session="local/context",
        task=wanted.task,
        request=wanted.request.strip() or issue.title,
        title=issue.title,
        model=wanted.model or "none",
        small_model=wanted.model or "none",
        priced=False,
        limits=_limits(_budget(wanted, window)),
        repositories=_repositories(folders),
        talk=(*asked, *issue.talk),
        window_tokens=window,
    )
    return ByHand(order, folders, window, memory, issue.untaken)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise PrerequisiteFailed(f"the repository {path} is no folder")
    return path.resolve()


def odd_about(folder: Path) -> str:
    """What is odd about a folder that was named as a repository, in words; mostly nothing."""
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        return f"the folder {folder} cannot be read: {error.strerror}"
    if not names - {".git"}:
        return f"the folder {folder} is empty: the prompt will hold no code"
    inside = any((above / ".git").exists() for above in (folder, *folder.parents))
    return (
        "" if inside else f"{folder} is no git repository: all of its files are read, what should be ignored among them"
    )


def _request(text: str) -> Talk:
    return Talk(
        source="--request", kind="request", author="", trust=Trust.REQUESTER, at="", text=text.strip(), trigger=True
    )


def _window(wanted: Wanted) -> tuple[WindowEstimate | None, int | None]:
    """The arithmetic where there is a GPU, and the window in tokens where the model is known."""
    if wanted.gpu and not wanted.model:
        raise PrerequisiteFailed("--gpu says how much memory a model has: name it with --model")
    if not wanted.model:
        return None, None
    if wanted.gpu:
        return _on_gpu(wanted.model, wanted.gpu)
    return None, published_window(wanted.model)


def _on_gpu(model: str, gpu: str) -> tuple[WindowEstimate, int]:
    try:
        found = estimate(model, gpu)
    except ValueError as error:
        raise PrerequisiteFailed(str(error)) from error
    if found.lacking_bytes:
        lacking = found.lacking_bytes / 2**30
        raise PrerequisiteFailed(
            f"{found.model} ({found.weights}) does not fit on {gpu}: {lacking:.1f} GiB are lacking"
        )
    return found, found.window


def _budget(wanted: Wanted, window: int | None) -> int:
    if wanted.budget is not None and wanted.budget < 1:
        raise PrerequisiteFailed("--budget is a number of tokens above nought")
    asked = wanted.budget if wanted.budget is not None else USUAL_BUDGET
    if window is None:
        return asked
    fixed = overhead(wanted.task, wanted.model)
    return min(asked, prompt_budget(asked, window=window, overhead=fixed, tokens_per_count=1.0))


def _limits(budget: int) -> Limits:
    return Limits(
        context_tokens=budget, total_tokens=None, cost_usd=None, turns=100, seconds=1800, bundle_bytes=50_000_000
    )


def _repositories(folders: Sequence[Path]) -> tuple[OrderedRepository, ...]:
    names: list[str] = []
    for folder in folders:
        name = _ODD.sub("-", folder.name).strip("-") or "repository"
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return tuple(
        OrderedRepository(
            name=name[:200], url=f"file://{folder}", commit=NO_COMMIT, branch="HEAD", writable=number == 0
        )
        for number, (name, folder) in enumerate(zip(names, folders, strict=True))
    )
