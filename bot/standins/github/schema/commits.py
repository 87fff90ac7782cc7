"""Commits, branches, references, file contents and check runs as JSON."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.standins.github.git import CommitFacts, FileChange, Person
from bot.standins.github.schema.issues import moment
from bot.standins.github.schema.people import app
from bot.standins.github.site import Site, timestamp
from bot.standins.github.world import CheckRun, Repository

Json = dict[str, Any]
UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


@dataclass(frozen=True)
class FileAt:
    """A file's bytes at a revision."""

    path: str
    revision: str
    data: bytes


def commit(site: Site, repo: Repository, facts: CommitFacts, *, changes: Sequence[FileChange] = ()) -> Json:
    api, html = f"{site.api}/repos/{repo.full_name}", f"{site.url}/{repo.full_name}"
    return {
        "url": f"{api}/commits/{facts.sha}",
        "sha": facts.sha,
        "node_id": f"C_{facts.sha}",
        "html_url": f"{html}/commit/{facts.sha}",
        "comments_url": f"{api}/commits/{facts.sha}/comments",
        "commit": _inner(api, facts),
        "author": None,
        "committer": None,
        "parents": [_parent(api, html, sha) for sha in facts.parents],
        "stats": _stats(changes),
        "files": [_file(api, html, facts.sha, one) for one in changes],
    }


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


def _file(api: str, html: str, sha: str, one: FileChange) -> Json:
    return {
        "sha": None,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{html}/blob/{sha}/{one.path}",
        "raw_url": f"{html}/raw/{sha}/{one.path}",
        "contents_url": f"{api}/contents/{one.path}?ref={sha}",
    }


def push_commit(site: Site, repo: Repository, facts: CommitFacts, *, changes: Sequence[FileChange]) -> Json:
    """A commit as the push event carries it."""
    by_status = {word: [one.path for one in changes if one.status == word] for word in ("added", "removed", "modified")}
    return {
        "id": facts.sha,
        "tree_id": facts.tree,
        "distinct": True,
        "message": facts.message,
        "timestamp": facts.committed_at,
        "url": f"{site.url}/{repo.full_name}/commit/{facts.sha}",
        "author": {"name": facts.author.name, "email": facts.author.email},
        "committer": {"name": facts.committer.name, "email": facts.committer.email},
        **by_status,
    }


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


def content(site: Site, repo: Repository, file: FileAt) -> Json:
    blob = hashlib.sha1(b"blob %d\0" % len(file.data) + file.data, usedforsecurity=False).hexdigest()
    url = f"{site.api}/repos/{repo.full_name}/contents/{file.path}?ref={file.revision}"
    git_url = f"{site.api}/repos/{repo.full_name}/git/blobs/{blob}"
    html = f"{site.url}/{repo.full_name}/blob/{file.revision}/{file.path}"
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(file.data),
        "name": file.path.rsplit("/", 1)[-1],
        "path": file.path,
        "content": base64.encodebytes(file.data).decode(),
        "sha": blob,
        "url": url,
        "git_url": git_url,
        "html_url": html,
        "download_url": f"{site.url}/{repo.full_name}/raw/{file.revision}/{file.path}",
        "_links": {"self": url, "git": git_url, "html": html},
    }


def check_run(site: Site, repo: Repository, one: CheckRun) -> Json:
    url = f"{site.api}/repos/{repo.full_name}/check-runs/{one.id}"
    output = {"title": one.title, "summary": one.summary, "text": one.text}
    return {
        "id": one.id,
        "node_id": f"CR_{one.id}",
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": f"{site.url}/{repo.full_name}/runs/{one.id}",
        "details_url": one.details_url,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": timestamp(one.started_at),
        "completed_at": moment(one.completed_at),
        "output": {**output, "annotations_count": 0, "annotations_url": f"{url}/annotations"},
        "name": one.name,
        "check_suite": {"id": repo.id},
        "app": app(site),
        "pull_requests": [],
    }
