"""What of a thread a session is given: as it stood when somebody asked, and nothing that was changed since. Pure.

Called by bot/talk.py. Whoever may comment may change their words later, and so may every maintainer: the one who asked
has read the old ones. What the asker wrote themselves is taken as it is.
"""

from dataclasses import dataclass
from datetime import datetime

from handlers import wording


@dataclass(frozen=True)
class Written:
    """When and by whom something was written."""

    author: str
    created_at: str
    updated_at: str


def why_left_out(written: Written, *, requester: str, moment: float) -> str:
    """Why a comment is not used, in words; empty where it is. `moment`: when it was asked for, seconds."""
    if requester and written.author == requester:
        return ""
    created, updated = seconds_of(written.created_at), seconds_of(written.updated_at)
    if created is None or updated is None or created > moment:
        return wording.written_since()
    # GitHub tells whole seconds: what was changed in the very second may have been changed after it.
    edited = updated > created and updated >= int(moment)
    return wording.changed_since() if edited else ""


def seconds_of(at: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 moment; None where it is none."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
