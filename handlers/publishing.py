"""What is to be pushed, and under which names: a pure function from a runner's result to push plans.

Called by session_observed.py. Whether the bundles hold what they claim is checked by the hands, before anything leaves.
"""

from crds.result import Work
from crds.spelling import Repository
from handlers import wording
from handlers.effects import Effect, Publish, PushPlan
from handlers.events import SessionObserved
from handlers.naming import branch_name


def repository_folder(url: str) -> str:
    """The name of a repository in the workspace: `owner__name` from its address."""
    path = url.rstrip("/").removesuffix(".git")
    parts = [part for part in path.replace(":", "/").split("/") if part]
    return "__".join(_plain(part) for part in parts[-2:]) or "repository"


def _plain(part: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in part)


def publish(event: SessionObserved, *, final: bool) -> list[Effect]:
    """The effect that publishes what was handed in; nothing where there is nothing, or where it was done."""
    session, standing = event.session, event.standing
    if session.status.outcome is not None or standing.report is None or not session.work.task.writes:
        return []
    plans = tuple(_plan(event, work, target) for work, target in _pushable(event))
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
            summary=agent.text if agent else "",
        )
    ]


def _pushable(event: SessionObserved) -> list[tuple[Work, Repository]]:
    targets = {repository_folder(entry.url): entry for entry in event.session.work.repositories if entry.push}
    report = event.standing.report
    handed_in = report.result.work if report else ()
    return [(work, targets[work.repository]) for work in handed_in if work.bundle and work.repository in targets]


def _plan(event: SessionObserved, work: Work, target: Repository) -> PushPlan:
    thread = event.standing.thread
    title = thread.title if thread else event.session.work.display_name or event.session.name
    return PushPlan(
        repository=work.repository,
        url=target.push_url or target.url,
        branch=target.push_branch or branch_name(thread.number if thread else None, title, event.session.name),
        base=work.base,
        head=work.head,
        base_branch=target.branch,
        pull_request_title=wording.pull_request_title(event.session.work.task, title),
        pull_request_body=wording.pull_request_body(event),
    )
