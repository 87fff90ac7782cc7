"""An issue from a file: Markdown whose first line that is seen is the title, or JSON as GitHub's API and `gh` give it.

Called by by_hand.py. The file is read once, bounded; what it says is foreign text like any other (`issue_json.py`).
"""

import codecs
import json
import re
import sys
from pathlib import Path
from typing import Any

from runner.context.issue_json import IssueFile, of_document, plain_talk
from runner.context.sanitise import sanitise
from runner.endings import PrerequisiteFailed

LARGEST = 32 * 1024 * 1024
BINARY_LOOK = 8192
"""Bytes at the start in which a zero tells a program, a picture, an archive; git looks at as many."""

LOOK = 65_536
"""Characters in which the first line that is seen is looked for first."""
_LIKE_JSON = re.compile(r'\s*\{\s*"\w{1,40}"\s*:')
_FRONT_MATTER = re.compile(r"---[^\S\n]*\n((?:[^\n]{0,1000}\n){0,100}?)---[^\S\n]*(?:\n|\Z)")
_TITLE = re.compile(r"^title:[^\S\n]*(.*)$", re.MULTILINE)


def issue_file(path: Path) -> IssueFile:
    """The issue of this file; `-` is the standard input. Raises PrerequisiteFailed, in words."""
    text = _read(path)
    found = _object(text, path)
    return _of_markdown(text, path) if found is None else _of_json(found, path)


def _object(text: str, path: Path) -> dict[str, Any] | None:
    """The JSON object that the text is; None where it is Markdown, which may begin with a brace too.

    Raises PrerequisiteFailed where it is meant to be JSON and is broken.
    """
    named = path.suffix.lower() == ".json"
    if not named and not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        if named or (_LIKE_JSON.match(text) and not str(error).startswith("Extra data")):
            raise PrerequisiteFailed(f"{path} is no JSON: {str(error)[:200]}") from error
        return None
    return found if isinstance(found, dict) else {}


def _of_markdown(text: str, path: Path) -> IssueFile:
    text = text.strip().replace("\r\n", "\n")
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :].strip()
    title = _title_of(front[1]) if front else ""
    line = "" if title else _first_seen(text)
    if not title and not line:
        raise PrerequisiteFailed(f"the issue {path} is empty: nothing of it is seen")
    before, _, after = text.partition(line) if line else ("", "", text)
    body = f"{before}{after}".strip()
    return IssueFile(title or line.lstrip("# ").strip(), (plain_talk(str(path), "issue", body or title or line),))


def _title_of(front: str) -> str:
    """What front matter names as the title; templates leave it empty."""
    found = _TITLE.search(front)
    return found[1].strip().strip("\"'").strip() if found else ""


def _first_seen(text: str) -> str:
    """The first line that a reader sees, and that says something; comments of templates are not seen."""
    for part in (text[:LOOK], text):
        lines = sanitise(part).text.split("\n")
        if line := next((line.strip() for line in lines if any(map(str.isalnum, line))), ""):
            return line
    return ""


def _read(path: Path) -> str:
    try:
        with sys.stdin.buffer if str(path) == "-" else path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise PrerequisiteFailed(f"the issue {path} cannot be read: {error.strerror}") from error
    if len(data) > LARGEST:
        raise PrerequisiteFailed(f"the issue {path} is larger than {LARGEST >> 20} MB")
    text = _decoded(data)
    if "\0" in text[:BINARY_LOOK]:
        raise PrerequisiteFailed(f"the issue {path} is no text: it holds zero bytes")
    if not text.strip():
        raise PrerequisiteFailed(f"the issue {path} is empty")
    return text


def _decoded(data: bytes) -> str:
    """UTF-8, or UTF-16 that says so in its first two bytes, as PowerShell writes it."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8-sig", "replace")


def _of_json(found: dict[str, Any], path: Path) -> IssueFile:
    if not isinstance(found.get("title"), str):
        raise PrerequisiteFailed(f'{path} is no issue: it has no "title"')
    return of_document(found, str(path))
