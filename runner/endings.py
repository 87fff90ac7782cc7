"""How a run can end: the exit codes of the issue, and the one exception for what must be there before the agent runs.

Raised by the rooms that need the world outside (API, git); caught in `session.py`, which turns it into words.
"""

from typing import Literal

ExitCode = Literal[0, 1, 2, 143]

DONE: ExitCode = 0
AGENT_ERROR: ExitCode = 1
PREREQUISITE_FAILED: ExitCode = 2
STOPPED: ExitCode = 143


class PrerequisiteFailed(Exception):
    """Something that the run stands on is absent or refused; the message is one sentence for a person."""


class Refused(PrerequisiteFailed):
    """The runner API said no for good (403, 404, or 401 with a fresh token)."""


class NotTaken(Exception):
    """The runner API does not take the result (413, 422); the message is the server's reason in words."""
