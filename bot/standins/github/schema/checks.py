"""Check runs, their suites and annotations as JSON."""

from __future__ import annotations

from typing import Any

from bot.standins.github.schema.issues import moment
from bot.standins.github.schema.people import app
from bot.standins.github.site import Site, timestamp
from bot.standins.github.world import Annotation, CheckRun, PullRequest, Repository, Thread

Json = dict[str, Any]


def check_run(site: Site, repo: Repository, one: CheckRun) -> Json:
    url = f"{site.api}/repos/{repo.full_name}/check-runs/{one.id}"
    html = f"{site.url}/{repo.full_name}/runs/{one.id}"
    output = {"title": one.title, "summary": one.summary, "text": one.text}
    counted = {"annotations_count": len(one.annotations), "annotations_url": f"{url}/annotations"}
    return {
        "id": one.id,
        "node_id": f"CR_{one.id}",
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": html,
        "details_url": one.details_url or html,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": timestamp(one.started_at),
        "completed_at": moment(one.completed_at),
        "output": {**output, **counted},
        "name": one.name,
        "check_suite": {"id": one.suite_id},
        "app": app(site),
        "pull_requests": _pulls(site, repo, one.head_sha),
    }


def check_run_event(site: Site, repo: Repository, one: CheckRun) -> Json:
    """A check run as `check_run` events carry it: with its suite."""
    return {**check_run(site, repo, one), "check_suite": _suite(site, repo, one)}


def _suite(site: Site, repo: Repository, one: CheckRun) -> Json:
    runs = [each for each in repo.check_runs.values() if each.suite_id == one.suite_id]
    done = all(each.status == "completed" for each in runs)
    at = timestamp(min(each.started_at for each in runs))
    return {
        "id": one.suite_id,
        "node_id": f"CS_{one.suite_id}",
        "head_branch": next((pull.head_ref for _, pull in _pulls_at(repo, one.head_sha)), None),
        "head_sha": one.head_sha,
        "status": "completed" if done else "in_progress",
        "conclusion": one.conclusion if done else None,
        "url": f"{site.api}/repos/{repo.full_name}/check-suites/{one.suite_id}",
        "before": None,
        "after": one.head_sha,
        "pull_requests": _pulls(site, repo, one.head_sha),
        "app": app(site),
        "created_at": at,
        "updated_at": at,
    }


def annotation(site: Site, repo: Repository, one: Annotation, *, sha: str) -> Json:
    return {
        "path": one.path,
        "blob_href": f"{site.url}/{repo.full_name}/blob/{sha}/{one.path}",
        "start_line": one.start_line,
        "start_column": one.start_column,
        "end_line": one.end_line,
        "end_column": one.end_column,
        "annotation_level": one.annotation_level,
        "title": one.title,
        "message": one.message,
        "raw_details": one.raw_details,
    }


def _pulls_at(repo: Repository, sha: str) -> list[tuple[Thread, PullRequest]]:
    """Those from branches of this repository: GitHub does not name pull requests from forks."""
    threads = (thread for thread in repo.threads.values() if thread.state == "open")
    pairs = [(thread, thread.pull) for thread in threads if thread.pull and thread.pull.head_sha == sha]
    return [pair for pair in pairs if pair[1].fork is None]


def _pulls(site: Site, repo: Repository, sha: str) -> list[Json]:
    return [_minimal_pull(site, repo, thread, pull) for thread, pull in _pulls_at(repo, sha)]


def _minimal_pull(site: Site, repo: Repository, thread: Thread, pull: PullRequest) -> Json:
    api = f"{site.api}/repos/{repo.full_name}"
    where = {"id": repo.id, "url": api, "name": repo.name}
    return {
        "url": f"{api}/pulls/{thread.number}",
        "id": pull.id,
        "number": thread.number,
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": where},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": where},
    }
