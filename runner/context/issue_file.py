"""An issue from a file: Markdown whose first line is the title, or JSON as GitHub's API and its `gh` tool give it.

Called by by_hand.py. The file is read once, bounded; what it says is foreign text like any other (`issue_json.py`).
"""

import json
import sys
from pathlib import Path

from runner.context.issue_json import IssueFile, of_document, plain_talk
from runner.endings import PrerequisiteFailed

LARGEST = 32 * 1024 * 1024
BINARY_LOOK = 8192
"""Bytes at the start in which a zero tells a program, a picture, an archive; git looks at as many."""


def issue_file(path: Path) -> IssueFile:
    """The issue of this file; `-` is the standard input. Raises PrerequisiteFailed, in words."""
    text = _read(path)
    if path.suffix.lower() == ".json" or text.lstrip().startswith("{"):
        return _of_json(text, path)
    title, _, body = text.strip().partition("\n")
    return IssueFile(title.lstrip("# ").strip(), (plain_talk(str(path), "issue", body.strip() or title),))


def _read(path: Path) -> str:
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise PrerequisiteFailed(f"the issue {path} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise PrerequisiteFailed(f"the issue {path} is larger than {LARGEST >> 20} MB")
    if b"\0" in data[:BINARY_LOOK]:
        raise PrerequisiteFailed(f"the issue {path} is no text: it holds zero bytes")
    text = data.decode("utf-8-sig", "replace")
    if not text.strip():
        raise PrerequisiteFailed(f"the issue {path} is empty")
    return text


def _of_json(text: str, path: Path) -> IssueFile:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PrerequisiteFailed(f"{path} is no JSON: {str(error)[:200]}") from error
    if not isinstance(found, dict) or not isinstance(found.get("title"), str):
        raise PrerequisiteFailed(f'{path} is no issue: it has no "title"')
    return of_document(found, str(path))
