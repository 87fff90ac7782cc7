"""What stands one step away from a session's thread: what its text names, and threads beside it that name it.

Called by bot/orders.py, once a session. No confused deputy: another repository is read only if bot/reading.py lets the
session's requester read it there, and only as it stood when the session was asked for (bot/linked_threads.py,
bot/linked_places.py). What is not read is told to the runner without its text.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.github import GitHub, GitHubRefused
from bot.github import threads as github_threads
from bot.linked_places import OtherPlace
from bot.linked_threads import OtherThread
from bot.reading import Reading
from bot.store import Intent
from bot.talk import GONE, Said, moment_of
from bot.threads import thread_of
from crds.work_order import LeftOut, Talk
from handlers import wording
from handlers.events import Thread
from handlers.linked_places import CommitReference, FileReference
from handlers.references import (
    MOST_FILES,
    MOST_THREADS,
    RELATIONS,
    Here,
    References,
    ThreadReference,
    closes,
    references,
)
from handlers.session import Session
from handlers.talk_kept import seconds_of

Json = dict[str, Any]


@dataclass(frozen=True)
class Linked:
    github: GitHub
    reading: Reading

    async def beside(self, session: Session, intent: Intent, said: Sequence[Talk]) -> Said:
        """What the talk names and the requester may read. Raises Later."""
        here = Here(intent.repository, intent.origin.issue or 0, self.reading.settings.github_url)
        named = await self._with_back(references(_groups(said), here), intent, here)
        at = _Places(self, session, intent)
        found = await asyncio.gather(
            *(self._thread(at, here, one) for one in named.threads),
            *(self._file(at, one) for one in named.files),
            *(self._commit(at, one) for one in named.commits),
        )
        return Said(
            talk=tuple(piece for one in found for piece in one.talk),
            left_out=(*(note for one in found for note in one.left_out), *_unfollowed(named)),
        )

    async def _with_back(self, named: References, intent: Intent, here: Here) -> References:
        """With the threads that name this one, after those that it names."""
        known = {one.key for one in named.threads}
        back = [one for one in await self._back(intent, here) if one.key not in known]
        threads = (*named.threads, *back)
        more = named.more_threads + max(0, len(threads) - MOST_THREADS)
        return replace(named, threads=threads[:MOST_THREADS], more_threads=more)

    async def _back(self, intent: Intent, here: Here) -> list[ThreadReference]:
        """Threads of the same repository that name this one, the newest first: anybody may name it from another."""
        own = thread_of(intent)
        if not own.number:
            return []
        try:
            events = await github_threads.named_by(self.github, own)
        except GitHubRefused as refused:
            if refused.status not in GONE:
                raise
            return []
        moment = moment_of(intent)
        others = [event for event in reversed(events) if not self._ours(event)]
        found = dict.fromkeys(filter(None, (_naming(event, own, here, moment=moment) for event in others)))
        return sorted(found, key=lambda one: RELATIONS.index(one.relation))

    def _ours(self, event: Json) -> bool:
        """Whether it is the bot's own pull request that names the issue: it says nothing that the issue does not."""
        source = (event.get("source") or {}).get("issue") or {}
        return (source.get("performed_via_github_app") or {}).get("id") == self.github.app_id

    async def _thread(self, at: "_Places", here: Here, one: ThreadReference) -> Said:
        place = await at.place(one.repository, one.number)
        if place is None:
            return _unreadable(f"{one.repository}#{one.number}", "linked_issue")
        return await OtherThread(self.github, at.intent, place, one).read(here)

    async def _file(self, at: "_Places", one: FileReference) -> Said:
        place = await at.place(one.repository, 0)
        if place is None:
            return _unreadable(f"{one.repository}/{one.path}", "linked_file")
        return await OtherPlace(self.github, place).file(one)

    async def _commit(self, at: "_Places", one: CommitReference) -> Said:
        place = await at.place(one.repository, 0)
        if place is None:
            return _unreadable(f"{one.repository}@{one.sha[:12]}", "linked_commit")
        return await OtherPlace(self.github, place).commit(one)


@dataclass(frozen=True)
class _Places:
    """Where the session may read."""

    linked: Linked
    session: Session
    intent: Intent

    async def place(self, repository: str, number: int) -> Thread | None:
        """The other thread's place, or None where the session may not read there."""
        own = thread_of(self.intent)
        if repository.lower() == own.repository.lower():
            return Thread(own.repository, own.repository_id, number, own.installation, private=own.private)
        allowed = await self.linked.reading.other(self.session, self.intent, repository)
        if allowed.refused or allowed.facts is None:
            return None
        facts = allowed.facts
        return Thread(facts.full_name, facts.id, number, facts.installation, private=facts.private)


def _groups(said: Sequence[Talk]) -> list[list[str]]:
    """What asked, what it was asked about, and all else: the asker's own references are those that they had in mind."""
    groups: list[list[str]] = [[], [], []]
    for piece in said:
        groups[0 if piece.trigger else 1 if piece.kind == "issue" else 2].append(piece.text)
    return groups


def _naming(event: Json, own: Thread, here: Here, *, moment: float) -> ThreadReference | None:
    """The thread that this event of the timeline tells of, where it is of the same repository and came in time."""
    source = (event.get("source") or {}).get("issue") or {}
    there = (source.get("repository") or {}).get("id")
    number, at_moment = source.get("number"), seconds_of(str(event.get("created_at") or ""))
    if there != own.repository_id or not isinstance(number, int) or at_moment is None or at_moment > moment:
        return None
    text = f"{source.get('title') or ''}\n{source.get('body') or ''}" if source.get("pull_request") else ""
    return ThreadReference(own.repository, number, "fixed by" if closes(text, here) else "names this one")


def _unfollowed(named: References) -> Iterator[LeftOut]:
    """A row for what is named and not followed."""
    for source in named.discussions:
        yield _note(source, "linked_discussion", wording.discussions_unread())
    if named.more_threads:
        yield _note(f"{named.more_threads} more", "linked_issue", wording.not_followed(MOST_THREADS, "threads"))
    if named.more_files:
        yield _note(f"{named.more_files} more", "linked_file", wording.not_followed(MOST_FILES, "files or commits"))


def _unreadable(source: str, kind: str) -> Said:
    return Said((), (_note(source, kind, wording.linked_unreadable()),))


def _note(source: str, kind: str, why: str) -> LeftOut:
    return LeftOut(source=source, kind=kind, author="", at="", reason=why)
