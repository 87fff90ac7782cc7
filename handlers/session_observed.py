"""The reconciler's whole policy: the state of the world around one session → the next effects. Called by `decide`.

Level-triggered: it never asks what happened, only what is. Nothing waits here and nothing is remembered, so that a
crash between any two effects leads to the same end.
"""

from dataclasses import replace
from enum import Enum, auto

from crds.agentic_session import Phase
from crds.session_status import PullRequestOutcome
from handlers import ending, wording
from handlers.effects import (
    AddFinalizer,
    Close,
    DeleteJob,
    Effect,
    LookAgain,
    RecordRun,
    RemoveFinalizer,
    SetStatus,
    StartJob,
    Tell,
)
from handlers.ending import Ending
from handlers.events import SessionObserved, Thread
from handlers.finished_run import finished_run
from handlers.job import job, service_account
from handlers.memory.proposing import notes_left
from handlers.naming import digest, marker
from handlers.publishing import publish
from handlers.pull_check import pull_check
from handlers.session import FINALIZER
from handlers.slack_mirror import slack_closing, slack_progress, slack_told
from handlers.spec_planned import spec_planned
from handlers.status_patch import ended_patch, seconds, started_patch, stopping_patch, stopping_since

UNPULLABLE_PATIENCE = 90.0
"""Seconds that a pod may fail to get its image: registries have hiccups, typing errors do not go away."""
LINGER = 30.0
"""Seconds that a runner may take to leave after its result was taken."""
LAST_WORD = 15.0
"""Seconds beyond the grace of a stopped pod, after which nobody waits for its checkpoint any more."""


class Stage(Enum):
    """Where a session stands, seen from what exists."""

    DELETED = auto()
    ENDED = auto()
    STOPPING = auto()
    UNFIT = auto()
    REPORTED = auto()
    BEHIND = auto()
    UNSTARTED = auto()
    VANISHED = auto()
    DIED = auto()
    WAITING = auto()
    RUNNING = auto()


def stage(event: SessionObserved) -> Stage:
    """The first of the stages, in this order, that holds."""
    session, report = event.session, event.standing.report
    conditions = (
        (Stage.DELETED, session.deleting),
        (Stage.ENDED, session.phase.ended),
        (Stage.STOPPING, _is_to_stop(event)),
        (Stage.UNFIT, _is_unfit(event)),
        (Stage.REPORTED, report is not None and report.final),
        (Stage.BEHIND, bool(event.standing.behind) and _not_begun(event)),
        (Stage.UNSTARTED, _not_begun(event)),
        (Stage.VANISHED, event.job is None),
        (Stage.DIED, event.job is not None and event.job.finished),
        (Stage.RUNNING, event.pod is not None and event.pod.phase != "Pending"),
    )
    return next((name for name, holds in conditions if holds), Stage.WAITING)


def _not_begun(event: SessionObserved) -> bool:
    return event.job is None and event.session.status.job_name is None


def _is_to_stop(event: SessionObserved) -> bool:
    """Whether somebody wants it stopped, and wanted so before it was done."""
    session, report = event.session, event.standing.report
    done = report is not None and report.final and report.result.exit_code == 0
    return session.stop_by is not None and (session.phase is Phase.STOPPING or not done)


def _is_unfit(event: SessionObserved) -> bool:
    """Whether it cannot be run; once it runs, only a spec that nobody can read ends it."""
    session, standing = event.session, event.standing
    may_end = bool(session.fault) or _not_begun(event)
    return may_end and ending.unfit(session, standing) is not None


