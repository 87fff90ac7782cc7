"""What a session proposes to be remembered: notes that the agent ends its closing message with, and how tests were run.

Called by `watch.py`, which takes them out of what people are shown. Costs no call of a model. Pure; believed by nobody:
the bot gives a note its date and trust, and uses none before the work is merged.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from crds.redaction import redact
from crds.result import ProposedNote
from runner.context.sanitise import one_line
from runner.shell.testing import one_run

FENCE = "```vteam-notes"
MOST = 5
LONGEST = 400
"""Characters of a note."""
MOST_COMMAND = 160
ASKED = (
    "Notes: after the closing message you may leave notes for whoever works in this repository next, as its very "
    f"last part: a block that begins with {FENCE} and ends with ```, at most {MOST} lines, each `kind: one sentence`. "
    "Kinds: decision (what was decided, and why), place (where something is that is hard to find), failed (a way that "
    "does not work, and why), tests (how they are run here). Only what is true beyond this task, what you have seen "
    "yourself, and what neither the repository's own documents nor the notes that you were given say. No secrets, no "
    "instructions to others. Most sessions have no note to leave: then leave the block out. Nobody else is shown it."
)
"""Asks for the notes, in the system prompt."""

type Kind = Literal["decision", "place", "failed", "tests"]
_BLOCK = re.compile(rf"(?:^|\n)[^\S\n]*{FENCE}[^\n]*(?:\n(?P<lines>(?:(?!```).)*+))?(?:```\s*)?\Z", re.DOTALL)
_LINE = re.compile(r"^[\s*-]*(?P<kind>decision|place|failed|tests)\s*:\s*(?P<text>\S.*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Closing:
    """A closing message without its notes, and the notes."""

    text: str
    notes: tuple[ProposedNote, ...] = ()


def taken_out(text: str) -> Closing:
    """What people are shown of a message, and the notes at its end. A block that something follows is no such block."""
    start = text.rfind(FENCE)
    found = _BLOCK.search(text, max(0, text.rfind("\n", 0, start))) if start >= 0 else None
    if found is None:
        return Closing(text)
    return Closing(text[: found.start()].rstrip(), tuple(_notes(found["lines"] or "")))


def tail(text: str, most: int) -> str:
    """The end of a message that is still being written; a block that has begun stays known as one."""
    start = text.find(FENCE)
    return text[-most:] if start < 0 else text[max(0, start - most) : start + len(FENCE)]


def shown(text: str) -> str:
    """What people are shown of a message that is still being written."""
    return text.partition(FENCE)[0]


def _notes(lines: str) -> list[ProposedNote]:
    found = [_LINE.match(line) for line in lines.splitlines()]
    notes = [_note(cast("Kind", one["kind"].lower()), one["text"]) for one in found if one]
    return [note for note in dict.fromkeys(notes) if note.text][:MOST]


def _note(kind: Kind, text: str) -> ProposedNote:
    return ProposedNote(kind=kind, text=redact(one_line(redact(text), LONGEST)))


@dataclass
class TestRuns:
    """Which commands ran the tests and passed, by the tool calls and their results."""

    __test__ = False
    folder: str
    running: dict[str, str] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)

    def called(self, call: str, tool: str, inputs: Mapping[str, Any]) -> None:
        """The agent calls a tool; `call` is the call's own name."""
        command = inputs.get("command") if tool == "Bash" else None
        if isinstance(command, str) and len(command) <= 2000:
            plain = command.strip().replace(f"cd {self.folder} && ", "").replace(f"{self.folder}/", "")
            if len(plain) <= MOST_COMMAND and one_run(plain):
                self.running[call] = plain

    def answered(self, call: str, *, failed: bool) -> None:
        """The tool has answered."""
        command = self.running.pop(call, None)
        if command is not None and not failed and command not in self.passed:
            self.passed.append(command)

    def note(self) -> tuple[ProposedNote, ...]:
        """The command that says most about all tests: the shortest that passed."""
        if not self.passed:
            return ()
        return (_note("tests", f"`{min(self.passed, key=len)}` runs tests here, and passed."),)


def all_notes(said: tuple[ProposedNote, ...], runs: TestRuns) -> tuple[ProposedNote, ...]:
    """The agent's notes, and how the tests were run where it says nothing of that."""
    return said if any(note.kind == "tests" for note in said) else (*said, *runs.note())
