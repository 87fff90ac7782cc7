"""Where a specification came from: what its plan's intent remembers. Frozen data, kept by the store as it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecSource:
    path: str
    """Path of the specification in its repository."""
    branch: str
    """Branch that it was pushed to, and that its plan goes to."""
    commit: str
    """Commit that was pushed: the check hangs there."""
    blob: str
    """Name of the file's content in git."""
    target: str = ""
    """Branch of the plan."""
