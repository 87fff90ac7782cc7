"""Files, folders and commits of the forge that a session's talk links to, as pieces of its order.

Called by bot/linked.py, which has asked whether the repository may be read. What a commit says and changes never
changes; a file of a branch is as it is now. Who has written either is nobody's word but the commit's own.
"""

from dataclasses import dataclass
from typing import Any

from bot.github import GitHub, GitHubRefused
from bot.github.contents import entries, read_text
from bot.github.pull_files import commit
from bot.patches import more, patches
from bot.talk import GONE, Said
from crds.code_talk import LINKED_DIFF
from crds.receipt import Trust
from crds.work_order import LeftOut, Talk
from handlers import wording
from handlers.events import Thread
from handlers.linked_places import CommitReference, FileReference

Json = dict[str, Any]

AROUND = 20
"""Lines around those that a link points at."""
MOST_LISTED = 200
"""Entries of a folder."""
MOST_FILES = 30
MOST_CHARACTERS = 32 * 1024
"""Of the patches of a commit."""
LONGEST_MESSAGE = 16 * 1024


@dataclass(frozen=True)
class OtherPlace:
    """Somewhere in a repository."""

    github: GitHub
    place: Thread

    async def file(self, one: FileReference) -> Said:
        """A file, or what lies in a folder. Raises Later."""
        source = f"{one.repository}/{one.path}"
        for ref, path in one.readings:
            try:
                found = await (self._folder(one, ref, path) if one.folder else self._file(one, ref, path))
            except GitHubRefused as refused:
                if refused.status not in GONE:
                    raise
                found = None
            if found is not None:
                return found
        return _row(source, "linked_file", wording.not_there())

    async def _file(self, one: FileReference, ref: str, path: str) -> Said | None:
        found = await read_text(self.github, self.place, path, ref)
        if found is None:
            return None
        where = f"{one.repository}/{path}@{ref}"
        if found.text is None:
            return _row(where, "linked_file", wording.file_unread(found.trouble))
        return Said((_piece("linked_file", where, _lines(found.text, one)),))

    async def _folder(self, one: FileReference, ref: str, path: str) -> Said | None:
        listed = await entries(self.github, self.place, path, ref)
        if not listed:
            return None
        names = [f"{entry['name']}{'/' if entry['type'] == 'dir' else ''}" for entry in listed[:MOST_LISTED]]
        rest = [f"… and {len(listed) - MOST_LISTED} more"] if len(listed) > MOST_LISTED else []
        where = f"{one.repository}/{path}@{ref}"
        return Said((_piece("linked_file", where, "\n".join([*names, *rest])),))

    async def commit(self, one: CommitReference) -> Said:
        """What a commit says and changes. Raises Later."""
        source = f"{one.repository}@{one.sha[:12]}"
        try:
            found = await commit(self.github, self.place, one.sha)
        except GitHubRefused as refused:
            if refused.status not in (*GONE, 409, 422):
                raise
            return _row(source, "linked_commit", wording.not_there())
        if not str(found["sha"]).startswith(one.sha):  # a branch has this name
            return _row(source, "linked_commit", wording.not_there())
        return self._told(found, source)

    def _told(self, found: Json, source: str) -> Said:
        page, inner = str(found["html_url"]), found["commit"]
        name = str((found.get("author") or {}).get("login") or (inner.get("author") or {}).get("name") or "")
        text = f"Commit {found['sha'][:12]}:\n\n{str(inner['message'])[:LONGEST_MESSAGE]}"
        message = _piece("linked_commit", page, text).model_copy(update={"author": name[:256]})
        like = message.model_copy(update={"kind": LINKED_DIFF, "source": source, "text": ""})
        files = found.get("files") or []
        told = patches(files[:MOST_FILES], like, characters=MOST_CHARACTERS)
        if (further := len(files) - MOST_FILES) > 0:
            told.append(more(like, wording.more_changed_files(further), MOST_FILES))
        talk = (message, *(one for one in told if isinstance(one, Talk)))
        return Said(talk, tuple(one for one in told if isinstance(one, LeftOut)))


def _piece(kind: str, source: str, text: str) -> Talk:
    return Talk(
        source=source,
        kind=kind,
        author="",
        trust=Trust.OUTSIDE,
        at="",
        text=text,
        thread=source,
        relation="linked",
    )


def _lines(text: str, one: FileReference) -> str:
    """The lines that the link points at, with some around them, numbered; the whole where it points at none."""
    if not one.first:
        return text
    lines = text.split("\n")
    first, last = max(1, one.first - AROUND), min(len(lines), one.last + AROUND)
    return "\n".join(f"{number:5}  {lines[number - 1]}" for number in range(first, last + 1))


def _row(source: str, kind: str, why: str) -> Said:
    return Said((), (LeftOut(source=source, kind=kind, author="", at="", reason=why),))