def session_observed(event: SessionObserved) -> list[Effect]:  # noqa: C901
    """The effects that bring the session one step on."""
    match stage(event):
        case Stage.DELETED:
            return _deleted(event)
        case Stage.ENDED:
            return _ended(event)
        case Stage.STOPPING:
            return _stopping(event)
        case Stage.UNFIT:
            return _unfit(event)
        case Stage.REPORTED:
            return _reported(event)
        case Stage.BEHIND:
            return [*_to_be_told(event), *_progress(event, event.pace)]
        case Stage.UNSTARTED:
            return _start(event)
        case Stage.VANISHED:
            return _once_left(event, ending.vanished())
        case Stage.DIED:
            return _died(event)
        case Stage.WAITING:
            return _waiting(event)
        case Stage.RUNNING:
            return [*_mark_started(event, "Running"), *_progress(event, event.pace), *pull_check(event)]


def _start(event: SessionObserved) -> list[Effect]:
    session = event.session
    begin = StartJob(session.key, service_account(session), job(session, event.rules))
    return [*_to_be_told(event), begin, *_mark_started(event, "Creating"), *_progress(event, 0.0)]


def _to_be_told(event: SessionObserved) -> list[Effect]:
    """The finalizer that keeps a session until somebody has heard of its end."""
    session, standing = event.session, event.standing
    told = standing.thread is not None or standing.slack is not None
    return [AddFinalizer(session.namespace, session.name)] if told and FINALIZER not in session.finalizers else []


def _mark_started(event: SessionObserved, phase: str) -> list[Effect]:
    if event.session.phase == phase and event.session.status.job_name:
        return []
    return [SetStatus(event.session.namespace, event.session.name, started_patch(event, phase))]


def _waiting(event: SessionObserved) -> list[Effect]:
    pod = event.pod
    if pod and pod.waiting in ending.UNPULLABLE:
        patience = pod.created_at + UNPULLABLE_PATIENCE - event.now
        if patience <= 0:
            return _end(event, ending.unpullable(pod))
        return [*_mark_started(event, "Creating"), *_progress(event, event.pace), LookAgain(patience + 1)]
    return [*_mark_started(event, "Creating"), *_progress(event, event.pace)]


def _progress(event: SessionObserved, pace: float) -> list[Effect]:
    """What is told on both sides while the session lives."""
    return [*_progress_comment(event, pace), *slack_progress(event, pace)]


def _progress_comment(event: SessionObserved, pace: float) -> list[Effect]:
    """The progress comment, where it would say something new and was not written just now."""
    told = _tell(event, wording.progress(wording.quiet(event)))
    if not told:
        return []
    written = event.session.status.told
    if written is None or written.sticky_at is None:
        return told
    due = min(seconds(written.sticky_at) + pace - event.now, pace)
    return told if due <= 0 else [LookAgain(due)]


def _tell(event: SessionObserved, body: str) -> list[Effect]:
    session, thread, told = event.session, event.standing.issue, event.session.status.told
    if thread is None or (told and told.sticky_digest == digest(body)):
        return []
    return [Tell(session.namespace, session.name, thread, body, told.sticky if told else None)]


def _unfit(event: SessionObserved) -> list[Effect]:
    why = ending.unfit(event.session, event.standing)
    return _end(event, why) if why else []


def _reported(event: SessionObserved) -> list[Effect]:
    report = event.standing.report
    if report is None:
        return []
    return publish(event, final=report.result.exit_code == 0) or _end(event, ending.reported(event, report))


def _died(event: SessionObserved) -> list[Effect]:
    if event.job is None:
        return []
    return publish(event, final=False) or _end(event, ending.died(event.job, event.pod, event.standing.refused))


def _stopping(event: SessionObserved) -> list[Effect]:
    if stop := _stop_job(event):
        # Written first: a runner that is done in this very moment has then come too late.
        return [*_mark_stopping(event), *stop]
    return _once_left(event, ending.stopped(event.session.stop_by or "somebody"))


def _stop_job(event: SessionObserved) -> list[Effect]:
    """The end of the Job, where it is not on its way already."""
    if event.job is None or event.job.finished or event.job.deleting:
        return []
    return [DeleteJob(event.session.namespace, event.job.name)]


def _once_left(event: SessionObserved, how: Ending) -> list[Effect]:
    """The end, once the pod is gone: until then it may hand in what it has, and that is published first."""
    left = _time_to_leave(event)
    if left > 0:
        return [*_mark_stopping(event), LookAgain(left)]
    return publish(event, final=False) or _end(event, how)


