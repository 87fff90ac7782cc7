"""Another issue or pull request that a session's talk names: its text, what is said there, what it changes.

Called by bot/linked.py, which has asked whether it may be read. All of it as it stood when the session was asked for; a
message that a link points at is read wherever in its thread it stands.
"""

from dataclasses import dataclass, replace
from typing import Any

from bot.github import GitHub, GitHubRefused
from bot.github import threads as github_threads
from bot.github.marks import Marks, fragment, marks_of
from bot.github.pull_files import files_of
from bot.patches import left_out, more, patches
from bot.store import Intent
from bot.talk import GONE, Said, is_outdated, marked, moment_of, on_line, standing_of, why_not_kept
from bot.threads import requester_of
from crds.code_talk import LINKED_DIFF
from crds.receipt import Trust
from crds.work_order import LeftOut, Talk
from handlers import wording
from handlers.events import Thread
from handlers.references import Here, MessageReference, ThreadReference, closes
from handlers.talk_kept import seconds_of

Json = dict[str, Any]

MOST_SAID = 100
"""The newest comments, reviews and remarks that are read of another thread, of each kind."""
MOST_FILES = 30
MOST_CHARACTERS = 32 * 1024
"""Of the patches of another pull request."""
OWN_MENTION = 5.0
"""Seconds: naming an issue in the request changes that issue's own time, which is no change of its text."""
_NAMES = {"comment": "issuecomment-", "remark": "discussion_r", "review": "pullrequestreview-"}
_KINDS = {"comment": "linked_comment", "remark": "linked_remark", "review": "linked_review"}


@dataclass(frozen=True)
class OtherThread:
    """One of them, at its place."""

    github: GitHub
    intent: Intent
    place: Thread
    named: ThreadReference

    async def read(self, here: Here) -> Said:
        """What is told of it. `here`: the session's own thread. Raises Later."""
        try:
            item = await self._item()
            return (
                await self._told(item, here) if item else _row(self._name, "linked_issue", wording.linked_unreadable())
            )
        except GitHubRefused as refused:
            if refused.status not in GONE:
                raise
            return _row(self._name, "linked_issue", wording.not_there())

    @property
    def _name(self) -> str:
        return f"{self.named.repository}#{self.named.number}"

    async def _item(self) -> Json | None:
        """The issue, or None where it has moved to a repository of which nobody has asked whether it may be read."""
        item = await github_threads.issue(self.github, self.place)
        there = str(item.get("repository_url", "")).lower().endswith(f"/repos/{self.place.repository.lower()}")
        return item if there else None

    async def _told(self, item: Json, here: Here) -> Said:
        marks = await marks_of(self.github, self.place)
        one = replace(self.named, relation=self._relation(item, here))
        told = _Told(self.intent, item["html_url"], one, marks)
        found = [told.head(item)]
        comments = await github_threads.newest_comments(self.github, self.place, int(item.get("comments") or 0))
        found += [told.message("comment", each) for each in comments if not self._ours(each)]
        if item.get("pull_request"):
            found += await self._of_pull(told, item)
        found += await self._linked(told, {fragment(each.source) for each in found})
        return Said(
            tuple(each for each in found if isinstance(each, Talk)),
            tuple(each for each in found if isinstance(each, LeftOut)),
        )

    def _relation(self, item: Json, here: Here) -> str:
        """How it comes in: a pull request that closes the session's issue does so, whoever names it."""
        known = self.named.relation
        if known == "fixes" or not item.get("pull_request") or not as_it_stood(item, self.intent):
            return known
        text = f"{item.get('title') or ''}\n{item.get('body') or ''}"
        return "fixed by" if closes(text, here, written_in=self.place.repository) else known

    def _ours(self, item: Json) -> bool:
        return (item.get("performed_via_github_app") or {}).get("id") == self.github.app_id

    async def _of_pull(self, told: "_Told", item: Json) -> list[Talk | LeftOut]:
        reviews = await github_threads.newest_reviews(self.github, self.place, MOST_SAID)
        remarks = await github_threads.newest_remarks(self.github, self.place, MOST_SAID)
        found = [told.message("review", each) for each in reviews if (each.get("body") or "").strip()]
        found += [told.message("remark", each) for each in remarks]
        return [*found, *await self._changes(told, item)]

    async def _changes(self, told: "_Told", item: Json) -> list[Talk | LeftOut]:
        like = told.like(item, kind=LINKED_DIFF).model_copy(update={"source": self._name, "at": ""})
        if not as_it_stood(item, self.intent):
            return [left_out(like, "", wording.changed_since())]
        try:
            files = await files_of(self.github, self.place, most=MOST_FILES + 1)
        except GitHubRefused as refused:
            if refused.status not in (*GONE, 406, 422):
                raise
            return [left_out(like, "", wording.changes_unread())]
        rest = [more(like, wording.further_changed_files(), MOST_FILES)] if len(files) > MOST_FILES else []
        return [*patches(files[:MOST_FILES], like, characters=MOST_CHARACTERS), *rest]

    async def _linked(self, told: "_Told", known: set[str]) -> list[Talk | LeftOut]:
        """The messages that a link points at, of those that are not among the newest."""
        missing = [one for one in self.named.messages if f"{_NAMES[one.kind]}{one.id}" not in known]
        return [await self._message(told, one) for one in missing]

    async def _message(self, told: "_Told", one: MessageReference) -> Talk | LeftOut:
        source = f"{told.page}#{_NAMES[one.kind]}{one.id}"
        nothing = LeftOut(source=source, kind=_KINDS[one.kind], author="", at="", reason=wording.not_there())
        try:
            item = await github_threads.message(self.github, self.place, (one.kind, one.id))
        except GitHubRefused as refused:
            if refused.status not in GONE:
                raise
            return nothing
        # By its number alone a message of any other thread of the repository would be given for one of this.
        of = str(item.get("issue_url") or item.get("pull_request_url") or "")
        return told.message(one.kind, item) if of.endswith(f"s/{self.named.number}") else nothing


