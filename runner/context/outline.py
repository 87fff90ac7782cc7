"""What of instructions must not be lost where they are cut: their headings, rules and commands. Pure.

Called by `instructions.py`.
"""

import re
from collections.abc import Sequence

from crds.fences import fenced

_HEADING = re.compile(r"#{1,6} \S")
_RULE = re.compile(
    r"\b(?:must|never|always|only|do not|don'?t|required?|forbidden|avoid|important|shall|no longer|instead)\b"
    r"|`[^`\n]+`|^\$ ",
    re.IGNORECASE,
)
"""A line that forbids, demands, or names a command."""


def outline_of(text: str) -> str:
    """What of instructions must not be lost: their headings, rules and commands, word for word.

    No model summarises them: they are followed to the letter, a paraphrase would be another rule, and its words would
    change the prompt's stable start. Below a heading that has neither rule nor command its first line stands.
    """
    return "\n".join(found for heading, body in _sections(text) if (found := _section(heading, body)))


def _sections(text: str) -> list[tuple[str, list[tuple[bool, str]]]]:
    """Each heading with the lines below it, and whether they are code; in code nothing is a heading."""
    found: list[tuple[str, list[tuple[bool, str]]]] = [("", [])]
    for code, part in fenced(text):
        for line in part.split("\n"):
            if not code and _HEADING.match(line.strip()):
                found.append((line.strip(), []))
            elif line.strip():
                found[-1][1].append((code, line if code else line.strip()))
    return [(heading, lines) for heading, lines in found if heading or lines]


def _section(heading: str, lines: Sequence[tuple[bool, str]]) -> str:
    kept = [line for code, line in lines if code or _RULE.search(line)]
    first = [line[:200] for _, line in lines[:1] if heading and not kept]
    return "\n".join(part for part in [heading, *kept, *first] if part)
