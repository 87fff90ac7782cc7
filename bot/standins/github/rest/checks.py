"""Check runs: the App's own marks on a commit, with remarks on lines. Only an installation token may write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from bot.standins.github import check_acts
from bot.standins.github.rest.call import Answer, Call, Endpoint, page_links, paged
from bot.standins.github.schema import checks
from bot.standins.github.strict import Page, Refusal, Strict, not_found
from bot.standins.github.world import Annotation, AnnotationLevel, CheckAction, CheckRun, Repository

Conclusion = Literal["action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"]
Status = Literal["queued", "in_progress", "completed", "waiting", "requested", "pending"]
LONGEST_TEXT = 65535
MOST_ANNOTATIONS = 50
MOST_ACTIONS = 3


class AnnotationBody(Strict):
    path: str
    start_line: int = Field(ge=1)
    end_line: int = Field(ge=1)
    start_column: int | None = Field(default=None, ge=1)
    end_column: int | None = Field(default=None, ge=1)
    annotation_level: AnnotationLevel
    message: str = Field(max_length=64 * 1024)
    title: str | None = Field(default=None, max_length=255)
    raw_details: str | None = Field(default=None, max_length=64 * 1024)

    @model_validator(mode="after")
    def _columns_on_one_line(self) -> AnnotationBody:
        if self.end_line < self.start_line:
            raise ValueError("end_line is before start_line")
        if (self.start_column or self.end_column) and self.start_line != self.end_line:
            raise ValueError("columns are for remarks on one line")
        return self


class Image(Strict):
    alt: str
    image_url: str
    caption: str | None = None


class Output(Strict):
    title: str | None = None
    summary: str = Field(max_length=LONGEST_TEXT)
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    annotations: list[AnnotationBody] = []
    images: list[Image] = []


class NewOutput(Output):
    title: str


class ActionBody(Strict):
    label: str = Field(max_length=20)
    description: str = Field(max_length=40)
    identifier: str = Field(max_length=20)


class CheckRunPatch(Strict):
    name: str | None = None
    details_url: str | None = None
    external_id: str | None = None
    status: Status | None = None
    conclusion: Conclusion | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    output: Output | None = None
    actions: list[ActionBody] | None = None


class NewCheckRun(CheckRunPatch):
    name: str
    head_sha: str
    output: NewOutput | None = None


class CheckRunsQuery(Page):
    check_name: str | None = None
    status: Literal["queued", "in_progress", "completed"] | None = None
    filter: Literal["latest", "all"] = "latest"
    app_id: int | None = None


async def create_check_run(call: Call) -> Answer:
    repository = _writable(call)
    new: NewCheckRun = call.body
    sha = await call.site.git(repository).resolve(new.head_sha)
    if sha != new.head_sha:
        raise Refusal(422, f"No commit found for SHA: {new.head_sha}")
    change = _change(new, CheckRun(id=0, suite_id=0, name="", head_sha="", started_at=call.site.world.now()))
    run = check_acts.create(call.site, repository, call.actor, name=new.name, sha=sha, change=change)
    return Answer(checks.check_run(call.site, repository, run), 201)


def _writable(call: Call) -> Repository:
    """GitHub lets nobody but Apps write checks."""
    repository = call.repository("checks", "write")
    call.installation()
    return repository


async def update_check_run(call: Call) -> Answer:
    repository = _writable(call)
    run = _run(call, repository)
    check_acts.update(call.site, repository, call.actor, run=run, change=_change(call.body, run))
    return Answer(checks.check_run(call.site, repository, run))


def _run(call: Call, repository: Repository) -> CheckRun:
    found = repository.check_runs.get(call.path["check_run_id"])
    if found is None:
        raise not_found()
    return found


def _change(patch: CheckRunPatch, run: CheckRun) -> check_acts.CheckChange:
    """What the body asks for; refused whole, in GitHub's words, before anything is changed."""
    output = patch.output
    _at_most(MOST_ANNOTATIONS, len(output.annotations) if output else 0)
    _at_most(MOST_ACTIONS, len(patch.actions or ()))
    completes = patch.status == "completed" or (patch.status is None and run.status == "completed")
    if completes and patch.conclusion is None and run.conclusion is None:
        raise Refusal(422, "Invalid request.\n\nMissing required key: conclusion.", violation="no conclusion")
    if patch.conclusion and patch.status not in (None, "completed"):
        raise Refusal(422, "Invalid request.\n\nconclusion is for completed runs.", violation="a conclusion too early")
    given = patch.model_dump(exclude_unset=True, exclude={"output", "head_sha", "actions"})
    fields = {key: value.astimezone(UTC) if isinstance(value, datetime) else value for key, value in given.items()}
    said = output.model_dump(exclude_unset=True, include={"title", "summary", "text"}) if output else {}
    return check_acts.CheckChange(
        fields=fields | said,
        annotations=tuple(Annotation(**one.model_dump()) for one in (output.annotations if output else ())),
        actions=None if patch.actions is None else tuple(CheckAction(**one.model_dump()) for one in patch.actions),
    )


def _at_most(most: int, given: int) -> None:
    if given > most:
        message = f"Invalid request.\n\nNo more than {most} items are allowed; {given} were supplied."
        raise Refusal(422, message, violation=f"{given} items where {most} are allowed")


async def get_check_run(call: Call) -> Answer:
    repository = call.repository("checks", "read")
    return Answer(checks.check_run(call.site, repository, _run(call, repository)))


async def list_annotations(call: Call) -> Answer:
    repository = call.repository("checks", "read")
    run = _run(call, repository)
    return paged(call, [checks.annotation(call.site, repository, one, sha=run.head_sha) for one in run.annotations])


async def list_check_runs(call: Call) -> Answer:
    repository, query = call.repository("checks", "read"), call.query
    sha = await call.site.git(repository).resolve(call.path["ref"])
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {call.path['ref']}")
    found = _listed([one for one in repository.check_runs.values() if one.head_sha == sha], query)
    if query.app_id not in (None, call.site.app.app_id):
        found = []
    start = (query.page - 1) * query.per_page
    shown: list[Any] = [checks.check_run(call.site, repository, one) for one in found[start : start + query.per_page]]
    return Answer({"total_count": len(found), "check_runs": shown}, headers=page_links(call, len(found)))


def _listed(runs: list[CheckRun], query: CheckRunsQuery) -> list[CheckRun]:
    """`latest` shows the newest run of each name only."""
    latest = {one.name: one for one in runs}
    chosen = list(latest.values()) if query.filter == "latest" else runs
    return [one for one in chosen if query.check_name in (None, one.name) and query.status in (None, one.status)]


REPOSITORY = "/repos/{owner}/{repo}"
RUN = f"{REPOSITORY}/check-runs/{{check_run_id:int}}"
ENDPOINTS = [
    Endpoint(method="POST", path=f"{REPOSITORY}/check-runs", handler=create_check_run, body=NewCheckRun),
    Endpoint(method="GET", path=RUN, handler=get_check_run),
    Endpoint(method="PATCH", path=RUN, handler=update_check_run, body=CheckRunPatch),
    Endpoint(method="GET", path=f"{RUN}/annotations", handler=list_annotations, query=Page),
    Endpoint(
        method="GET",
        path=f"{REPOSITORY}/commits/{{ref:path}}/check-runs",
        handler=list_check_runs,
        query=CheckRunsQuery,
    ),
]
