"""What stands one step away from a session's thread: what its text names, and threads beside it that name it.

Called by bot/orders.py, once a session. No confused deputy: another repository is read only if bot/reading.py lets the
session's requester read it there, and only as it stood when the session was asked for. What is not read is told to the
runner without its text.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.github import GitHub, GitHubRefused
from bot.github import threads as github_threads
from bot.github.contents import read_text
from bot.github.repositories import at
from bot.reading import Reading
from bot.store import Intent
from bot.talk import GONE, Said, standing_of, why_not_kept
from bot.threads import requester_of, thread_of
from crds.receipt import Trust
from crds.work_order import LeftOut, Talk
from handlers import wording
from handlers.events import Thread
from handlers.references import MOST_THREADS, FileReference, References, ThreadReference, references
from handlers.session import Session
from handlers.talk_kept import seconds_of

Json = dict[str, Any]

MOST_COMMENTS = 100
"""The newest comments of another thread: one page of GitHub's."""
AROUND = 20
"""Lines around those that a link points at."""
OWN_MENTION = 5.0
"""Seconds: naming an issue in the request changes that issue's own time, which is no change of its text."""


@dataclass(frozen=True)
class Linked:
    github: GitHub
    reading: Reading

    async def beside(self, session: Session, intent: Intent, said: Sequence[Talk]) -> Said:
        """What the talk names and the requester may read. Raises Later."""
        named = self._named(intent, said)
        known = {(one.repository.lower(), one.number) for one in named.threads}
        back = [one for one in await self._back(intent) if (one.repository.lower(), one.number) not in known]
        named = replace(named, threads=(*named.threads, *back)[:MOST_THREADS])
        threads = [self._thread(session, intent, one) for one in named.threads]
        found = await asyncio.gather(*threads, *(self._file(session, intent, one) for one in named.files))
        return Said(
            talk=tuple(piece for one in found for piece in one.talk),
            left_out=tuple(note for one in found for note in one.left_out),
        )

    def _named(self, intent: Intent, said: Sequence[Talk]) -> References:
        """The trigger's own references first: those are what the asker had in mind."""
        texts = [piece.text for piece in sorted(said, key=lambda piece: not piece.trigger)]
        url = self.reading.settings.github_url
        return references(texts, repository=intent.repository, number=intent.origin.issue or 0, github_url=url)

    async def _back(self, intent: Intent) -> list[ThreadReference]:
        """Threads of the same repository that name this one, the newest first: anybody may name it from another."""
        own = thread_of(intent)
        if not own.number:
            return []
        asked = seconds_of(intent.stood.at)
        moment = intent.created_at if asked is None else asked
        try:
            events = await github_threads.named_by(self.github, own)
        except GitHubRefused as refused:
            if refused.status not in GONE:
                raise
            return []
        others = [event for event in reversed(events) if not self._ours(event)]
        return list(dict.fromkeys(filter(None, (_naming(event, own, moment) for event in others))))

    def _ours(self, event: Json) -> bool:
        """Whether it is the bot's own pull request that names the issue: it says nothing that the issue does not."""
        source = (event.get("source") or {}).get("issue") or {}
        return (source.get("performed_via_github_app") or {}).get("id") == self.github.app_id

    async def _place(self, session: Session, intent: Intent, repository: str, number: int) -> Thread | None:
        """The other thread's place, or None where the session may not read there."""
        own = thread_of(intent)
        if repository.lower() == own.repository.lower():
            return Thread(own.repository, own.repository_id, number, own.installation, private=own.private)
        allowed = await self.reading.other(session, intent, repository)
        if allowed.refused or allowed.facts is None:
            return None
        facts = allowed.facts
        return Thread(facts.full_name, facts.id, number, facts.installation, private=facts.private)

    async def _thread(self, session: Session, intent: Intent, one: ThreadReference) -> Said:
        name = f"{one.repository}#{one.number}"
        place = await self._place(session, intent, one.repository, one.number)
        if place is None:
            return _unreadable(name, "linked_issue")
        try:
            item = await self._issue(place)
            comments = await self._comments(place, item) if item else []
        except GitHubRefused as refused:
            if refused.status not in GONE:
                raise
            return Said(())
        return self._told(intent, one, item, comments) if item else _unreadable(name, "linked_issue")

    async def _issue(self, place: Thread) -> Json | None:
        """The issue, or None where it has moved to a repository of which nobody has asked whether it may be read."""
        path = f"{at(place.repository, place.repository_id)}/issues/{place.number}"
        item: Json = await self.github.call("GET", path, installation=place.installation)
        there = str(item.get("repository_url", "")).lower().endswith(f"/repos/{place.repository.lower()}")
        return item if there else None

    async def _comments(self, place: Thread, item: Json) -> list[Json]:
        count = int(item.get("comments") or 0)
        if not count:
            return []
        path = f"{at(place.repository, place.repository_id)}/issues/{place.number}/comments"
        page = {"per_page": MOST_COMMENTS, "page": -(-count // MOST_COMMENTS)}
        found: list[Json] = await self.github.call("GET", path, installation=place.installation, params=page)
        return [one for one in found if (one.get("performed_via_github_app") or {}).get("id") != self.github.app_id]

    def _told(self, intent: Intent, one: ThreadReference, item: Json, comments: Sequence[Json]) -> Said:
        state = "merged" if (item.get("pull_request") or {}).get("merged_at") else item["state"]
        kind = "linked_pull_request" if item.get("pull_request") else "linked_issue"
        text = f"{item['title']} ({state})\n\n{item.get('body') or ''}"
        thread = (item["html_url"], one.relation)
        why = "" if _as_it_stood(item, intent) else wording.changed_since()
        told = [_piece(item, intent, kind=kind, text=text, thread=thread, why=why)]
        for comment in comments:
            reason, text = why_not_kept(comment, intent), comment.get("body") or ""
            told.append(_piece(comment, intent, kind="linked_comment", text=text, thread=thread, why=reason))
        return Said(
            tuple(piece for piece in told if isinstance(piece, Talk)),
            tuple(piece for piece in told if isinstance(piece, LeftOut)),
        )

    async def _file(self, session: Session, intent: Intent, one: FileReference) -> Said:
        source = f"{one.repository}/{one.path}"
        if one.repository.lower() == intent.repository.lower():
            return Said(())  # it lies in the work tree, and its path is in the talk
        place = await self._place(session, intent, one.repository, 0)
        if place is None:
            return _unreadable(source, "linked_file")
        try:
            found = await read_text(self.github, place, one.path, one.ref)
        except GitHubRefused as refused:
            if refused.status not in GONE:
                raise
            return Said(())
        if found is None or found.text is None:
            return Said(())
        text, where = _lines(found.text, one), f"{source}@{one.ref}"
        return Said(
            (
                Talk(
                    source=where,
                    kind="linked_file",
                    author="",
                    trust=Trust.OUTSIDE,
                    at="",
                    text=text,
                    thread=where,
                    relation="linked",
                ),
            )
        )


def _naming(event: Json, own: Thread, moment: float) -> ThreadReference | None:
    """The thread that this event of the timeline tells of, where it is of the same repository and came in time."""
    source = (event.get("source") or {}).get("issue") or {}
    there = (source.get("repository") or {}).get("id")
    number, at_moment = source.get("number"), seconds_of(str(event.get("created_at") or ""))
    if there != own.repository_id or not isinstance(number, int) or at_moment is None or at_moment > moment:
        return None
    return ThreadReference(own.repository, number, "names this one")


def _piece(item: Json, intent: Intent, *, kind: str, text: str, thread: tuple[str, str], why: str) -> Talk | LeftOut:
    author = str((item.get("user") or {}).get("login", "ghost"))
    at_moment = str(item.get("created_at") or "")
    if why:
        return LeftOut(source=item["html_url"], kind=kind, author=author, at=at_moment, reason=why)
    return Talk(
        source=item["html_url"],
        kind=kind,
        author=author,
        trust=Trust.REQUESTER if author == requester_of(intent) else Trust.OUTSIDE,
        at=at_moment,
        text=text,
        standing=standing_of(item),
        thread=thread[0],
        relation=thread[1],
    )


def _as_it_stood(item: Json, intent: Intent) -> bool:
    """Whether the issue's text is that of the moment of the request, as far as GitHub tells.

    GitHub tells when anything of an issue changed: its text, a label, a comment. Any change after the request counts as
    one of the text, unless it may be the request's own mention of the issue.
    """
    if str((item.get("user") or {}).get("login", "")) == requester_of(intent):
        return True
    moment = seconds_of(intent.stood.at)
    asked = intent.created_at if moment is None else moment
    changed = seconds_of(str(item.get("updated_at") or ""))
    return changed is not None and changed <= asked + OWN_MENTION


def _lines(text: str, one: FileReference) -> str:
    """The lines that the link points at, with some around them, numbered; the whole where it points at none."""
    if not one.first:
        return text
    lines = text.split("\n")
    first, last = max(1, one.first - AROUND), min(len(lines), one.last + AROUND)
    return "\n".join(f"{number:5}  {lines[number - 1]}" for number in range(first, last + 1))


def _unreadable(source: str, kind: str) -> Said:
    return Said((), (LeftOut(source=source, kind=kind, author="", at="", reason=wording.linked_unreadable()),))
