"""Issues, comments, labels and reactions as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

from bot.standins.github.schema.people import app, user
from bot.standins.github.schema.repositories import repository
from bot.standins.github.site import Site, timestamp
from bot.standins.github.world import Comment, Label, Reaction, ReactionContent, Repository, Thread, User

Json = dict[str, Any]


def association(repo: Repository, author: User) -> str:
    """What the author is to the repository. An App is nothing to it, as on GitHub."""
    if author.id == repo.owner.id:
        return "OWNER"
    return "COLLABORATOR" if author.login.lower() in repo.roles else "NONE"


def label(site: Site, repo: Repository, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": f"LA_{one.id}",
        "url": f"{site.api}/repos/{repo.full_name}/labels/{one.name}",
        "name": one.name,
        "color": one.color,
        "default": False,
        "description": one.description or None,
        "archived_at": None,
        "archived_by": None,
    }


def reaction(site: Site, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": f"REA_{one.id}",
        "user": user(site, one.user),
        "content": one.content,
        "created_at": timestamp(one.created_at),
    }


def reaction_rollup(url: str, all_of_them: Iterable[Reaction]) -> Json:
    contents = [one.content for one in all_of_them]
    counts = {name: contents.count(name) for name in get_args(ReactionContent)}
    return {"url": f"{url}/reactions", "total_count": len(contents), **counts}


def comment(site: Site, repo: Repository, pair: tuple[Thread, Comment]) -> Json:
    thread, one = pair
    url = f"{site.api}/repos/{repo.full_name}/issues/comments/{one.id}"
    return {
        "url": url,
        "html_url": f"{html_url(site, repo, thread)}#issuecomment-{one.id}",
        "issue_url": f"{site.api}/repos/{repo.full_name}/issues/{thread.number}",
        "id": one.id,
        "node_id": f"IC_{one.id}",
        "user": user(site, one.author),
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
        "author_association": association(repo, one.author),
        "body": one.body,
        "reactions": reaction_rollup(url, one.reactions),
        "performed_via_github_app": app(site) if one.via_app else None,
    }


def html_url(site: Site, repo: Repository, thread: Thread) -> str:
    kind = "pull" if thread.pull else "issues"
    return f"{site.url}/{repo.full_name}/{kind}/{thread.number}"


def moment(at: datetime | None) -> str | None:
    return timestamp(at) if at else None


def issue(site: Site, repo: Repository, one: Thread) -> Json:
    url = f"{site.api}/repos/{repo.full_name}/issues/{one.number}"
    found = {
        "url": url,
        "repository_url": f"{site.api}/repos/{repo.full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": html_url(site, repo, one),
        "id": one.id,
        "node_id": f"I_{one.id}",
        "number": one.number,
        "title": one.title,
        "user": user(site, one.author),
        "labels": [label(site, repo, each) for each in one.labels],
        "state": one.state,
        "state_reason": one.state_reason,
        "locked": False,
        "active_lock_reason": None,
        "assignee": user(site, one.assignees[0]) if one.assignees else None,
        "assignees": [user(site, each) for each in one.assignees],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
        "closed_at": moment(one.closed_at),
        "author_association": association(repo, one.author),
        "body": one.body or None,
        "reactions": reaction_rollup(url, one.reactions),
        "performed_via_github_app": app(site) if one.via_app else None,
    }
    return found | (_pull_links(site, repo, one) if one.pull else {})


def full_issue(site: Site, repo: Repository, one: Thread) -> Json:
    """What `GET …/issues/{number}` answers; webhooks carry the short form."""
    closed_by = user(site, one.closed_by) if one.closed_by else None
    return {**issue(site, repo, one), "closed_by": closed_by, "repository": repository(site, repo)}


def _pull_links(site: Site, repo: Repository, one: Thread) -> Json:
    if one.pull is None:
        return {}
    html = html_url(site, repo, one)
    links = {
        "url": f"{site.api}/repos/{repo.full_name}/pulls/{one.number}",
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "merged_at": moment(one.pull.merged_at),
    }
    return {"pull_request": links, "draft": one.pull.draft}
