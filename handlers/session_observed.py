"""The reconciler's whole policy: the state of the world around one session → the next effects. Called by `decide`.

Level-triggered: it never asks what happened, only what is. Nothing waits here and nothing is remembered, so that a
crash between any two effects leads to the same end.
"""

from enum import Enum, auto

from handlers import ending, wording
from handlers.effects import (
    AddFinalizer,
    Close,
    DeleteJob,
    Effect,
    LookAgain,
    RemoveFinalizer,
    SetStatus,
    StartJob,
    Tell,
)
from handlers.ending import Ending
from handlers.events import SessionObserved
from handlers.job import job, service_account
from handlers.naming import digest, marker
from handlers.publishing import publish
from handlers.session import FINALIZER
from handlers.status_patch import ended_patch, started_patch

UNPULLABLE_PATIENCE = 90.0
"""Seconds that a pod may fail to get its image: registries have hiccups, typing errors do not go away."""
LINGER = 30.0
"""Seconds that a runner may take to leave after its result was taken."""


class Stage(Enum):
    """Where a session stands, seen from what exists."""

    DELETED = auto()
    ENDED = auto()
    STOPPING = auto()
    UNFIT = auto()
    REPORTED = auto()
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
        (Stage.STOPPING, session.stop_by is not None and session.status.outcome is None),
        (Stage.UNFIT, ending.unfit(session, event.standing.foreign) is not None),
        (Stage.REPORTED, report is not None and report.final),
        (Stage.UNSTARTED, event.job is None and session.status.job_name is None),
        (Stage.VANISHED, event.job is None),
        (Stage.DIED, event.job is not None and event.job.finished),
        (Stage.RUNNING, event.pod is not None and event.pod.phase == "Running"),
    )
    return next((name for name, holds in conditions if holds), Stage.WAITING)


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
        case Stage.UNSTARTED:
            return _start(event)
        case Stage.VANISHED:
            return publish(event, final=False) or _end(event, ending.vanished())
        case Stage.DIED:
            return _died(event)
        case Stage.WAITING:
            return _waiting(event)
        case Stage.RUNNING:
            return [*_mark_started(event, "Running"), *_progress(event, event.pace)]


def _start(event: SessionObserved) -> list[Effect]:
    session = event.session
    effects: list[Effect] = []
    if event.standing.thread and FINALIZER not in session.finalizers:
        effects.append(AddFinalizer(session.namespace, session.name))
    effects.append(StartJob(session.key, service_account(session), job(session, event.rules)))
    return [*effects, *_mark_started(event, "Creating"), *_progress(event, 0.0)]


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
    """The progress comment, where it would say something new and was not written just now."""
    told = _tell(event, wording.progress(event))
    if not told:
        return []
    written = event.session.status.told
    if written is None or written.sticky_at is None:
        return told
    due = wording.seconds(written.sticky_at) + pace - event.now
    return told if due <= 0 else [LookAgain(due)]


def _tell(event: SessionObserved, body: str) -> list[Effect]:
    session, thread, told = event.session, event.standing.thread, event.session.status.told
    if thread is None or (told and told.sticky_digest == digest(body)):
        return []
    return [Tell(session.namespace, session.name, thread, body, told.sticky if told else None)]


def _unfit(event: SessionObserved) -> list[Effect]:
    why = ending.unfit(event.session, event.standing.foreign)
    return _end(event, why) if why else []


def _reported(event: SessionObserved) -> list[Effect]:
    report, outcome = event.standing.report, event.session.status.outcome
    if report is None:
        return []
    if published := publish(event, final=report.result.exit_code == 0):
        return published
    refused = outcome.refused if outcome else ""
    return _end(event, ending.reported(report, refused, changed=ending.changed(event)))


def _died(event: SessionObserved) -> list[Effect]:
    if event.job is None:
        return []
    return publish(event, final=False) or _end(event, ending.died(event.job, event.pod))


def _stopping(event: SessionObserved) -> list[Effect]:
    session = event.session
    if event.job and not event.job.finished:
        stop = [] if event.job.deleting else [DeleteJob(session.namespace, event.job.name)]
        stopping = SetStatus(
            session.namespace, session.name, {"phase": "Stopping", "observedGeneration": session.generation}
        )
        return [*stop, *([] if session.phase == "Stopping" else [stopping])]
    return publish(event, final=False) or _end(event, ending.stopped(session.stop_by or "somebody"))


def _end(event: SessionObserved, how: Ending) -> list[Effect]:
    """Writes the ending down; the words follow from it at the next look, so that a crash cannot lose them."""
    session = event.session
    effects: list[Effect] = [SetStatus(session.namespace, session.name, ended_patch(event, how))]
    if event.job and not event.job.finished and event.standing.report is None:
        effects.append(DeleteJob(session.namespace, event.job.name))
    return effects


def _ended(event: SessionObserved) -> list[Effect]:
    session, told = event.session, event.session.status.told
    effects: list[Effect] = []
    if told is None or told.result is None:
        effects += _closing_words(event)
    elif FINALIZER in session.finalizers:
        effects.append(RemoveFinalizer(session.namespace, session.name))
    return [*effects, *_sweep_up(event)]


def _closing_words(event: SessionObserved) -> list[Effect]:
    session, thread = event.session, event.standing.thread
    if thread is None:
        return [SetStatus(session.namespace, session.name, {"told": {"result": "none"}})]
    effects = _tell(event, wording.ended(event))
    outcome = session.status.outcome
    if outcome and outcome.pull_requests:
        # The pull request mentions the asker; a second mention would only be noise.
        told = {"told": {"result": outcome.pull_requests[0].url}}
        return [*effects, SetStatus(session.namespace, session.name, told)]
    words = wording.closing(event)
    return [*effects, Close(session.namespace, session.name, thread, marker("result", session.uid), words)]


def _sweep_up(event: SessionObserved) -> list[Effect]:
    """Ends a pod that goes on after its session has ended."""
    if event.job is None or event.job.finished or event.job.deleting:
        return []
    ended = event.session.status.completion_time
    left = (wording.seconds(ended) if ended else 0.0) + LINGER - event.now
    return [LookAgain(left + 1)] if left > 0 else [DeleteJob(event.session.namespace, event.job.name)]


def _deleted(event: SessionObserved) -> list[Effect]:
    session, thread, told = event.session, event.standing.thread, event.session.status.told
    if FINALIZER not in session.finalizers:
        return []
    effects: list[Effect] = []
    if thread and not (told and told.result):
        body = wording.session_deleted(event.standing.requester)
        effects.append(Close(session.namespace, session.name, thread, marker("result", session.uid), body))
    return [*effects, RemoveFinalizer(session.namespace, session.name)]
