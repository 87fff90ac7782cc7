"""GitHub's payloads → what was heard in them. Called by the door (is it worth keeping?) and by the worker.

One room for each kind of payload. They read the few fields that are needed into small models that ignore the rest: a
payload of another shape is a reason to ignore it, never an exception.
"""

from collections.abc import Callable

import orjson

from bot.deliveries.comments import comment
from bot.deliveries.heard import (
    Assigned,
    Closed,
    Deleted,
    Edited,
    Heard,
    Ignored,
    InstallationChanged,
    InThread,
    Labelled,
    Moved,
    Reviewed,
    Spoke,
)
from bot.deliveries.installations import installation
from bot.deliveries.issues import issue
from bot.deliveries.payload import Json
from bot.deliveries.pushes import pushed
from bot.deliveries.reviews import remark, review
from handlers.grammar.words import Dialect

__all__ = [
    "Assigned",
    "Closed",
    "Deleted",
    "Edited",
    "Heard",
    "Ignored",
    "InThread",
    "InstallationChanged",
    "Labelled",
    "Moved",
    "NotJson",
    "Reviewed",
    "Spoke",
    "read",
]

ROOMS: dict[str, Callable[[Json, Dialect], Heard | Ignored]] = {
    "ping": lambda payload, dialect: Ignored("ping"),
    "issue_comment": comment,
    "issues": issue,
    "pull_request": issue,
    "pull_request_review": review,
    "pull_request_review_comment": remark,
    "push": pushed,
    "installation": installation,
    "installation_repositories": installation,
}
"""By the event's name, as GitHub's header has it."""


class NotJson(ValueError):
    """The body is not a JSON object."""


def read(event: str, body: bytes, dialect: Dialect = Dialect()) -> Heard | Ignored:  # noqa: B008 - frozen
    """What a delivery says, to a bot that is called so. Raises NotJson."""
    payload = _json(body)
    room = ROOMS.get(event)
    return Ignored("unknown_event") if room is None else room(payload, dialect)


def _json(body: bytes) -> Json:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(str(error)) from None
    if not isinstance(payload, dict):
        raise NotJson("not a JSON object")
    return payload
