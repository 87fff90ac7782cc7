"""Check runs: the App's own marks on a commit. Only an installation token may write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from bot.standins.github.rest.call import Answer, Call, Endpoint, page_links
from bot.standins.github.schema import commits
from bot.standins.github.strict import Page, Refusal, Strict, not_found
from bot.standins.github.world import CheckRun

Conclusion = Literal["action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"]
Status = Literal["queued", "in_progress", "completed", "waiting", "requested", "pending"]
LONGEST_TEXT = 65535


class Output(Strict):
    title: str
    summary: str = Field(max_length=LONGEST_TEXT)
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)


class CheckRunPatch(Strict):
    name: str | None = None
    details_url: str | None = None
    external_id: str | None = None
    status: Status | None = None
    conclusion: Conclusion | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    output: Output | None = None


class NewCheckRun(CheckRunPatch):
    name: str
    head_sha: str


class CheckRunsQuery(Page):
    check_name: str | None = None
    status: Literal["queued", "in_progress", "completed"] | None = None
    filter: Literal["latest", "all"] = "latest"
    app_id: int | None = None


async def create_check_run(call: Call) -> Answer:
    repository = call.repository("checks", "write")
    new: NewCheckRun = call.body
    if not await call.site.git(repository).resolve(new.head_sha):
        raise Refusal(422, f"No commit found for SHA: {new.head_sha}")
    run = CheckRun(id=call.site.world.new_id(), name=new.name, head_sha=new.head_sha, started_at=call.site.world.now())
    repository.check_runs[run.id] = run
    _apply(call, run, new)
    return Answer(commits.check_run(call.site, repository, run), 201)


async def update_check_run(call: Call) -> Answer:
    repository = call.repository("checks", "write")
    run = repository.check_runs.get(call.path["check_run_id"])
    if run is None:
        raise not_found()
    _apply(call, run, call.body)
    return Answer(commits.check_run(call.site, repository, run))


def _apply(call: Call, run: CheckRun, patch: CheckRunPatch) -> None:
    """A conclusion completes the run; a completed run must have one."""
    given = patch.model_dump(exclude_unset=True, exclude={"output", "head_sha"})
    for name, value in given.items():
        setattr(run, name, value.astimezone(UTC) if isinstance(value, datetime) else value)
    if patch.output:
        run.title, run.summary, run.text = patch.output.title, patch.output.summary, patch.output.text
    if patch.conclusion:
        run.status, run.completed_at = "completed", run.completed_at or call.site.world.now()
    if run.status == "completed" and run.conclusion is None:
        raise Refusal(422, "Invalid request.\n\nMissing required key: conclusion.", violation="no conclusion")


async def get_check_run(call: Call) -> Answer:
    repository = call.repository("checks", "read")
    run = repository.check_runs.get(call.path["check_run_id"])
    if run is None:
        raise not_found()
    return Answer(commits.check_run(call.site, repository, run))


async def list_check_runs(call: Call) -> Answer:
    repository, query = call.repository("checks", "read"), call.query
    sha = await call.site.git(repository).resolve(call.path["ref"])
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {call.path['ref']}")
    found = [one for one in repository.check_runs.values() if one.head_sha == sha and _wanted(one, query)]
    start = (query.page - 1) * query.per_page
    shown: list[Any] = [commits.check_run(call.site, repository, one) for one in found[start : start + query.per_page]]
    return Answer({"total_count": len(found), "check_runs": shown}, headers=page_links(call, len(found)))


def _wanted(run: CheckRun, query: CheckRunsQuery) -> bool:
    return query.check_name in (None, run.name) and query.status in (None, run.status)


REPOSITORY = "/repos/{owner}/{repo}"
ENDPOINTS = [
    Endpoint(method="POST", path=f"{REPOSITORY}/check-runs", handler=create_check_run, body=NewCheckRun),
    Endpoint(method="GET", path=f"{REPOSITORY}/check-runs/{{check_run_id:int}}", handler=get_check_run),
    Endpoint(
        method="PATCH",
        path=f"{REPOSITORY}/check-runs/{{check_run_id:int}}",
        handler=update_check_run,
        body=CheckRunPatch,
    ),
    Endpoint(
        method="GET",
        path=f"{REPOSITORY}/commits/{{ref:path}}/check-runs",
        handler=list_check_runs,
        query=CheckRunsQuery,
    ),
]
