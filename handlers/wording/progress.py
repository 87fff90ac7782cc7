"""The progress comment and the closing words of a session. Called by session_observed.py; pure."""

from crds.agentic_session import Task
from handlers.events import SessionObserved
from handlers.naming import marker
from handlers.quoting import quoted
from handlers.wording.costs import forecast_details, prospects
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
    spoken_to,
    task_list,
)
from handlers.wording.steps import steps, waiting

_DOES = {
    Task.RUN: "work on it",
    Task.FIX: "fix it",
    Task.PLAN: "plan it",
    Task.REVIEW: "review it",
    Task.ASK: "answer it",
}


def progress(event: SessionObserved) -> str:
    """The progress comment while the session lives."""
    parts = (task_list(steps(event)), waiting(event), prospects(event))
    body = "\n\n".join(part for part in parts if part)
    return _sticky(event, f"I will {_DOES[event.session.work.task]}.", body)


def ended(event: SessionObserved, *, folded: bool = False) -> str:
    """The progress comment once the session has ended; `folded`: with what only GitHub can fold away."""
    forecast = forecast_details(event.session.status, scripted=event.scripted) if folded else ""
    parts = (task_list(steps(event)), "\n".join(outcome_lines(event)), forecast)
    body = "\n\n".join(part for part in parts if part)
    return _sticky(event, what_happened(event), body)


def closing(event: SessionObserved) -> str:
    """The closing comment: it mentions the asker, says what happened, what was kept, and what the agent said."""
    status = event.session.status
    parts = [spoken_to(event.standing.requester, what_happened(event))]
    parts += outcome_lines(event)
    if status.result and hushed(event):
        parts.append("The answer is in Slack, where it was asked for.")
    elif status.result:
        parts.append(as_quote(quoted(status.result, 20_000)))
    parts += [spent(event), scripted(event), forecast_details(status, scripted=event.scripted)]
    parts.append(receipt_details(event))
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
