"""What a text names of a repository: paths, places of a stack trace, identifiers. Pure; used by `collect.py`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MOST_NAMED = 40
MOST_TEXT = 400_000
"""Characters that are searched; the newest talk and the issue come first in what is searched."""

_PATH = re.compile(r"[\w@+.-]+(?:[/\\][\w@+.-]+)*\.[A-Za-z][A-Za-z0-9]{0,7}\b")
_PLACE = re.compile(
    r'File\s+"(?P<py>[^"\n]{1,300})",\s+line\s+(?P<pyline>\d{1,7})'
    r"|(?P<file>[\w@+./\\-]+\.[A-Za-z][A-Za-z0-9]{0,7})[:(](?P<line>\d{1,7})"
)
_IDENTIFIER = re.compile(
    r"`([A-Za-z_][\w.]{2,80})(?:\(\))?`|\b([A-Za-z_]\w{2,80})\(|\b(\w+_\w+|[a-z]+[A-Z]\w+|[A-Z]\w+[a-z][A-Z]\w+)\b"
)


@dataclass(frozen=True)
class Named:
    """Paths in the order in which they are named, the lines that are named of them, and identifiers."""

    paths: tuple[str, ...] = ()
    lines: dict[str, tuple[int, ...]] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()


def named_in(text: str, paths: Sequence[str]) -> Named:
    """What the text names of the files in `paths`."""
    searched = text[:MOST_TEXT]
    by_name = _by_name(paths)
    lines: dict[str, list[int]] = defaultdict(list)
    found: dict[str, None] = {}
    for place in _PLACE.finditer(searched):
        for path in _matching(place["py"] or place["file"], by_name):
            found[path] = None
            lines[path].append(int(place["pyline"] or place["line"]))
    for mention in _PATH.finditer(searched):
        found |= dict.fromkeys(_matching(mention[0], by_name))
    return Named(
        tuple(found)[:MOST_NAMED],
        {path: tuple(sorted(set(numbers))) for path, numbers in lines.items()},
        tuple(_identifiers(searched))[:MOST_NAMED],
    )


def _by_name(paths: Iterable[str]) -> dict[str, list[str]]:
    """Paths by their last part."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        found[path.rpartition("/")[2]].append(path)
    return found


def _matching(mention: str, by_name: dict[str, list[str]]) -> list[str]:
    """Files that a mention means: those whose path ends as it does, or that it ends as; a lone name only if few."""
    parts = [part for part in mention.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    candidates = by_name.get(parts[-1], []) if parts else []
    shared = {path: _shared_end(path.split("/"), parts) for path in candidates}
    best = max(shared.values(), default=0)
    matches = [path for path, number in shared.items() if number == best]
    return matches if len(matches) <= 3 else []


def _shared_end(path: Sequence[str], mention: Sequence[str]) -> int:
    """How many parts, from the last, are the same."""
    number = 0
    for one, other in zip(reversed(path), reversed(mention), strict=False):
        if one != other:
            break
        number += 1
    return number


def _identifiers(text: str) -> list[str]:
    """Identifiers that look like code's, the most often named first."""
    times: dict[str, int] = defaultdict(int)
    for found in _IDENTIFIER.finditer(text):
        name = (found[1] or found[2] or found[3]).rpartition(".")[2]
        if len(name) > 2:
            times[name] += 1
    return sorted(times, key=lambda name: (-times[name], name))
