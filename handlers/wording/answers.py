"""Answers to commands: help, refusals, status. One function a sentence; pure."""

from decimal import Decimal

from crds.agentic_session import Task
from handlers.events import Permission, SessionBrief
from handlers.quoting import quoted_line
from handlers.wording.costs import expected_use


def default_request(task: str) -> str:
    """What a bare verb means."""
    return {
        Task.FIX: "Fix the problem that this issue describes.",
        Task.PLAN: "Write a plan for what this issue asks for.",
        Task.REVIEW: "Review this, and say what is wrong with it.",
        Task.ASK: "Explain what this is about, and what in the code it concerns.",
    }.get(Task(task), "Do what this issue asks for.")


def too_many_commands(login: str, most: int) -> str:
    """A text on GitHub that would start a flood."""
    return f"@{login}, a comment can hold at most {most} commands, so I have done nothing. Please ask for less at once."


def slack_too_many_commands(most: int) -> str:
    """A message in Slack that would start a flood."""
    return f"A message can hold at most {most} commands, so I have done nothing. Please ask for less at once."


def may_not_start(login: str, repository: str, *, needed: Permission, has: Permission) -> str:
    """Somebody without the permission asked for a session."""
    return (
        f"@{login}, this takes {needed.name.lower()} access to {repository}, and yours is {has.name.lower()}. "
        "Somebody with that access can ask instead."
    )


def may_not_stop(login: str) -> str:
    """Somebody without the permission wanted to stop a session."""
    return f"@{login}, stopping a session takes write access to this repository. Somebody who has it can do so."


def not_served(login: str, repository: str) -> str:
    """No namespace serves the repository."""
    return (
        f"@{login}, no namespace of this installation serves {repository}. "
        "Whoever runs the bot can add it to its map of namespaces (`VTEAM_NAMESPACES`)."
    )


def nothing_runs(login: str) -> str:
    """There is nothing to stop."""
    return f"@{login}, nothing runs in this thread."


def already_stopping(login: str) -> str:
    """What runs is on its way out."""
    return f"@{login}, what runs in this thread is being stopped already."


def trouble() -> str:
    """Our own fault: nothing of it is the reader's to know, but that it happened is."""
    return "Something went wrong on my side, and whoever runs the bot has been told. Please ask again in a while."


def asked_long_ago() -> str:
    """What was asked for could not be worked on for days."""
    return (
        "I could not answer when this was asked, and that is more than a week ago, so I have done nothing. "
        "Please ask again if it is still wanted."
    )


def status(sessions: tuple[SessionBrief, ...]) -> str:
    """What runs in a thread."""
    if not sessions:
        return "No session has run in this thread yet."
    rows = "\n".join(
        f"| `{brief.namespace}/{brief.name}` | {brief.task} | {brief.phase} | {_said(brief)} |" for brief in sessions
    )
    return f"| session | task | phase | |\n| --- | --- | --- | --- |\n{rows}"


def _said(brief: SessionBrief) -> str:
    """Its message, how full its agent's window is, and what it costs beside what was expected."""
    cost = expected_use(brief.forecast) if brief.forecast else ""
    if brief.usd:
        cost = f"${max(brief.usd, Decimal('0.01')):.2f} so far, {cost}" if cost else ""
    if brief.ended:
        cost = cost.replace(" so far", "") if brief.usd else ""
    return " ".join(part for part in (quoted_line(brief.message), brief.window, cost) if part)
