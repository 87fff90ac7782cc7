"""The page of one issue or pull request: what was said, by whom, and for a pull request what it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import HTMLResponse

from bot.standins.github.inspection import EMOJI
from bot.standins.github.page import markdown
from bot.standins.github.page.code import diff_view
from bot.standins.github.page.layout import face, labels, moment, page, state
from bot.standins.github.page.markup import Html, h, join
from bot.standins.github.schema.issues import association
from bot.standins.github.site import Site
from bot.standins.github.world import CheckRun, Comment, PullRequest, Reaction, Repository, Thread


@dataclass(frozen=True)
class Changes:
    """What git says of a pull request."""

    commits: Sequence[str]
    diff: str


async def thread_page(site: Site, repository: Repository, thread: Thread) -> HTMLResponse:
    changes = await _changes(site, repository, thread.pull) if thread.pull else None
    heading = h("h1", thread.title, " ", h("span", f"#{thread.number}", class_="number"))
    opening = Comment(
        id=0, author=thread.author, body=thread.body, created_at=thread.created_at, updated_at=thread.updated_at
    )
    opening.reactions = thread.reactions
    spoken = [said(repository, one) for one in [opening, *thread.comments]]
    parts = [heading, _meta(thread), *spoken, _checks(repository, thread), _changed(changes)]
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
    where = (
        h(
            "span",
            h("code", f"{pull.fork.owner.login}:{pull.head_ref}" if pull.fork else pull.head_ref),
            " → ",
            h("code", pull.base_ref),
        )
        if pull
        else None
    )
    assigned = f"assigned to {', '.join(one.login for one in thread.assignees)}" if thread.assignees else None
    opened = h("span", f"{thread.author.login} opened this ", moment(thread.created_at))
    return h("p", state(thread), where, labels(thread.labels), opened, assigned, class_="meta")


def said(repository: Repository, comment: Comment) -> Html:
    author = comment.author
    is_bot = author.type == "Bot"
    badge = "bot" if is_bot else {"OWNER": "owner", "COLLABORATOR": "collaborator"}.get(association(repository, author))
    head = h(
        "header",
        face(author),
        h("b", author.login),
        h("span", badge, class_="badge") if badge else None,
        h("span", "edited", class_="quiet") if comment.edited else None,
        moment(comment.created_at),
    )
    words = markdown.render(comment.body, repository=f"/{repository.full_name}")
    body = h("div", words or h("p", "No description.", class_="quiet"), class_="body")
    anchor = f"issuecomment-{comment.id}" if comment.id else None
    return h("article", head, body, _reactions(comment.reactions), class_=f"said{' bot' * is_bot}", id=anchor)


def _reactions(given: Sequence[Reaction]) -> Html | None:
    counted = Counter(EMOJI[one.content] for one in given)
    return (
        h("div", [h("span", f"{emoji} {count}") for emoji, count in counted.items()], class_="reactions")
        if counted
        else None
    )


def _checks(repository: Repository, thread: Thread) -> Html | None:
    head = thread.pull.head_sha if thread.pull else None
    runs = [_check(run) for run in repository.check_runs.values() if run.head_sha == head]
    return join([h("h2", "Checks"), h("div", runs, class_="list")]) if runs else None


def _check(run: CheckRun) -> Html:
    good = run.conclusion in (None, "success", "neutral", "skipped")
    word = h("span", run.conclusion or run.status, class_="good" if good else "poor")
    return h("div", h("b", run.name), word, h("span", run.title or "", class_="quiet"))


def _changed(changes: Changes | None) -> Html | None:
    if changes is None:
        return None
    listed = h("div", [h("div", message) for message in changes.commits], class_="list")
    return join([h("h2", f"Commits ({len(changes.commits)})"), listed, h("h2", "Changes"), diff_view(changes.diff)])
