"""Of GitHub's GraphQL schema: a repository, its issues and pull requests, and what is said there. Called by door.py.

Names and types are those of https://docs.github.com/graphql/reference/objects.
"""

from __future__ import annotations

from typing import Any

from bot.standins.github.graphql.answering import Faulty, Thing, connection, value
from bot.standins.github.schema.issues import html_url
from bot.standins.github.site import Site, timestamp
from bot.standins.github.strict import Refusal
from bot.standins.github.tokens import Caller, check
from bot.standins.github.world import Comment, Repository, Review, ReviewComment, Thread

Json = dict[str, Any]


def root(site: Site, caller: Caller) -> Thing:
    """The query's own fields, as this caller may see them."""

    def repository(arguments: Json) -> Thing:
        _only(arguments, "owner", "name", "followRenames")
        name = f"{arguments.get('owner')}/{arguments.get('name')}"
        found = site.world.repository(name) or site.world.formerly(name)
        if found is None or not _may(caller, found, "metadata"):
            raise Faulty(f"Could not resolve to a Repository with the name '{name}'.", "NOT_FOUND")
        return _repository(site, caller, found)

    return Thing("Query", {"repository": repository})


def _only(arguments: Json, *names: str) -> None:
    if unknown := set(arguments) - set(names):
        raise Faulty(f"Field doesn't accept argument '{min(unknown)}'")


def _may(caller: Caller, repository: Repository, permission: str) -> bool:
    try:
        check(caller, repository, permission, "read")
    except Refusal:
        return False
    return True


def _repository(site: Site, caller: Caller, repository: Repository) -> Thing:
    def thread(arguments: Json) -> Thing:
        _only(arguments, "number")
        found = repository.threads.get(arguments["number"])
        if found is None:
            message = f"Could not resolve to an issue or pull request with the number of {arguments['number']}."
            raise Faulty(message, "NOT_FOUND")
        if not _may(caller, repository, "pull_requests" if found.pull else "issues"):
            raise Faulty("Resource not accessible by integration", "FORBIDDEN")
        return _thread(site, repository, found)

    fields = {
        "databaseId": value(repository.id),
        "nameWithOwner": value(repository.full_name),
        "issueOrPullRequest": thread,
    }
    return Thing("Repository", fields)


def _thread(site: Site, repository: Repository, thread: Thread) -> Thing:
    page = html_url(site, repository, thread)
    comments = [_said("IssueComment", f"{page}#issuecomment-{one.id}", one) for one in thread.comments]
    fields = {"number": value(thread.number), "comments": connection("IssueCommentConnection", comments)}
    if thread.pull is None:
        return Thing("Issue", fields)
    reviews = [_said("PullRequestReview", f"{page}#pullrequestreview-{one.id}", one) for one in thread.pull.reviews]
    roots = [one for one in thread.pull.review_comments if one.in_reply_to is None]
    threads = [_review_thread(page, one, thread.pull.review_comments) for one in roots]
    fields |= {
        "reviews": connection("PullRequestReviewConnection", reviews),
        "reviewThreads": connection("PullRequestReviewThreadConnection", threads),
    }
    return Thing("PullRequest", fields)


def _review_thread(page: str, root: ReviewComment, all_comments: list[ReviewComment]) -> Thing:
    mine = [one for one in all_comments if one is root or one.in_reply_to is root]
    said = [_said("PullRequestReviewComment", f"{page}#discussion_r{one.id}", one) for one in mine]
    fields = {
        "isResolved": value(root.resolved),
        "isOutdated": value(root.outdated),
        "path": value(root.anchor.path),
        "comments": connection("PullRequestReviewCommentConnection", said),
    }
    return Thing("PullRequestReviewThread", fields)


def _said(kind: str, url: str, one: Comment | Review | ReviewComment) -> Thing:
    fields = {
        "url": value(url),
        "isMinimized": value(bool(one.minimized)),
        "minimizedReason": value(one.minimized or None),
        "lastEditedAt": value(timestamp(one.updated_at) if one.edits else None),
    }
    return Thing(kind, fields)
