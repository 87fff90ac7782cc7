"""Pull requests as JSON: the short form of lists, and the full one with numbers that git has counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.standins.github.schema.issues import association, html_url, label, moment
from bot.standins.github.schema.people import user
from bot.standins.github.schema.repositories import repository
from bot.standins.github.site import Site, timestamp
from bot.standins.github.world import PullRequest, Repository, Thread

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class PullNumbers:
    """What git says of a pull request. `mergeable` is None for one that is closed."""

    commits: int
    additions: int
    deletions: int
    changed_files: int
    mergeable: bool | None


def short_pull(site: Site, repo: Repository, pair: tuple[Thread, PullRequest]) -> Json:
    thread, pull = pair
    return {
        **_links(site, repo, thread),
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "number": thread.number,
        "state": thread.state,
        "locked": False,
        "active_lock_reason": None,
        "title": thread.title,
        "user": user(site, thread.author),
        "body": thread.body or None,
        "labels": [label(site, repo, each) for each in thread.labels],
        "milestone": None,
        "created_at": timestamp(thread.created_at),
        "updated_at": timestamp(thread.updated_at),
        "closed_at": moment(thread.closed_at),
        "merged_at": moment(pull.merged_at),
        "merge_commit_sha": pull.merge_sha,
        "assignee": user(site, thread.assignees[0]) if thread.assignees else None,
        "assignees": [user(site, each) for each in thread.assignees],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _head(site, repo, pull),
        "base": _side(site, repo, ref=pull.base_ref, sha=pull.base_sha),
        "author_association": association(repo, thread.author),
        "auto_merge": None,
        "draft": pull.draft,
    }


def full_pull(site: Site, repo: Repository, pair: tuple[Thread, PullRequest], *, numbers: PullNumbers) -> Json:
    thread, pull = pair
    state = {True: "clean", False: "dirty", None: "unknown"}[numbers.mergeable]
    return {
        **short_pull(site, repo, pair),
        "merged": pull.merged_at is not None,
        "mergeable": numbers.mergeable,
        "rebaseable": numbers.mergeable,
        "mergeable_state": state,
        "merged_by": user(site, pull.merged_by) if pull.merged_by else None,
        "comments": len(thread.comments),
        "review_comments": len(pull.review_comments),
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": numbers.commits,
        "additions": numbers.additions,
        "deletions": numbers.deletions,
        "changed_files": numbers.changed_files,
    }


def _head(site: Site, repo: Repository, pull: PullRequest) -> Json:
    """A fork that is gone leaves null for its repository; what was proposed stays."""
    found = _side(site, pull.fork or repo, ref=pull.head_ref, sha=pull.head_sha)
    return {**found, "repo": None} if pull.fork_gone else found


def _side(site: Site, repo: Repository, *, ref: str, sha: str) -> Json:
    return {
        "label": f"{repo.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(site, repo.owner),
        "repo": repository(site, repo),
    }


def _links(site: Site, repo: Repository, thread: Thread) -> Json:
    api, html = f"{site.api}/repos/{repo.full_name}", html_url(site, repo, thread)
    pull, issue = f"{api}/pulls/{thread.number}", f"{api}/issues/{thread.number}"
    head = thread.pull.head_sha if thread.pull else ""
    urls = {
        "commits": f"{pull}/commits",
        "review_comments": f"{pull}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "comments": f"{issue}/comments",
        "statuses": f"{api}/statuses/{head}",
    }
    own = {"self": {"href": pull}, "html": {"href": html}, "issue": {"href": issue}}
    return {
        "url": pull,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        **{f"{name}_url": url for name, url in urls.items()},
        "_links": {**own, **{name: {"href": url} for name, url in urls.items()}},
    }
