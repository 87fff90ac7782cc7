"""How a session ended, in one value: the phase, a word for programs, a sentence for people, and what to do next.

Pure; called by session_observed.py. Every way a Job can die has its own words here.
"""

from dataclasses import dataclass

from crds.agentic_session import Phase
from handlers import wording
from handlers.events import JobFacts, PodFacts, Report, SessionObserved
from handlers.session import Session

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


def unfit(session: Session, foreign: tuple[str, ...]) -> Ending | None:
    """Why the session cannot be run at all, or None where it can."""
    work = session.work
    if session.fault:
        return Ending(Phase.FAILED, "InvalidSpec", wording.invalid_spec(session.fault))
    if not work.repositories:
        return Ending(Phase.FAILED, "NoRepository", wording.no_repository())
    if work.unsupported:
        return Ending(Phase.FAILED, "Unsupported", wording.unsupported(work.unsupported))
    if foreign:
        return Ending(Phase.FAILED, "RepositoryNotServed", wording.foreign_repositories(foreign, session.namespace))
    return None


def reported(report: Report, refused: str, *, changed: bool) -> Ending:
    """The ending of a session whose runner has handed in its result."""
    result = report.result
    if refused:
        return Ending(Phase.FAILED, "WorkRefused", wording.work_refused(refused))
    if result.exit_code == 143:
        return Ending(Phase.STOPPED, "Stopped", wording.runner_stopped(result.error))
    if result.exit_code == 2:
        return Ending(Phase.FAILED, "PrerequisiteFailed", wording.prerequisite_failed(result.error))
    if result.exit_code == 1:
        return Ending(Phase.FAILED, "AgentError", wording.agent_error(result.error))
    return Ending(Phase.COMPLETED, "Completed" if changed else "NothingToChange", wording.completed(changed=changed))


def stopped(by: str) -> Ending:
    """The ending of a session that somebody stopped."""
    return Ending(Phase.STOPPED, "Stopped", wording.stopped_by(by))


def vanished() -> Ending:
    """The ending of a session whose Job was deleted from under it."""
    return Ending(Phase.FAILED, "JobDeleted", wording.job_deleted())


def unpullable(pod: PodFacts) -> Ending:
    """The ending of a session whose pod cannot be made from its image or settings."""
    return Ending(Phase.FAILED, pod.waiting, wording.image_trouble(pod.waiting, pod.waiting_message))


def died(job: JobFacts, pod: PodFacts | None) -> Ending:
    """The ending of a session whose Job ended without a result."""
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
    return "RunnerFailed", wording.runner_died(pod.exit_code, pod.reason)


def changed(event: SessionObserved) -> bool:
    """Whether anything was pushed."""
    outcome = event.session.status.outcome
    return outcome is not None and bool(outcome.branches)
