"""A session works on a pull request → a Check Run on its head says so, and how it ended. Called by session_observed.py.

On the commit that the session started from, and on the one that it added: a pull request shows the checks of its head.
What was said is noted in the status, so that a look at a session that has nothing new to say costs no call.
"""

from crds.agentic_session import Phase
from handlers import wording
from handlers.check_run import CheckRun, Conclusion
from handlers.effects import Check, Effect, SetStatus
from handlers.events import SessionObserved


def pull_check(event: SessionObserved) -> list[Effect]:
    """The checks that would say something new, and the note of it; nothing for a session on no pull request."""
    session, thread, told = event.session, event.standing.thread, event.session.status.told
    heads = _heads(event)
    over = session.phase.ended or session.deleting
    said = "completed" if over else "in_progress"
    if thread is None or not heads or (told and told.check == said):
        return []
    runs = [_ended(event, head) if over else _begun(event, head) for head in heads]
    noted = SetStatus(session.namespace, session.name, {"told": {"check": said}})
    return [*(Check(thread.repository, thread.installation, run) for run in runs), noted]


def _heads(event: SessionObserved) -> list[str]:
    """The commits of the pull request that the session has to do with, in the thread's own repository."""
    order, outcome = event.standing.order, event.session.status.outcome
    # The main repository is the thread's own: only there is the number known to be this pull request's.
    main = order.repositories[0] if order and order.repositories else None
    if main is None or main.pull_request is None:
        return []
    added = outcome is not None and any(pull.added for pull in outcome.pull_requests)
    pushed = [branch.commit for branch in outcome.branches[:1]] if outcome is not None and added else []
    return [main.commit, *pushed]


def _begun(event: SessionObserved, head: str) -> CheckRun:
    return CheckRun(
        name=_name(event),
        head_sha=head,
        external_id=event.session.uid,
        status="in_progress",
        conclusion=None,
        title=wording.check_begun_title(),
        summary=wording.check_begun(event),
    )


def _ended(event: SessionObserved, head: str) -> CheckRun:
    conclusion = _conclusion(event)
    return CheckRun(
        name=_name(event),
        head_sha=head,
        external_id=event.session.uid,
        status="completed",
        conclusion=conclusion,
        title=wording.check_ended_title(conclusion),
        summary=wording.check_ended(event),
    )


def _name(event: SessionObserved) -> str:
    return f"vTeam · {event.session.work.task}"


def _conclusion(event: SessionObserved) -> Conclusion:
    session = event.session
    if session.phase is Phase.STOPPED or not session.phase.ended:
        return "cancelled"
    if session.phase is not Phase.COMPLETED:
        return "failure"
    changed = session.status.outcome is not None and bool(session.status.outcome.branches)
    return "success" if changed or not session.work.task.writes else "neutral"
