"""Reviews of pull requests and their inline comments as JSON: as REST answers them, and as webhooks carry them."""

from __future__ import annotations

from typing import Any

from bot.standins.github.schema.issues import association, html_url, reaction_rollup
from bot.standins.github.schema.people import user
from bot.standins.github.site import Site, timestamp
from bot.standins.github.world import Repository, Review, ReviewComment, Thread

Json = dict[str, Any]


def review(site: Site, repo: Repository, thread: Thread, *, one: Review) -> Json:
    """REST's form: the state in capitals, a body that is never null."""
    html = f"{html_url(site, repo, thread)}#pullrequestreview-{one.id}"
    pull = _pull_url(site, repo, thread)
    return {
        "id": one.id,
        "node_id": f"PRR_{one.id}",
        "user": user(site, one.author),
        "body": one.body,
        "state": one.state.upper(),
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repo, one.author),
        "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
        "submitted_at": timestamp(one.submitted_at),
        "commit_id": one.commit_id,
    }


def review_event(site: Site, repo: Repository, thread: Thread, *, one: Review) -> Json:
    """The webhook's form: the state in small letters, null for no body."""
    found = review(site, repo, thread, one=one)
    return {**found, "state": one.state, "body": one.body or None, "updated_at": timestamp(one.updated_at)}


def _pull_url(site: Site, repo: Repository, thread: Thread) -> str:
    return f"{site.api}/repos/{repo.full_name}/pulls/{thread.number}"


def review_comment(site: Site, repo: Repository, thread: Thread, *, one: ReviewComment) -> Json:
    """`line` and `position` are null once the line is no longer in the diff; the original ones stay."""
    url = f"{site.api}/repos/{repo.full_name}/pulls/comments/{one.id}"
    html, pull = f"{html_url(site, repo, thread)}#discussion_r{one.id}", _pull_url(site, repo, thread)
    found = {
        "url": url,
        "pull_request_review_id": one.review.id,
        "id": one.id,
        "node_id": f"PRRC_{one.id}",
        "user": user(site, one.author),
        "body": one.body,
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.updated_at),
        "html_url": html,
        "pull_request_url": pull,
        "author_association": association(repo, one.author),
        "_links": {"self": {"href": url}, "html": {"href": html}, "pull_request": {"href": pull}},
        "reactions": reaction_rollup(url, one.reactions),
        **_place(one),
    }
    return found | ({"in_reply_to_id": one.in_reply_to.id} if one.in_reply_to else {})


def _place(one: ReviewComment) -> Json:
    at = one.anchor
    return {
        "diff_hunk": at.diff_hunk,
        "path": at.path,
        "commit_id": one.commit_id,
        "original_commit_id": at.commit_id,
        "line": None if one.outdated else at.line,
        "original_line": at.line,
        "start_line": None if one.outdated else at.start_line,
        "original_start_line": at.start_line,
        "side": at.side,
        "start_side": at.side if at.start_line else None,
        "position": None if one.outdated else at.position,
        "original_position": at.position,
        "subject_type": "line",
    }
