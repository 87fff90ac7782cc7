"""What the agent does now, in a few words: from the last progress events to one line. Pure; the runner door calls it.

The events come from a pod and are not believed: the line is bounded, without control characters, and redacted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crds.redaction import redact
from crds.result import ProgressEvent

LONGEST = 120
MOST_TOKENS = 1_000_000_000

_TOOLS: Mapping[str, tuple[str, str]] = {
    # what is said with a detail, and without one
    "Read": ("Reading {}", "Reading files"),
    "Edit": ("Editing {}", "Editing files"),
    "MultiEdit": ("Editing {}", "Editing files"),
    "NotebookEdit": ("Editing {}", "Editing a notebook"),
    "Write": ("Writing {}", "Writing files"),
    "Bash": ("Running {}", "Running a command"),
    "BashOutput": ("Waiting for a command", "Waiting for a command"),
    "Grep": ("Searching for {}", "Searching the code"),
    "Glob": ("Looking for {}", "Looking for files"),
    "LS": ("Looking into {}", "Looking around"),
    "Task": ("Asking a subagent: {}", "Asking a subagent"),
    "Agent": ("Asking a subagent: {}", "Asking a subagent"),
    "TodoWrite": ("Planning the work", "Planning the work"),
}
_PHASES: Mapping[str, str] = {
    "clone": "Fetching the repositories",
    "workspace": "Fetching the repositories",
    "pack": "Reading what was said",
    "context": "Reading what was said",
    "agent": "Thinking",
    "change": "Changing the code",
    "verify": "Running the tests",
    "report": "Handing in the work",
    "bundle": "Handing in the work",
}

_STAGES = {"agent": "explore", "change": "change", "verify": "verify", "report": "report"}


@dataclass(frozen=True)
class Summary:
    """What the status says of the progress."""

    seq: int
    turns: int
    doing: str
    stage: str = ""
    """In which phase the agent is; empty where the events do not tell."""
    context_tokens: int | None = None
    context_window: int | None = None


def summary(tail: Sequence[ProgressEvent]) -> Summary:
    """The last events of a session (oldest first) in short."""
    window = next((event for event in reversed(tail) if event.context_window), None)
    return Summary(
        seq=max((event.seq for event in tail), default=0),
        turns=max((event.turn for event in tail), default=0),
        doing=next(filter(None, map(doing, reversed(tail))), ""),
        stage=next(filter(None, map(_stage, reversed(tail))), ""),
        context_tokens=_bounded(window.context_tokens) if window else None,
        context_window=_bounded(window.context_window) if window else None,
    )


def _stage(event: ProgressEvent) -> str:
    return _STAGES.get(event.text, "") if event.kind == "phase" else ""


def _bounded(tokens: int | None) -> int:
    return min(tokens or 0, MOST_TOKENS)


def doing(event: ProgressEvent) -> str:
    """One event as a phrase; empty where it says nothing of what is being done."""
    match event.kind:
        case "tool":
            return _line(_tool(event.text, event.detail))
        case "phase":
            return _line(_PHASES.get(event.text.lower(), event.text.capitalize()))
        case "text":
            return "Thinking"
        case "context" if event.text == "compacting":
            return "Summarising the conversation, for the window is nearly full"
        case _:
            return ""


def _tool(name: str, detail: str) -> str:
    with_detail, without = _TOOLS.get(
        name, ("Using " + name.replace("{", "").replace("}", "") + ": {}", f"Using {name}")
    )
    return with_detail.format(detail) if detail.strip() else without


def _line(text: str) -> str:
    # Redacted before it is cut: half a token would pass for none.
    printable = "".join(char if char.isprintable() else " " for char in redact(text))
    line = " ".join(printable.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 2].rstrip() + " …"
