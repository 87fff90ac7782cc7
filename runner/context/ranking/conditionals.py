"""C and C++ as one of its builds reads it: where `#if` and `#else` open a brace each, the latter is blanked. Pure.

Called by grammars.py. A grammar sees both branches, so that one such place would hide all functions after it. Lines
keep their numbers.
"""

import re
from dataclasses import dataclass, field

_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b")
_SAID = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|//.*|/\*.*?\*/')


@dataclass
class _Conditional:
    marks: list[int]
    """Lines of its directives so far."""
    odd: bool = False
    """Whether one of its branches opens more braces than it closes, or the other way round."""
    depth: int = 0


@dataclass
class _Found:
    blank: set[int] = field(default_factory=set)
    open: list[_Conditional] = field(default_factory=list)


def one_build(text: str) -> str:
    """The same lines; those of second branches that the braces cannot have beside the first are empty."""
    if "#" not in text or not re.search(r"^[ \t]*#[ \t]*el", text, re.MULTILINE):
        return text
    lines = text.split("\n")
    found = _Found()
    for place, line in enumerate(lines):
        _read(found, place, line)
    return "\n".join("" if place in found.blank else line for place, line in enumerate(lines)) if found.blank else text


def _read(found: _Found, place: int, line: str) -> None:
    directive = _DIRECTIVE.match(line)
    if directive is None:
        if found.open and ("{" in line or "}" in line):
            plain = _SAID.sub("", line)
            found.open[-1].depth += plain.count("{") - plain.count("}")
        return
    word = directive[1]
    if word.startswith("if"):
        found.open.append(_Conditional([place]))
    elif found.open:
        one = found.open[-1]
        one.odd, one.depth = one.odd or one.depth != 0, 0
        one.marks.append(place)
        if word == "endif":
            _close(found, found.open.pop())


def _close(found: _Found, one: _Conditional) -> None:
    """Its second and later branches go, with all directives; what is left is as if the first had been chosen."""
    if one.odd and len(one.marks) > 2:
        found.blank.update(one.marks, range(one.marks[1], one.marks[-1]))