@dataclass(frozen=True)
class _Told:
    """How what stands in the thread is told."""

    intent: Intent
    page: str
    one: ThreadReference
    marks: Marks

    def head(self, item: Json) -> Talk | LeftOut:
        state = "merged" if (item.get("pull_request") or {}).get("merged_at") else item["state"]
        kind = "linked_pull_request" if item.get("pull_request") else "linked_issue"
        why = "" if as_it_stood(item, self.intent) else wording.changed_since()
        return self._piece(item, kind, f"{item['title']} ({state})\n\n{item.get('body') or ''}", why=why)

    def message(self, kind: str, item: Json) -> Talk | LeftOut:
        text = on_line(item) if kind == "remark" else item.get("body") or ""
        why = self._of_review(item) if kind == "review" else why_not_kept(item, self.intent)
        found = marked(self._piece(item, _KINDS[kind], text, why=why), self.marks)
        if isinstance(found, LeftOut):
            return found
        settled = found.settled or (kind == "remark" and is_outdated(item))
        linked = (kind, item["id"]) in {(one.kind, one.id) for one in self.one.messages}
        return found.model_copy(update={"settled": settled, "named": linked})

    def _of_review(self, item: Json) -> str:
        """Why a review is not used: REST tells no time of its change."""
        if str(item.get("state") or "").lower() == "dismissed":
            return wording.review_dismissed()
        if _author(item) == requester_of(self.intent):
            return ""
        at, edited = seconds_of(str(item.get("submitted_at") or "")), self.marks.reviews.get(fragment(item["html_url"]))
        moment = moment_of(self.intent)
        if at is None or at > moment:
            return wording.written_since()
        if edited is None:
            return wording.review_unknown()
        changed = seconds_of(edited) if edited else None
        return wording.changed_since() if changed is not None and changed >= int(moment) else ""

    def _piece(self, item: Json, kind: str, text: str, *, why: str) -> Talk | LeftOut:
        found = self.like(item, kind=kind)
        if why:
            return LeftOut(source=found.source, kind=kind, author=found.author, at=found.at, reason=why)
        return found.model_copy(update={"text": text})

    def like(self, item: Json, *, kind: str) -> Talk:
        author = _author(item)
        return Talk(
            source=item["html_url"],
            kind=kind,
            author=author,
            trust=Trust.REQUESTER if author == requester_of(self.intent) else Trust.OUTSIDE,
            at=str(item.get("created_at") or item.get("submitted_at") or ""),
            text="",
            standing=standing_of(item),
            thread=self.page,
            relation=self.one.relation,
        )


def as_it_stood(item: Json, intent: Intent) -> bool:
    """Whether an issue, or what a pull request changes, is as at the moment of the request, as far as GitHub tells.

    GitHub tells when anything of an issue changed: its text, a label, a comment, a push. Any change after the request
    counts as one of the text, unless it may be the request's own mention of the issue.
    """
    if _author(item) == requester_of(intent):
        return True
    changed = seconds_of(str(item.get("updated_at") or ""))
    return changed is not None and changed <= moment_of(intent) + OWN_MENTION


def _author(item: Json) -> str:
    return str((item.get("user") or {}).get("login", "ghost"))


def _row(source: str, kind: str, why: str) -> Said:
    return Said((), (LeftOut(source=source, kind=kind, author="", at="", reason=why),))
