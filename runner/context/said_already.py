"""Compares two texts of instructions line by line: what the one says that the other does not. Pure.

Called by `instructions.py`. Lines are compared with the heading that they stand below, and code as whole blocks, for a
rule is no rule without them; nothing is taken for said that is said in other words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from crds.fences import fenced

NEARLY = 0.2
"""Share of a text's lines up to which it is told as what it adds to the other one."""
_HEADING = re.compile(r"#{1,6} \S")
_BULLET = re.compile(r"^(?:[-*+] |\d{1,9}[.)] )")
_ABOUT_ITSELF = re.compile(
    r"this file (?:provides|contains|gives|holds) (?:guidance|instructions|rules|context) (?:to|for) [\w ()./,-]{1,120}"
    r" (?:repository|project|codebase|repo)\.?",
    re.IGNORECASE,
)
"""A line in which a file says whom it is for."""


@dataclass(frozen=True)
class _Unit:
    key: tuple[str, str]
    """Its heading and what it says."""
    text: str
    heading: str


def unsaid(text: str, other: str) -> str | None:
    """What of a text the other lacks, below its headings: empty where that is nothing, None where it is much."""
    units, known = _units(text), {one.key for one in _units(other)}
    new = [one for one in units if one.key not in known]
    if not units or not known or len(new) > NEARLY * len(units):
        return None
    return _shown(new)


@lru_cache(maxsize=32)
def _units(text: str) -> tuple[_Unit, ...]:
    return tuple(_read(text))


def _read(text: str) -> Iterator[_Unit]:
    heading = ""
    for code, part in fenced(text):
        for line in [part] if code else part.split("\n"):
            said = " ".join(_BULLET.sub("", line.strip()).split())
            if not code and _HEADING.match(said):
                # The title names the file, which differs.
                heading = "" if said.startswith("# ") else said
            elif said and not _ABOUT_ITSELF.fullmatch(said):
                yield _Unit((heading, said), line.rstrip("\n"), heading)


def _shown(units: list[_Unit]) -> str:
    lines, heading = list[str](), ""
    for one in units:
        lines += [one.heading] if one.heading not in (heading, "") else []
        heading = one.heading
        lines.append(one.text)
    return "\n".join(lines)
