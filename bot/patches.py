"""Changed files as pieces of an order's talk, each with its hunks.

Called by bot/changes.py and by the rooms of bot/linked.py. Which of them are told handlers/changed_files.py says.
"""

from collections.abc import Sequence
from typing import Any

from crds.work_order import LeftOut, Talk
from handlers import wording
from handlers.changed_files import changes_told

Json = dict[str, Any]


def patches(files: Sequence[Json], like: Talk, *, characters: int) -> list[Talk | LeftOut]:
    """A piece for each file: like this one, whose source is that of all of them, with its path and its text."""
    return [
        like.model_copy(update={"source": _source(like, change.path), "path": change.path, "text": change.text})
        if change.text
        else left_out(like, change.path, change.why)
        for change in changes_told(files, characters=characters)
    ]


def left_out(like: Talk, path: str, why: str) -> LeftOut:
    """A changed file that is not told."""
    return LeftOut(source=_source(like, path), kind=like.kind, author=like.author, at=like.at, reason=why)


def more(like: Talk, which: str, most: int) -> LeftOut:
    """One row for all files beyond those that are read. `which`: how many, in words."""
    return left_out(like, which, wording.too_many_changes(most))


def _source(like: Talk, path: str) -> str:
    return f"{like.source} {path}".strip()
