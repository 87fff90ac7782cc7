"""How a session ended, in one value: the phase, a word for programs, a sentence for people, and what to do next.

Pure; called by session_observed.py. Every way a Job can die has its own words here.
"""

from collections import Counter
from dataclasses import dataclass

from crds.agentic_session import Phase
from handlers import wording
from handlers.events import JobFacts, PodFacts, Report, SessionObserved, Standing
from handlers.naming import repository_folder
from handlers.personas import unknown
from handlers.session import Session

LONGEST_NAME = 63
"""Characters of a session's name: it is a label's value, and the Job's name."""
TERMINATED = 143
"""Exit code of a runner that was told to stop."""

UNPULLABLE = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError",
     "CreateContainerError"}
)  # fmt: skip


@dataclass(frozen=True)
class Ending:
    phase: Phase
    reason: str
    """One CamelCase word, for the condition."""
    message: str
    """What happened and what to do next, for people."""


def unfit(session: Session, standing: Standing) -> Ending | None:
    """Why the session cannot be run at all, or None where it can."""
    return _unfit_spec(session) or _not_allowed(session, standing)


def _unfit_spec(session: Session) -> Ending | None:
    work = session.work
    if session.fault:
        return Ending(Phase.FAILED, "InvalidSpec", wording.invalid_spec(session.fault))
    if not work.repositories:
        return Ending(Phase.FAILED, "NoRepository", wording.no_repository())
    if work.unsupported:
        return Ending(Phase.FAILED, "Unsupported", wording.unsupported(work.unsupported))
    if len(session.name) > LONGEST_NAME:
        return Ending(Phase.FAILED, "NameTooLong", wording.name_too_long(LONGEST_NAME))
    if twice := _same_folder(session):
        return Ending(Phase.FAILED, "SameRepositoryTwice", wording.same_repository_twice(twice))
    return None


def _not_allowed(session: Session, standing: Standing) -> Ending | None:
    if standing.foreign:
        words = wording.foreign_repositories(standing.foreign, session.namespace)
        return Ending(Phase.FAILED, "RepositoryNotServed", words)
    if missing := unknown(session.work.personas, standing.personas):
        words = wording.no_such_persona(missing, standing.personas, session.namespace)
        return Ending(Phase.FAILED, "UnknownPersona", words)
    if standing.held:
        return Ending(Phase.FAILED, "NotLetIn", standing.held)
    if standing.plan and standing.plan.refused:
        return Ending(Phase.FAILED, "BudgetTooSmall", standing.plan.refused)
    return None


def _same_folder(session: Session) -> str:
    """The folder that two of the session's repositories would share, or nothing."""
    entries = [*session.work.repositories, *session.work.context_repositories]
    counted = Counter(repository_folder(entry.url).lower() for entry in entries)
    return next((folder for folder, times in counted.items() if times > 1), "")


def reported(event: SessionObserved, report: Report) -> Ending:
    """The ending of a session whose runner has handed in its result."""
    result, outcome = report.result, event.session.status.outcome
    if result.exit_code == 143:
        return Ending(Phase.STOPPED, "Stopped", wording.runner_stopped(result.error))
    if result.exit_code == 2:
        return Ending(Phase.FAILED, "PrerequisiteFailed", wording.prerequisite_failed(result.error))
    if result.exit_code == 1:
        return Ending(Phase.FAILED, "AgentError", wording.agent_error(result.error))
    if outcome and outcome.refused:
        return Ending(Phase.FAILED, "WorkRefused", wording.work_refused(outcome.refused))
    task, changed = event.session.work.task, outcome is not None and bool(outcome.branches)
    withheld = task.writes and any(work.bundle for work in result.work)
    reason = "Completed" if changed or withheld or not task.writes else "NothingToChange"
    return Ending(Phase.COMPLETED, reason, wording.completed(task, changed=changed, withheld=withheld))


def stopped(by: str) -> Ending:
    """The ending of a session that somebody stopped."""
    return Ending(Phase.STOPPED, "Stopped", wording.stopped_by(by))


def vanished() -> Ending:
    """The ending of a session whose Job was deleted from under it."""
    return Ending(Phase.FAILED, "JobDeleted", wording.job_deleted())


def unpullable(pod: PodFacts) -> Ending:
    """The ending of a session whose pod cannot be made from its image or settings."""
    return Ending(Phase.FAILED, pod.waiting, wording.image_trouble(pod.waiting, pod.waiting_message))


def died(job: JobFacts, pod: PodFacts | None, refused: str = "") -> Ending:
    """The ending of a session whose Job ended without a result. `refused`: why its runner got no order."""
    if refused:
        return Ending(Phase.FAILED, "OrderRefused", wording.prerequisite_failed(refused))
    reason, words = _death(job, pod)
    return Ending(Phase.FAILED, reason, words)


def _death(job: JobFacts, pod: PodFacts | None) -> tuple[str, str]:
    if job.failure == "DeadlineExceeded":
        return "DeadlineExceeded", wording.deadline_exceeded()
    if pod is None:
        return job.failure or "PodGone", wording.pod_gone(job.failure_message)
    if pod.reason == "OOMKilled":
        return "OutOfMemory", wording.out_of_memory()
    if pod.reason == "Evicted" or pod.disrupted:
        return "Evicted", wording.evicted()
    if job.complete:
        return "NoResult", wording.no_result()
    if pod.exit_code == TERMINATED:
        return "RunnerStopped", wording.runner_stopped("Ask again to start anew.")
    return "RunnerFailed", wording.runner_died(pod.exit_code, pod.reason)
