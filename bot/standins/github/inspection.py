"""The state of the world as assertions want it: threads as a person reads them, pull requests, branches, files, diffs.

Mixed into the stand-in; nothing here changes anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.standins.github.git import BareRepository
from bot.standins.github.schema.issues import association
from bot.standins.github.site import Site
from bot.standins.github.webhooks import Delivery
from bot.standins.github.world import CheckRun, PullRequest, Reaction, Repository, Review, ReviewComment, Thread, User

HIDDEN = re.compile(r"<!--.*?-->\n?", re.DOTALL)
FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>.*?</details>", re.DOTALL)
EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}
REVIEWED = {
    "approved": "approved",
    "changes_requested": "requested changes",
    "commented": "reviewed",
    "dismissed": "reviewed (dismissed)",
    "pending": "is reviewing",
}
BADGES = {"OWNER": "owner", "COLLABORATOR": "collaborator"}


@dataclass(frozen=True, kw_only=True)
class PullRequestView:
    """A pull request in the words of an assertion; `head` of one from a fork is `owner:branch`."""

    number: int
    title: str
    body: str
    author: str
    state: str
    head: str
    base: str
    head_sha: str
    draft: bool
    labels: tuple[str, ...]


class Inspection:
    site: Site

    def thread(self, repository: str, number: int) -> str:
        """The thread as a person reads it: HTML comments are hidden, details folded to their summary."""
        repo = self._found(repository)
        thread = repo.threads[number]
        head = f"{repo.full_name}#{number} {thread.title} [{_state(thread)}]"
        labels = "".join(f" ({label.name})" for label in thread.labels)
        opening = _said(repo, thread.author, thread.body, thread.reactions)
        return "\n\n".join([head + labels, opening, *spoken(repo, thread)]) + "\n"

    def pull_requests(self, repository: str) -> list[PullRequestView]:
        """All of them, oldest first."""
        threads = self._found(repository).threads.values()
        return [view for thread in threads if (view := _pull_view(thread))]

    async def branches(self, repository: str) -> dict[str, str]:
        """Branch name → commit id."""
        refs = await self.bare(repository).refs()
        return {ref.removeprefix("refs/heads/"): sha for ref, sha in refs.items()}

    async def file_at(self, repository: str, ref: str, *, path: str) -> str | None:
        data = await self.bare(repository).file(ref, path)
        return None if data is None else data.decode(errors="replace")

    async def diff(self, repository: str, base: str, *, head: str) -> str:
        """What the head has changed since it left the base."""
        return await self.bare(repository).diff(f"{base}...{head}")

    async def commit_messages(self, repository: str, span: str) -> list[str]:
        git = self.bare(repository)
        return [(await git.commit_facts(sha)).message for sha in await git.commits(span)]

    def check_runs(self, repository: str, sha: str) -> list[CheckRun]:
        """The check runs on a commit, oldest first."""
        return [one for one in self._found(repository).check_runs.values() if one.head_sha == sha]

    def checks(self, repository: str, sha: str) -> str:
        """The same as a person reads them."""
        return "\n\n".join(map(_check, self.check_runs(repository, sha))) + "\n"

    def bare(self, repository: str) -> BareRepository:
        """The real git repository behind it; `.path` is where it lies."""
        return self.site.git(self._found(repository))

    @property
    def violations(self) -> list[str]:
        """Every call that no correct client would have made. A test house asserts that this is empty."""
        return [str(one) for one in self.site.violations]

    @property
    def deliveries(self) -> list[Delivery]:
        """The App's delivery log, oldest first."""
        return list(self.site.log.newest_first)[::-1]

    def _found(self, full_name: str) -> Repository:
        found = self.site.world.repository(full_name)
        if found is None:
            raise LookupError(full_name)
        return found


def _state(thread: Thread) -> str:
    if thread.pull and thread.pull.merged_at:
        return "merged"
    return "draft" if thread.pull and thread.pull.draft and thread.state == "open" else thread.state


def _said(repo: Repository, author: User, body: str, reactions: Iterable[Reaction], *, edited: bool = False) -> str:
    badge = "bot" if author.type == "Bot" else BADGES.get(association(repo, author))
    marks = ", ".join(mark for mark in (badge, "edited" if edited else None) if mark)
    visible = FOLDED.sub(r"▸ \1", HIDDEN.sub("", body)).strip()
    lines = [f"@{author.login}{f' ({marks})' if marks else ''}:"]
    lines += [f"    {line}".rstrip() for line in visible.splitlines()]
    counted = Counter(EMOJI[one.content] for one in reactions)
    if counted:
        lines.append("    " + " ".join(f"[{emoji} {count}]" for emoji, count in counted.items()))
    return "\n".join(lines)


def spoken(repo: Repository, thread: Thread) -> list[str]:
    """Comments and reviews in the order in which they came; answers stand below what they answer."""
    said = [(one.id, _said(repo, one.author, one.body, one.reactions, edited=one.edited)) for one in thread.comments]
    pull = thread.pull
    reviewed = [(one.id, _reviewed(repo, pull, one)) for one in shown_reviews(pull)] if pull else []
    return [text for _, text in sorted(said + reviewed)]


def shown_reviews(pull: PullRequest) -> list[Review]:
    """Those that say something of their own; the ones that only carry answers are not shown."""
    return [
        one
        for one in pull.reviews
        if one.body or one.state != "commented" or any(each.review is one for each in first_comments(pull))
    ]


def first_comments(pull: PullRequest) -> list[ReviewComment]:
    return [one for one in pull.review_comments if one.in_reply_to is None]


def _reviewed(repo: Repository, pull: PullRequest, review: Review) -> str:
    head, _, body = _said(repo, review.author, review.body, (), edited=review.edits > 0).partition("\n")
    parts = [f"{head[:-1]} {REVIEWED[review.state]}:" + (f"\n{body}" if body else "")]
    for first in first_comments(pull):
        if first.review is review:
            answers = [one for one in pull.review_comments if one.in_reply_to is first]
            parts.append(_conversation(repo, [first, *answers]))
    return "\n".join(parts)


def _conversation(repo: Repository, comments: list[ReviewComment]) -> str:
    first = comments[0]
    outdated = " (outdated)" if first.outdated else ""
    line = first.anchor.diff_hunk.rsplit("\n", 1)[-1]
    said = [
        _said(repo, one.author, one.body, one.reactions, edited=one.edits > 0).replace("\n", "\n    ")
        for one in comments
    ]
    head = f"    {first.anchor.path}:{first.anchor.line}{outdated}  {line}"
    return "\n".join([head, *(f"    {one}" for one in said)])


def _check(run: CheckRun) -> str:
    lines = [f"{run.name} [{run.conclusion or run.status}]{f' {run.title}' if run.title else ''}"]
    lines += [f"    {line}".rstrip() for text in (run.summary, run.text) if text for line in text.splitlines()]
    lines += [
        f"    {one.path}:{one.start_line} {one.annotation_level}: {one.message}"
        + (f" ({one.title})" if one.title else "")
        for one in run.annotations
    ]
    return "\n".join(lines)


def _pull_view(thread: Thread) -> PullRequestView | None:
    pull = thread.pull
    if pull is None:
        return None
    return PullRequestView(
        number=thread.number,
        title=thread.title,
        body=thread.body,
        author=thread.author.login,
        state=_state(thread),
        head=f"{pull.fork.owner.login}:{pull.head_ref}" if pull.fork else pull.head_ref,
        base=pull.base_ref,
        head_sha=pull.head_sha,
        draft=pull.draft,
        labels=tuple(label.name for label in thread.labels),
    )
