"""A repository as JSON: the short form that other resources carry, and the full one."""

from __future__ import annotations

from typing import Any

from bot.standins.github.schema.people import user
from bot.standins.github.site import Site, timestamp
from bot.standins.github.world import Repository

Json = dict[str, Any]
LINKS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}
SETTINGS = {
    "is_template": False,
    "has_issues": True,
    "has_projects": True,
    "has_wiki": False,
    "has_pages": False,
    "has_discussions": False,
    "has_downloads": True,
    "web_commit_signoff_required": False,
    "allow_forking": True,
}
COUNTS = dict.fromkeys(("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size"), 0)


def repository(site: Site, one: Repository) -> Json:
    url, html = f"{site.api}/repos/{one.full_name}", f"{site.url}/{one.full_name}"
    still_open = sum(thread.state == "open" for thread in one.threads.values())
    return {
        "id": one.id,
        "node_id": f"R_{one.id}",
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "owner": user(site, one.owner),
        "html_url": html,
        "description": one.description or None,
        "fork": one.fork_of is not None,
        "url": url,
        **{name: f"{url}/{path}" for name, path in LINKS.items()},
        **_addresses(site, one),
        **SETTINGS,
        **COUNTS,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "archived": one.archived,
        "disabled": False,
        "open_issues": still_open,
        "open_issues_count": still_open,
        "topics": [],
        "visibility": "private" if one.private else "public",
        "default_branch": one.default_branch,
        "created_at": timestamp(one.created_at),
        "updated_at": timestamp(one.pushed_at),
        "pushed_at": timestamp(one.pushed_at),
    }


def full_repository(site: Site, one: Repository) -> Json:
    """What `GET /repos/{owner}/{repo}` answers."""
    found = {**repository(site, one), "network_count": 0, "subscribers_count": 0}
    if one.fork_of is None:
        return found
    parent = repository(site, one.fork_of)
    return {**found, "parent": parent, "source": parent}


def short_repository(one: Repository) -> Json:
    """What installation events carry."""
    return {
        "id": one.id,
        "node_id": f"R_{one.id}",
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
    }


def _addresses(site: Site, one: Repository) -> Json:
    html = f"{site.url}/{one.full_name}"
    host = site.url.split("://", 1)[-1]
    return {
        "git_url": f"git://{host}/{one.full_name}.git",
        "ssh_url": f"git@{host}:{one.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
    }
