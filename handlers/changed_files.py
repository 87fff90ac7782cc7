"""What a pull request or a commit changes, file by file, as the runner is told it. Pure.

Called by bot/changes.py and bot/linked_commits.py with what GitHub lists (`filename`, `status`, `patch` …). Paths and
patches are foreign: bounded here, and what is not told keeps its name and the reason why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crds.code_talk import is_generated, is_vendored
from handlers import wording

Json = dict[str, Any]

LONGEST_PATCH = 64 * 1024
"""Characters of one file's patch; what is longer ends at a line."""
LONGEST_PATH = 1024
_WITHOUT_LINES = ("renamed", "copied", "changed", "unchanged")


@dataclass(frozen=True)
class Change:
    """One changed file: its text, or why there is none."""

    path: str
    text: str
    why: str = ""


def changes_told(files: Iterable[Json], *, characters: int) -> list[Change]:
    """The files in so many characters together: what people wrote before what programs did, else as they come."""
    found, left = list[Change](), characters
    for file in sorted(files, key=lambda file: _by_program(str(file.get("filename") or ""))):
        change = _change(file)
        if len(change.text) > left:
            change = Change(change.path, "", wording.changes_too_large(characters // 1024))
        left -= len(change.text)
        found.append(change)
    return found


def overview(files: Sequence[Json], pull: Json) -> str:
    """What a pull request changes as a whole: from where to where, and each file in a line."""
    listed = [f"{_path(file)}, {_what(file)}" for file in files]
    total, head, base = int(pull.get("changed_files") or len(files)), pull["head"], pull["base"]
    more = [wording.more_changed_files(total - len(files))] if total > len(files) else []
    lines = int(pull.get("additions") or 0), int(pull.get("deletions") or 0)
    opening = wording.changes_of(int(pull["number"]), (_line(head["ref"]), _line(base["ref"])), total, lines)
    return "\n".join([opening, "", *listed, *more])


def _by_program(path: str) -> bool:
    return is_generated(path) or is_vendored(path)


def _change(file: Json) -> Change:
    path, patch = _path(file), file.get("patch")
    if patch:
        return Change(path, f"{path}, {_what(file)}:\n\n{_bounded(str(patch))}")
    if file.get("status") in _WITHOUT_LINES and not file.get("changes"):
        return Change(path, f"{path}, {_what(file)}: {wording.no_line_differs()}")
    return Change(path, "", wording.no_patch(int(file.get("additions") or 0), int(file.get("deletions") or 0)))


def _what(file: Json) -> str:
    """`modified, +3 -1`; of a file that has another name now, which one it had."""
    before = _line(file.get("previous_filename") or "")
    status = f"{_line(file.get('status') or 'modified')}{f' from {before}' if before else ''}"
    return f"{status}, +{int(file.get('additions') or 0)} -{int(file.get('deletions') or 0)}"


def _bounded(patch: str) -> str:
    if len(patch) <= LONGEST_PATCH:
        return patch
    end = patch.rfind("\n", 0, LONGEST_PATCH)
    kept = patch[: end if end > 0 else LONGEST_PATCH]
    return f"{kept}\n[… {len(patch) - len(kept):,} characters cut here …]"


def _path(file: Json) -> str:
    return _line(file.get("filename") or "")


def _line(name: str) -> str:
    """A name on one line, for git takes any in a path."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name[:LONGEST_PATH])
