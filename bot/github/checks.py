"""Check Runs: the App's own marks on a commit, found by their external id before one is made. For bot/perform.py.

GitHub takes fifty annotations a call and adds them to those that are there, so that a crash between two calls goes on
where it ended.
"""

from typing import Any
from urllib.parse import quote

from bot.github.client import GitHub
from handlers.check_run import Annotation, CheckRun

Json = dict[str, Any]

AT_ONCE = 50
"""Annotations of one call; GitHub refuses more."""
LONGEST_TITLE = 255
LONGEST_TEXT = 65_000
"""Characters of a summary or message; GitHub takes 65,535."""


async def written(github: GitHub, repository: str, installation: int, run: CheckRun) -> int:
    """The Check Run of this external id on its commit, saying this now; its number. Raises Later, GitHubRefused."""
    found = await find(github, repository, installation, run)
    if found is None:
        path = f"/repos/{repository}/check-runs"
        body = {"head_sha": run.head_sha, **_document(run, run.annotations[:AT_ONCE])}
        found = await github.call("POST", path, installation=installation, body=body)
        told = len(run.annotations[:AT_ONCE])
    else:
        told = int(found["output"]["annotations_count"])
        if not _says(found, run):
            await _edit(github, (repository, installation), found["id"], _document(run, ()))
    for start in range(told, len(run.annotations), AT_ONCE):
        document = _document(run, run.annotations[start : start + AT_ONCE])
        await _edit(github, (repository, installation), found["id"], document)
    return int(found["id"])


async def find(github: GitHub, repository: str, installation: int, run: CheckRun) -> Json | None:
    """Our Check Run with this external id on this commit, or None."""
    path = f"/repos/{repository}/commits/{quote(run.head_sha, safe='')}/check-runs"
    params = {"check_name": run.name, "filter": "all"}
    async for found in github.pages(path, installation=installation, params=params, key="check_runs"):
        if found.get("external_id") == run.external_id and (found.get("app") or {}).get("id") == github.app_id:
            return dict(found)
    return None


async def _edit(github: GitHub, where: tuple[str, int], number: int, document: Json) -> None:
    repository, installation = where
    path = f"/repos/{repository}/check-runs/{number}"
    await github.call("PATCH", path, installation=installation, body=document)


def _says(found: Json, run: CheckRun) -> bool:
    """Whether it says this already."""
    output = found["output"]
    shown = (found["status"], found["conclusion"], output["title"], output["summary"])
    return shown == (run.status, run.conclusion, run.title[:LONGEST_TITLE], run.summary[:LONGEST_TEXT])


def _document(run: CheckRun, annotations: tuple[Annotation, ...]) -> Json:
    output: Json = {"title": run.title[:LONGEST_TITLE], "summary": run.summary[:LONGEST_TEXT]}
    if annotations:
        output["annotations"] = [_annotation(annotation) for annotation in annotations]
    document: Json = {"name": run.name, "external_id": run.external_id, "status": run.status, "output": output}
    return document | ({"conclusion": run.conclusion} if run.conclusion else {})


def _annotation(annotation: Annotation) -> Json:
    document: Json = {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.end_line or annotation.line,
        "annotation_level": annotation.level,
        "message": annotation.message[:LONGEST_TEXT],
    }
    return document | ({"title": annotation.title[:LONGEST_TITLE]} if annotation.title else {})
