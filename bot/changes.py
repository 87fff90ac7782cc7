"""The changes of the pull request that a session is about, in its order: each file with its hunks. For orders.py.

A session's work tree is the head alone, without what stood there before, and who reviews has no git to ask: what is not
told here, the agent cannot know. Pinned to the commit that the order has.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.errors import Later
from bot.github import GitHub, GitHubRefused
from bot.github.pull_files import files_of, pull_request
from bot.patches import more, patches
from bot.store import Intent
from bot.talk import GONE, Said, standing_of
from bot.threads import requester_of, thread_of
from crds.code_talk import CHANGES
from crds.receipt import Trust
from crds.work_order import LeftOut, OrderedRepository, Talk
from handlers import wording
from handlers.changed_files import overview

Json = dict[str, Any]

MOST_FILES = 300
MOST_CHARACTERS = 384 * 1024
"""Of all patches together: several times what any prompt holds."""
NOT_TO_BE_HAD = (*GONE, 406, 422)
"""With one of the last two GitHub refuses a diff that it finds too large, or cannot make now."""


async def changes_of(github: GitHub, intent: Intent, main: OrderedRepository | None) -> Said:
    """What the session's pull request changes; nothing where it is about none. `main`: the repository of the order.

    Raises Later: where somebody pushes while the order is made, so that another try pins the new head.
    """
    thread = thread_of(intent)
    if not thread.pull_request or not thread.number:
        return Said(())
    try:
        pull = await pull_request(github, thread)
        files = await files_of(github, thread, most=MOST_FILES)
    except GitHubRefused as refused:
        if refused.status not in NOT_TO_BE_HAD:
            raise
        return Said((), (_unread(f"{thread.repository}#{thread.number}"),))
    pinned = main is not None and main.id == thread.repository_id and main.pull_request == thread.number
    if main is not None and pinned and not _are_of(main.commit, pull, files):
        raise Later("the pull request was pushed to while its changes were read")
    return _told(_like(pull, intent), pull, files)


def _are_of(commit: str, pull: Json, files: Sequence[Json]) -> bool:
    """Whether the files are those of that head: GitHub says of each at which commit it is to be read."""
    there = {_commit(file) for file in files if file.get("status") != "removed"}
    return pull["head"]["sha"] == commit and there <= {"", commit}


def _commit(file: Json) -> str:
    return next(iter(parse_qs(urlsplit(str(file.get("contents_url") or "")).query).get("ref", ())), "")


def _told(like: Talk, pull: Json, files: Sequence[Json]) -> Said:
    about = like.model_copy(update={"source": f"{pull['html_url']}/files", "text": overview(files, pull)})
    told = patches(files, like, characters=MOST_CHARACTERS)
    unread = int(pull.get("changed_files") or 0) - len(files)
    if unread > 0:
        told.append(more(like, wording.more_changed_files(unread), MOST_FILES))
    talk = (about, *(one for one in told if isinstance(one, Talk)))
    return Said(talk, tuple(one for one in told if isinstance(one, LeftOut)))


def _like(pull: Json, intent: Intent) -> Talk:
    """What all pieces have in common. Whoever opened the pull request answers for it."""
    author = str((pull.get("user") or {}).get("login", "ghost"))
    return Talk(
        source=f"{intent.repository}#{pull['number']}",
        kind=CHANGES,
        author=author,
        trust=Trust.REQUESTER if author == requester_of(intent) else Trust.OUTSIDE,
        at="",
        text="",
        standing=standing_of(pull),
    )


def _unread(source: str) -> LeftOut:
    return LeftOut(source=source, kind=CHANGES, author="", at="", reason=wording.changes_unread())