def _time_to_leave(event: SessionObserved) -> float:
    """Seconds that a stopped runner still has; 0 where there is none, and for one that hangs."""
    pod, job = event.pod, event.job
    alive = pod is not None and pod.phase not in ("Succeeded", "Failed")
    if not alive and (job is None or job.finished):
        return 0.0
    given = event.rules.grace + LAST_WORD
    since = stopping_since(event)
    return given if since is None else min(seconds(since) + given - event.now, given)


def _mark_stopping(event: SessionObserved) -> list[Effect]:
    if event.session.phase is Phase.STOPPING and stopping_since(event):
        return []
    return [SetStatus(event.session.namespace, event.session.name, stopping_patch(event))]


def _end(event: SessionObserved, how: Ending) -> list[Effect]:
    """Writes the ending down; the words follow from it at the next look, so that a crash cannot lose them."""
    written = SetStatus(event.session.namespace, event.session.name, ended_patch(event, how))
    report, made = event.standing.report, finished_run(event)
    # Before the end is written: nobody looks at what was used after that.
    effects: list[Effect] = [*notes_left(event), *([RecordRun(event.session.uid, made)] if made else []), written]
    # A runner that has said all leaves by itself.
    return effects if report and report.final else [*effects, *_stop_job(event)]


def _ended(event: SessionObserved) -> list[Effect]:
    session, told = event.session, event.session.status.told
    # First what needs nobody outside: a thread that cannot be written to must not keep a pod alive.
    effects = _sweep_up(event)
    said = told is not None and told.result is not None
    effects += [] if said else [*pull_check(event), *_closing_words(event)]
    effects += slack_closing(event)
    if said and slack_told(event) and FINALIZER in session.finalizers:
        effects.append(RemoveFinalizer(session.namespace, session.name))
    return effects


def _closing_words(event: SessionObserved) -> list[Effect]:
    session, thread = event.session, event.standing.issue
    if thread is None:
        nobody = SetStatus(session.namespace, session.name, {"told": {"result": "none"}})
        return spec_planned(event) or [nobody]
    outcome = session.status.outcome
    pull = outcome.pull_requests[0] if outcome and outcome.pull_requests else None
    opened = pull is not None and not pull.added and session.phase is Phase.COMPLETED
    effects = _tell(event, wording.ended(event, folded=opened))
    if pull and opened:
        # The pull request mentions the asker; a second mention would only be noise.
        told = {"told": {"result": pull.url[:253]}}
        return [*effects, SetStatus(session.namespace, session.name, told)]
    # Commits mention nobody, so that what was added to a pull request is said in its own thread.
    where = _thread_of(pull, thread) if pull and pull.added else thread
    words = wording.closing(event)
    return [*effects, Close(session.namespace, session.name, where, marker("result", session.uid), words)]


def _thread_of(pull: PullRequestOutcome, thread: Thread) -> Thread:
    if pull.repository.lower() != thread.repository.lower():
        return thread  # another repository may be another installation's
    return replace(thread, number=pull.number, url=pull.url, pull_request=True)


def _sweep_up(event: SessionObserved) -> list[Effect]:
    """Ends a pod that goes on after its session has ended."""
    stop = _stop_job(event)
    ended = event.session.status.completion_time
    left = min((seconds(ended) if ended else 0.0) + LINGER - event.now, LINGER)
    return [LookAgain(left + 1)] if stop and left > 0 else stop


def _deleted(event: SessionObserved) -> list[Effect]:
    session, told = event.session, event.session.status.told
    effects = _stop_job(event)
    if FINALIZER not in session.finalizers:
        return effects
    if (event.standing.issue or event.standing.spec) and not (told and told.result):
        effects += _closing_words(event)
    return [*effects, *pull_check(event), *slack_closing(event), RemoveFinalizer(session.namespace, session.name)]
