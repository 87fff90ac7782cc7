"""The progress comment and the closing words of a session. Called by session_observed.py; pure."""

from crds.agentic_session import Task
from handlers.events import SessionObserved
from handlers.gpu import near_miss
from handlers.naming import marker
from handlers.quoting import quoted, quoted_line
from handlers.wording.endings import session_deleted
from handlers.wording.parts import (
    LONGEST,
    as_quote,
    asked_in_slack,
    hushed,
    outcome_lines,
    receipt_details,
    scripted,
    spent,
    task_list,
    to,
)

_DOES = {
    Task.RUN: "work on it",
    Task.FIX: "fix it",
    Task.PLAN: "plan it",
    Task.REVIEW: "review it",
    Task.ASK: "answer it",
}


def progress(event: SessionObserved) -> str:
    """The progress comment while the session lives."""
    pod = event.pod
    started = pod is not None and pod.phase != "Pending"
    doing = event.session.status.progress.doing if event.session.status.progress else ""
    steps = [
        (True, f"accepted as session `{event.session.key}`"),
        (event.job is not None and started, "the runner starts" if not started else "the runner has started"),
        (False, f"the agent works{': ' + quoted_line(doing) if doing and started else ''}"),
    ]
    body = "\n\n".join(part for part in (task_list(steps), _waiting(event)) if part)
    return _sticky(event, f"I will {_DOES[event.session.work.task]}.", body)


def _waiting(event: SessionObserved) -> str:
    if event.job and event.job.suspended:
        return "Waiting in the queue to be admitted."
    if event.pod and event.pod.unschedulable:
        gpu, why = event.session.work.gpu, quoted_line(event.pod.unschedulable, 200)
        card = near_miss(gpu.min_memory) if gpu and gpu.min_memory else None
        hint = (
            f" (`minMemory` is just above what a {card} reports: a size class such as `80GB` fits it)" if card else ""
        )
        return f"Waiting for {'a GPU' if gpu else 'room in the cluster'}: {why}{hint}"
    if event.pod and event.pod.waiting_message:
        return f"The cluster says: {quoted_line(event.pod.waiting_message, 200)}"
    return ""


def ended(event: SessionObserved) -> str:
    """The progress comment once the session has ended."""
    return _sticky(event, what_happened(event), "\n".join(outcome_lines(event)))


def closing(event: SessionObserved) -> str:
    """The closing comment: it mentions the asker, says what happened, what was kept, and what the agent said."""
    status = event.session.status
    parts = [to(event.standing.requester) + what_happened(event)]
    parts += outcome_lines(event)
    if status.result and hushed(event):
        parts.append("The answer is in Slack, where it was asked for.")
    elif status.result:
        parts.append(as_quote(quoted(status.result, 20_000)))
    parts += [spent(event), scripted(event), receipt_details(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def what_happened(event: SessionObserved) -> str:
    """How it ended, in a sentence."""
    if event.session.deleting and not event.session.phase.ended:
        return session_deleted()
    return quoted(event.session.status.message or "The session has ended.")


def _sticky(event: SessionObserved, headline: str, body: str) -> str:
    title = f"**vTeam · {event.session.work.task}** — {headline}{asked_in_slack(event)}"
    parts = [marker("progress", event.session.uid), title, body, spent(event), scripted(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]
