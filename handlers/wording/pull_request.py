"""The title and the body of the pull request. Called by publishing.py; pure."""

from crds.agentic_session import Task
from handlers.events import SessionObserved
from handlers.grammar.words import Dialect
from handlers.quoting import plain_line, quoted
from handlers.wording.parts import LONGEST, as_quote, receipt_details, scripted, spent, to
from handlers.wording.spec_check import spec_asked_for


def pull_request_title(task: Task, title: str) -> str:
    """The title of the pull request."""
    verb = {Task.FIX: "Fix", Task.PLAN: "Plan"}.get(task, "Do")
    # The words together: "Fix: " before a title that begins with "#12" would close issue 12 on a squash.
    return plain_line(f"{verb}: {title}", 200)


def pull_request_body(event: SessionObserved, *, in_thread: bool) -> str:
    """The body of the pull request: what was asked, what was done, what it cost, how to go on.

    `in_thread`: whether it is opened where it was asked for; in another repository the bare number is another issue.
    """
    report = event.standing.report
    agent = report.result.agent if report else None
    parts = [
        _asked_for(event, in_thread=in_thread),
        as_quote(quoted(agent.text, 20_000)) if agent and agent.text else "",
        f"Read it as you would a stranger's change: an agent wrote it. To ask for a change, comment {_where(event)} "
        f"with `{Dialect().prefix} fix` and what is to be different.",
        spent(event),
        scripted(event),
        receipt_details(event),
    ]
    return "\n\n".join(part for part in parts if part)[:LONGEST]


def _where(event: SessionObserved) -> str:
    return "here" if event.standing.spec else "on the issue"


def _asked_for(event: SessionObserved, *, in_thread: bool) -> str:
    thread, spec = event.standing.thread, event.standing.spec
    if thread is None:
        return ""
    if spec is not None:
        return spec_asked_for(spec, event.standing.requester, thread.url)
    issue = f"#{thread.number}" if in_thread else f"{thread.repository}#{thread.number}"
    link = "Fixes" if in_thread and event.session.work.task is Task.FIX else "For"
    return f"{to(event.standing.requester)}this is what you asked for in {issue}.\n\n{link} {issue}"
