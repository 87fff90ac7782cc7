"""What a Check Run on a pull request says of the session that works there. Called by pull_check.py; pure."""

from handlers.events import SessionObserved
from handlers.wording.parts import LONGEST, outcome_lines, scripted, spent
from handlers.wording.progress import what_happened


def check_begun_title() -> str:
    """While it works."""
    return "At work"


def check_begun(event: SessionObserved) -> str:
    """While it works, at more length."""
    return (
        f"Session `{event.session.key}` works on this commit. Its comment in the conversation says how far it is; "
        f"`{event.dialect.prefix} cancel` stops it."
    )


def check_ended_title(conclusion: str) -> str:
    """How it came out, in a word or two."""
    return {"success": "Done", "neutral": "Nothing to change", "cancelled": "Stopped"}.get(conclusion, "Not done")


def check_ended(event: SessionObserved) -> str:
    """How it came out, with the links; the agent's own words stand in the conversation."""
    parts = [what_happened(event), *outcome_lines(event), spent(event), scripted(event)]
    return "\n\n".join(part for part in parts if part)[:LONGEST]
