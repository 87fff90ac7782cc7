"""The phases of a run: explore, change, verify, report. Told from what the agent does; pure.

Used by `watch.py`, which tells them, and by `renewal.py`, which renews the context where one ends and the next begins:
from explore to change, and from change to verify and back, as often as the tests send the agent back to its work. The
report begins with the agent's closing message, or where the work is gathered without one. Nothing is renewed there:
no request of the run comes after it, so nobody would read the smaller conversation, and a stop before the closing
message would make the model write it anew. Whoever goes on with the conversation later makes it smaller then
(`conversation/resume.py`), for a window and a share that nobody knows yet.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from runner.shell.testing import runs_tests
from runner.shell.writing import writes_files

_WRITES = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


class Phase(StrEnum):
    EXPLORE = "explore"
    CHANGE = "change"
    VERIFY = "verify"
    REPORT = "report"


def phase_after(phase: Phase, tool: str, inputs: Mapping[str, Any], folder: str = "") -> Phase:
    """The phase once the agent uses this tool: an edit is change, a test run after one is verifying.

    Tests that are run before anything was changed belong to the exploring. `folder`: where the agent stands. Who uses
    a tool after a closing message had not closed.
    """
    phase = Phase.EXPLORE if phase is Phase.REPORT else phase
    command = inputs.get("command") if tool == "Bash" else None
    shell = command if isinstance(command, str) else ""
    if phase in (Phase.CHANGE, Phase.VERIFY) and shell and runs_tests(shell):
        return Phase.VERIFY  # also where one command edits and then runs the tests
    if tool in _WRITES or (shell and writes_files(shell, folder)):
        return Phase.VERIFY if phase is Phase.EXPLORE and shell and runs_tests(shell) else Phase.CHANGE
    return phase
