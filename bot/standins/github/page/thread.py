"""The page of one issue or pull request: what was said, by whom, and for a pull request what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import HTMLResponse

from bot.standins.github.inspection import shown_reviews
from bot.standins.github.page.checks import check_list
from bot.standins.github.page.code import diff_view
from bot.standins.github.page.layout import labels, moment, page, state
from bot.standins.github.page.markup import Html, h, join
from bot.standins.github.page.reviews import review_box
from bot.standins.github.page.said import Saying, box, of_comment
from bot.standins.github.site import Site
from bot.standins.github.world import PullRequest, Repository, Thread


@dataclass(frozen=True)
class Changes:
    """What git says of a pull request."""

    commits: Sequence[str]
    diff: str


async def thread_page(site: Site, repository: Repository, thread: Thread) -> HTMLResponse:
    changes = await _changes(site, repository, thread.pull) if thread.pull else None
    heading = h("h1", thread.title, " ", h("span", f"#{thread.number}", class_="number"))
    opening = Saying(
        author=thread.author, body=thread.body, at=thread.created_at, anchor=None, reactions=thread.reactions
    )
    checks = check_list(repository, thread.pull.head_sha) if thread.pull else None
    parts = [heading, _meta(thread), box(repository, opening), *_spoken(repository, thread), checks, _changed(changes)]
    address = f"/{repository.full_name}"
    crumbs = [(repository.full_name, address), (f"#{thread.number}", f"{address}/issues/{thread.number}")]
    return page(f"{thread.title} · #{thread.number}", *parts, crumbs=crumbs)


async def _changes(site: Site, repository: Repository, pull: PullRequest) -> Changes:
    git = site.git(repository)
    base = await git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    shas = await git.commits(f"{base}..{pull.head_sha}")
    messages = [(await git.commit_facts(sha)).message.splitlines()[0] for sha in shas]
    return Changes(messages, await git.diff(f"{base}..{pull.head_sha}"))


def _meta(thread: Thread) -> Html:
    pull = thread.pull
    head = f"{pull.fork.owner.login}:{pull.head_ref}" if pull and pull.fork else pull.head_ref if pull else ""
    where = h("span", h("code", head), " → ", h("code", pull.base_ref)) if pull else None
    assigned = f"assigned to {', '.join(one.login for one in thread.assignees)}" if thread.assignees else None
    opened = h("span", f"{thread.author.login} opened this ", moment(thread.created_at))
    return h("p", state(thread), where, labels(thread.labels), opened, assigned, class_="meta")


def _spoken(repository: Repository, thread: Thread) -> list[Html]:
    """Comments and reviews in the order in which they came."""
    said = [(one.id, box(repository, of_comment(one))) for one in thread.comments]
    pull = thread.pull
    reviewed = [(one.id, review_box(repository, pull, one)) for one in shown_reviews(pull)] if pull else []
    return [shown for _, shown in sorted(said + reviewed)]


def _changed(changes: Changes | None) -> Html | None:
    if changes is None:
        return None
    listed = h("div", [h("div", message) for message in changes.commits], class_="list")
    return join([h("h2", f"Commits ({len(changes.commits)})"), listed, h("h2", "Changes"), diff_view(changes.diff)])
