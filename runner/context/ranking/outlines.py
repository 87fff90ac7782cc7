"""Definitions of languages that no grammar here reads: a line that begins one, and the indentation that ends it. Pure.

Called by chunks.py. It errs where a text is laid out in its own way; what it misses is read in blocks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from runner.context.ranking.definition import Definition

LEAST_LINES = 2
_BRACES = r"(?:[\w@]+(?:\([^()\n]*\))?\s+){0,8}"
"""Modifiers and annotations in front of a keyword."""
_RULES = {
    ".pl .pm .t": r"sub\s+([\w:]+)",
    ".kt .kts": _BRACES + r"fun\s+(?:<[^>\n]*>\s*)?([\w.<>?]+)\s*\(",
    ".swift": _BRACES + r"func\s+(\w+)",
    ".scala .sc .groovy .gradle": _BRACES + r"def\s+(?:[\w<>\[\]]+\s+)?(\w+)",
    ".ex .exs": r"defp?(?:macrop?)?\s+([\w?!]+)",
    ".cr": r"(?:private\s+)?def\s+([\w.?!]+)",
    ".lua": r"(?:local\s+)?function\s+([\w.:]+)",
    ".sh .bash .zsh": r"(?:function\s+([\w:-]+)|([\w:-]+)\s*\(\s*\))\s*(?:\(\s*\))?\s*\{?\s*$",
    ".fish .vim .jl": r"(?:def\s+)?function!?\s+([\w.:#!-]+)",
    ".ps1 .psm1": r"function\s+([\w:-]+)",
    ".r": r"([\w.]+)\s*(?:<-|=)\s*function\b",
    ".sol": r"(?:function|modifier)\s+(\w+)",
    ".zig": r"(?:pub\s+)?(?:export\s+)?fn\s+(\w+)",
    ".nim": r"(?:proc|func|method|iterator|template|macro)\s+(\w+)",
    ".tcl": r"proc\s+([\w:]+)",
    ".f .f90 .f95": r"(?:\w+\s+){0,3}(?:subroutine|function)\s+(\w+)",
    ".el .lisp .scm .rkt .clj .cljs .cljc": r"\((?:cl-)?(?:defun|defmacro|defmethod|defn-?|define)\s+\(?([^\s()]+)",
}
BY_SUFFIX: Mapping[str, re.Pattern[str]] = {
    suffix: re.compile(r"([ \t]*)" + rule, re.IGNORECASE if ".f90" in suffixes else re.NOFLAG)
    for suffixes, rule in _RULES.items()
    for suffix in suffixes.split()
}
"""What begins a definition: the indentation, and its name in the groups after it."""
_OPENS = re.compile(r"\s*(?:\{|begin\b|do\b|\)\s*[:{-]|where\b)")
"""Goes on at the indentation of the first line: a brace on a line of its own, the end of long parameters."""
_CLOSES = re.compile(r"\s*(?:[})\]]|end\w*\b|fi\b|\);)", re.IGNORECASE)


def reading_by_rule(name: str) -> str:
    """The suffix of a file that these rules read, or nothing."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return suffix if suffix in BY_SUFFIX else ""


def outlined(path: str, lines: Sequence[str]) -> list[Definition]:
    """The definitions of a file of such a language, in the order of their lines; none of another one."""
    suffix = reading_by_rule(path.rpartition("/")[2])
    return list(_found(BY_SUFFIX[suffix], lines)) if suffix else []


def _found(rule: re.Pattern[str], lines: Sequence[str]) -> Iterator[Definition]:
    place = 0
    while place < len(lines):
        begun = rule.match(lines[place])
        name = next(filter(None, begun.groups()[1:]), "") if begun else ""
        last = _last(lines, place, len(begun[1].expandtabs())) if begun and name else place
        if last - place + 1 >= LEAST_LINES:
            yield Definition(name.replace("::", ".").replace(":", "."), place + 1, last + 1, 0, function=True)
        place = last + 1


def _last(lines: Sequence[str], first: int, indent: int) -> int:
    """The last line of what begins at a line: the one that closes it, or the last that is indented more."""
    last = first
    for place in range(first + 1, len(lines)):
        line = lines[place]
        if not line.strip():
            continue
        if _indent(line) > indent:
            last = place
        elif _CLOSES.match(line) and not _OPENS.match(line):
            return place
        elif _OPENS.match(line):
            last = place
        else:
            return last
    return last


def _indent(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip())].expandtabs())
