"""Commits, branches, references and changed files as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.standins.github.git import CommitFacts, FileChange, Person
from bot.standins.github.schema.people import user
from bot.standins.github.site import Site
from bot.standins.github.world import Repository

NOREPLY = re.compile(r"^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$")
Json = dict[str, Any]
UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
MOST_NAMED = 3000
"""Changed files that a push names for one commit."""


def commit(site: Site, repo: Repository, facts: CommitFacts) -> Json:
    api, html = f"{site.api}/repos/{repo.full_name}", f"{site.url}/{repo.full_name}"
    return {
        "url": f"{api}/commits/{facts.sha}",
        "sha": facts.sha,
        "node_id": f"C_{facts.sha}",
        "html_url": f"{html}/commit/{facts.sha}",
        "comments_url": f"{api}/commits/{facts.sha}/comments",
        "commit": _inner(api, facts),
        "author": known_user(site, facts.author),
        "committer": known_user(site, facts.committer),
        "parents": [_parent(api, html, sha) for sha in facts.parents],
    }


def full_commit(
    site: Site, repo: Repository, facts: CommitFacts, *, changes: Sequence[FileChange], patches: Mapping[str, str]
) -> Json:
    """What `GET …/commits/{ref}` answers: with the files that it changes."""
    files = [file_change(site, repo, facts.sha, change=one, patch=patches.get(one.path)) for one in changes]
    return {**commit(site, repo, facts), "stats": _stats(changes), "files": files}


def known_user(site: Site, person: Person) -> Json | None:
    """The account behind an address, for those that GitHub gives out itself."""
    login = NOREPLY.match(person.email)
    found = site.world.user(login[1]) if login else None
    return user(site, found) if found else None


def _inner(api: str, facts: CommitFacts) -> Json:
    return {
        "url": f"{api}/git/commits/{facts.sha}",
        "author": _person(facts.author, facts.authored_at),
        "committer": _person(facts.committer, facts.committed_at),
        "message": facts.message,
        "comment_count": 0,
        "tree": {"sha": facts.tree, "url": f"{api}/git/trees/{facts.tree}"},
        "verification": UNSIGNED,
    }


def _person(one: Person, at: str) -> Json:
    return {"name": one.name, "email": one.email, "date": at}


def _parent(api: str, html: str, sha: str) -> Json:
    return {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{html}/commit/{sha}"}


def _stats(changes: Sequence[FileChange]) -> Json:
    added, removed = sum(one.additions for one in changes), sum(one.deletions for one in changes)
    return {"additions": added, "deletions": removed, "total": added + removed}


def file_change(site: Site, repo: Repository, sha: str, *, change: FileChange, patch: str | None) -> Json:
    """A changed file as commits, comparisons and pull requests list it. `sha` is the commit that it is read at."""
    api, html = f"{site.api}/repos/{repo.full_name}", f"{site.url}/{repo.full_name}"
    path = quote(change.path)
    found = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{html}/blob/{sha}/{path}",
        "raw_url": f"{html}/raw/{sha}/{path}",
        "contents_url": f"{api}/contents/{path}?ref={sha}",
    }
    return found | ({} if patch is None else {"patch": patch})


def push_commit(site: Site, repo: Repository, facts: CommitFacts, *, changes: Sequence[FileChange]) -> Json:
    """A commit as the push event carries it."""
    named = changes[:MOST_NAMED]
    by_status = {word: [one.path for one in named if one.status == word] for word in ("added", "removed", "modified")}
    return {
        "id": facts.sha,
        "tree_id": facts.tree,
        "distinct": True,
        "message": facts.message,
        "timestamp": facts.committed_at,
        "url": f"{site.url}/{repo.full_name}/commit/{facts.sha}",
        "author": _push_person(facts.author, facts.authored_at),
        "committer": _push_person(facts.committer, facts.committed_at),
        **by_status,
    }


def _push_person(one: Person, at: str) -> Json:
    login = NOREPLY.match(one.email)
    return {"name": one.name, "email": one.email, "date": at, **({"username": login[1]} if login else {})}


def branch(site: Site, repo: Repository, name: str, *, tip: Json) -> Json:
    url = f"{site.api}/repos/{repo.full_name}/branches/{name}"
    protected = name == repo.default_branch
    return {
        "name": name,
        "commit": tip,
        "_links": {"self": url, "html": f"{site.url}/{repo.full_name}/tree/{name}"},
        "protected": protected,
        "protection": {"enabled": protected},
        "protection_url": f"{url}/protection",
    }


def reference(site: Site, repo: Repository, name: str, *, sha: str) -> Json:
    api = f"{site.api}/repos/{repo.full_name}/git"
    return {
        "ref": name,
        "node_id": f"REF_{repo.id}:{name}",
        "url": f"{api}/{name}",
        "object": {"sha": sha, "type": "commit", "url": f"{api}/commits/{sha}"},
    }
