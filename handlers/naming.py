"""Names that follow from an intent: of sessions, branches, markers. Pure; the same intent has the same names for ever.

Called by the handlers and by bot/perform.py, which finds its own traces by them after a crash.
"""

import base64
import hashlib
import re


def session_name(task: str, number: int, intent: str) -> str:
    """The session's name: readable, a DNS label of at most 40 characters, unique by the intent's digest (50 bits)."""
    digest = base64.b32encode(hashlib.sha256(intent.encode()).digest()).decode().lower()
    return f"{task}-{number}-{digest[:10]}"


def text_intent(repository_id: int, number: int, message: str, ordinal: int) -> str:
    """The intent of the n-th command of a comment, a review, a body; `message`: `kind:id`."""
    return f"github:{repository_id}#{number}:{message}:{ordinal}"


def edit_intent(repository_id: int, number: int, message: str, *, command: str, updated_at: str) -> str:
    """The intent of a command that an edit has added: a redelivery has the same time, another edit another one."""
    return f"github:{repository_id}#{number}:{message}:edit:{updated_at}:{command}"


def assignment_intent(repository_id: int, number: int, updated_at: str) -> str:
    """The intent of an assignment to the bot."""
    return f"github:{repository_id}#{number}:assignment:{updated_at}"


def label_intent(repository_id: int, number: int, label: str, updated_at: str) -> str:
    """The intent of a label: a redelivery has the same time, a label set again another one."""
    return f"github:{repository_id}#{number}:label:{label}:{updated_at}"


def spec_intent(repository_id: int, path: str, blob: str) -> str:
    """The intent of a pushed specification: its content, on whatever branch."""
    return f"github:{repository_id}:spec:{path}:{blob}"


def branch_name(number: int | None, title: str, session: str, *, pull_request: bool = False) -> str:
    """`vteam/issue-12-short-title`; a session without an issue has its own name there."""
    if not number:
        return f"vteam/{session}"
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return f"{branch_stem(number, pull_request=pull_request)}{'-' + slug if slug else ''}"


def branch_stem(number: int, *, pull_request: bool) -> str:
    """How all branches for an issue, or for a person's pull request, begin."""
    return f"vteam/{'pull' if pull_request else 'issue'}-{number}"


def about_marker(repository_id: int, number: int) -> str:
    """Says in a pull request of ours which issue, or which person's pull request, it was made for."""
    return marker("pull-request", f"{repository_id}-{number}")


def made_for(body: str, repository_id: int) -> int | None:
    """The number in such a marker, or None; 0 where nobody asked in a thread. It counts only in what our App wrote."""
    found = re.search(rf"<!-- vteam:pull-request:{repository_id}-([0-9]{{1,18}}) -->", body)
    return int(found[1]) if found else None


def repository_folder(url: str) -> str:
    """The name of a repository in the workspace: `owner__name` from its address, at most 200 characters."""
    path = url.rstrip("/").removesuffix(".git")
    parts = [part for part in path.replace(":", "/").split("/") if part]
    # No folder that begins with a dot or a dash: `..` would climb, and git would take `-x` for an option.
    return "__".join(_plain(part) for part in parts[-2:])[-200:].lstrip(".-") or "repository"


def _plain(part: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in part)


def marker(kind: str, key: str) -> str:
    """A hidden line by which the bot finds its own comment again (its App id is checked beside it)."""
    return f"<!-- vteam:{kind}:{key} -->"


def digest(text: str) -> str:
    """A short digest by which the same words are known again: 16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
