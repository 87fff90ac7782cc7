"""Reads and checks a feature's specification (`specs/*/spec.md`), as GitHub Spec Kit writes them. Pure.

`check` is the one way in for its text, called by spec_pushed.py; paths.py says which files are specifications.
"""

from handlers.spec.document import read
from handlers.spec.faults import Fault
from handlers.spec.ids import ids
from handlers.spec.leftovers import leftovers
from handlers.spec.sections import frame
from handlers.spec.stories import stories

__all__ = ["Fault", "check"]


def check(text: str) -> tuple[Fault, ...]:
    """All faults of a specification, in the order of its lines; nothing where a plan can be made of it."""
    document = read(text)
    found = [*frame(document), *stories(document), *ids(document), *leftovers(document)]
    return tuple(sorted(found, key=lambda fault: fault.line))
