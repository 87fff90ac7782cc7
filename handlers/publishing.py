"""What is to be pushed, and under which names: a pure function from a runner's result to push plans.

Called by session_observed.py. Whether the bundles hold what they claim is checked by the hands, before anything leaves.
"""

from crds.redaction import redact
from crds.result import Work
from crds.spelling import Repository
from crds.work_order import Destination
from handlers import wording
from handlers.bundle_policy import Scope
from handlers.effects import Effect, Publish, PushPlan
from handlers.events import SessionObserved
from handlers.naming import branch_name, repository_folder
from handlers.spec.paths import folder_of, plan_of
from handlers.spec_source import SpecSource
from handlers.status_patch import status_so_far

__all__ = ["publish", "repository_folder"]


def publish(event: SessionObserved, *, final: bool) -> list[Effect]:
    """The effect that publishes what was handed in; nothing where there is nothing, or where it was done."""
    session, standing = event.session, event.standing
    if session.status.outcome is not None or standing.report is None or not session.work.task.writes:
        return []
    plans = tuple(_plan(event, work, target, final=final) for work, target in _pushable(event))
    if not plans:
        return []
    agent = standing.report.result.agent
    return [
        Publish(
            namespace=session.namespace,
            name=session.name,
            uid=session.uid,
            thread=standing.thread,
            final=final,
            plans=plans,
            summary=redact(agent.text) if agent else "",
        )
    ]


def _pushable(event: SessionObserved) -> list[tuple[Work, Repository]]:
    targets = {repository_folder(entry.url): entry for entry in event.session.work.repositories if entry.push}
    report = event.standing.report
    handed_in = {work.repository: work for work in report.result.work if work.bundle} if report else {}
    return [(work, targets[name]) for name, work in handed_in.items() if name in targets]


def _plan(event: SessionObserved, work: Work, target: Repository, *, final: bool) -> PushPlan:
    thread = event.standing.thread
    title = (thread.title if thread else event.session.work.display_name) or event.session.name
    in_thread = thread is not None and repository_folder(thread.repository).lower() == work.repository.lower()
    goes = _destination(event, work.repository)
    forecast = wording.forecast_details(status_so_far(event), scripted=event.scripted)
    named = target.push_branch or branch_name(thread.number if thread else None, title, event.session.name)
    return PushPlan(
        repository=work.repository,
        url=target.push_url or target.url,
        branch=goes.branch if goes else named,
        base=work.base,
        head=work.head,
        base_branch=goes.base if goes else target.branch,
        pull_request_title=wording.pull_request_title(event.session.work.task, title),
        pull_request_body=wording.pull_request_body(
            event, in_thread=in_thread, about=goes.about if goes else 0, forecast=forecast
        ),
        draft=bool(event.session.work.draft),
        follows=goes.pull_request if goes else None,
        home=thread.repository_id if thread else 0,
        section=wording.pull_request_section(event, forecast=forecast),
        scope=_scope(event.standing.spec, final=final),
    )


def _destination(event: SessionObserved, repository: str) -> Destination | None:
    """Where the order says that this repository's work goes."""
    order = event.standing.order
    ordered = {entry.name: entry for entry in order.repositories} if order else {}
    return ordered[repository].destination if repository in ordered else None


def _scope(spec: SpecSource | None, *, final: bool) -> Scope | None:
    """What a specification's plan may change; None for every other session."""
    if spec is None:
        return None
    return Scope(folder_of(spec.path), spec.path, plan_of(spec.path) if final else "")
