"""An issue from a file: Markdown whose first line is the title, or JSON as GitHub's API and its `gh` tool give it.

Called by by_hand.py. The file is read once, bounded; what it says is foreign text like any other.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crds.receipt import Trust
from crds.work_order import STANDINGS, Standing, Talk
from runner.endings import PrerequisiteFailed

LARGEST = 32 * 1024 * 1024
BINARY_LOOK = 8192
"""Bytes at the start in which a zero tells a program, a picture, an archive; git looks at as many."""


@dataclass(frozen=True)
class IssueFile:
    title: str
    talk: tuple[Talk, ...]
    """The issue itself, then its comments, oldest first."""


def issue_file(path: Path) -> IssueFile:
    """The issue of this file; `-` is the standard input. Raises PrerequisiteFailed, in words."""
    text = _read(path)
    if path.suffix.lower() == ".json" or text.lstrip().startswith("{"):
        return _of_json(text, path)
    title, _, body = text.strip().partition("\n")
    return IssueFile(title.lstrip("# ").strip(), (_talk(str(path), "issue", body.strip() or title),))


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
    comments = found.get("comments")
    said = [one for one in comments if isinstance(one, dict)] if isinstance(comments, list) else []
    return IssueFile(found["title"], (_piece(found, str(path), "issue"), *_comments(said, str(path))))


def _comments(said: Iterable[dict[str, Any]], source: str) -> Iterable[Talk]:
    for number, one in enumerate(said, 1):
        yield _piece(one, f"{source}#comment-{number}", "comment")


def _piece(found: dict[str, Any], source: str, kind: str) -> Talk:
    author = found.get("author") or found.get("user") or ""
    login = author.get("login", "") if isinstance(author, dict) else author
    association = found.get("author_association") or found.get("authorAssociation")
    return _talk(
        str(found.get("html_url") or found.get("url") or source),
        kind,
        str(found.get("body") or ""),
        author=str(login),
        at=str(found.get("created_at") or found.get("createdAt") or ""),
        standing=STANDINGS.get(str(association), "bystander") if association else "",
    )


def _talk(source: str, kind: str, text: str, *, author: str = "", at: str = "", standing: Standing = "") -> Talk:
    return Talk(
        source=source[:1024], kind=kind, author=author[:256], trust=Trust.OUTSIDE, at=at, text=text, standing=standing
    )
