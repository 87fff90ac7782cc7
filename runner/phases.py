"""The phases of a run: explore, change, verify. Told from the tools that the agent uses; pure.

Used by `watch.py`, which tells them, and by `renewal.py`, which renews the context at their borders. The report, which
closes a run, has nothing behind it to renew.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from runner.notes import runs_tests

_WRITES = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


class Phase(StrEnum):
    EXPLORE = "explore"
    CHANGE = "change"
    VERIFY = "verify"


def phase_after(phase: Phase, tool: str, inputs: Mapping[str, Any]) -> Phase:
    """The phase once the agent uses this tool: the first edit begins the change, a test run after it the verifying.

    An edit while verifying mends what the tests have shown, and is no new change.
    """
    if phase is Phase.EXPLORE and tool in _WRITES:
        return Phase.CHANGE
    command = inputs.get("command") if tool == "Bash" else None
    if phase is Phase.CHANGE and isinstance(command, str) and runs_tests(command):
        return Phase.VERIFY
    return phase
