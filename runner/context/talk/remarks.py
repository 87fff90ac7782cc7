"""Remarks on lines of a change, each with the end of its hunk: which file and line they stand at, and each hunk once.

Pure; called by `offer.py`. Reads the form in which the bot tells them (`At path, line 3 (after the change):`), and
writes it for `issue_json.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.context.talk.said import Said

HUNK_LINES, HUNK_CHARACTERS = 12, 1500
"""Of the diff above a remark: its end, where the commented line stands."""
_AT = re.compile(r"\AAt (?P<path>[^\n]+?)(?:, line (?P<line>\d+) \([^()\n]*\))?:\n\n")
_HUNK = re.compile(r"(?:(?:@@|[ +\-\\])[^\n]*\n)+")


@dataclass(frozen=True)
class Place:
    path: str
    line: int
    hunk: str
    rest: str
    head: str


def place_of(text: str) -> Place | None:
    """Where a remark stands; None where its text has another form."""
    at = _AT.match(text)
    if at is None:
        return None
    hunk = _HUNK.match(text, at.end())
    end = hunk.end() if hunk else at.end()
    return Place(at["path"], int(at["line"] or 0), hunk[0].strip("\n") if hunk else "", text[end:].lstrip("\n"), at[0])


def told(place: Place, side: str) -> str:
    """A remark in that form, with the end of its hunk. `side`: `before the change` or `after the change`."""
    at = f", line {place.line} ({side})" if place.line > 0 else ""
    hunk = "\n".join(place.hunk.split("\n")[-HUNK_LINES:])[-HUNK_CHARACTERS:]
    return f"At {place.path}{at}:\n\n{hunk}\n\n{place.rest}"


def sort_key(one: Said) -> str:
    """Sorts remarks by file, line and time, settled ones last."""
    place = place_of(one.text)
    path, line = (place.path, place.line) if place else ("", 0)
    return f"{int(one.talk.settled)}|{path}|{line:09}|{one.moment:017.3f}|{one.talk.source}"


def hunks_once(said: Sequence[Said]) -> list[Said]:
    """The messages in the order given, each hunk only with the first of a thread's remarks as they are read that show
    it."""
    shown: set[tuple[str, str, str]] = set()
    found = list(said)
    for number in sorted(range(len(said)), key=lambda number: sort_key(said[number])):
        place = None if said[number].folded else place_of(said[number].text)
        if place is None or not place.hunk:
            continue
        key = (said[number].talk.thread, place.path, place.hunk)
        if key in shown:
            found[number] = _without_hunk(said[number], place)
        shown.add(key)
    return found


def _without_hunk(one: Said, place: Place) -> Said:
    text = f"{place.head}(the same lines as above)\n\n{place.rest}"
    return replace(one, text=text, notes=(*one.notes, "its hunk stands above"), cut=True)
