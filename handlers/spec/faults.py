"""What is wrong with a specification: one value a fault, shown as a line annotation. Frozen data."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["failure", "warning"]


@dataclass(frozen=True)
class Fault:
    line: int
    """Line of the file, from 1."""
    rule: str
    """The rule's own name: it stays when its sentence changes."""
    severity: Severity
    """Only failures keep a plan from being written."""
    sentence: str
