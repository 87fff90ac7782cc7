"""Where a session was asked for, as its spec and the store both say it: the one is checked against the other. Pure."""

from typing import Any

from crds.agentic_session import Origin, Requester
from handlers.effects import Intent


def origin_of(intent: Intent) -> Origin:
    """The origin of a session of this intent."""
    slack, thread = intent.slack, intent.thread
    return Origin(
        service="slack" if slack else "github",
        repository=thread.repository,
        issue=thread.number or None,
        thread=f"{slack.team}:{slack.channel}:{slack.ts}" if slack else None,
        message=intent.source,
        requester=Requester(login=intent.requester, id=intent.requester_id) if intent.requester_id else None,
    )


def origin_document(intent: Intent) -> dict[str, Any]:
    """The same, as it stands in the spec."""
    return origin_of(intent).document()
