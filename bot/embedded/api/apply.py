"""Server-side apply. Not available yet: refused with 415."""

from bot.embedded.api.objects import Outcome, Place
from bot.embedded.api.plane import Plane
from bot.embedded.api.request import ApiRequest
from bot.embedded.api.status_errors import unsupported

AVAILABLE = False


def apply(plane: Plane, place: Place, request: ApiRequest) -> Outcome:
    raise unsupported("server-side apply is not available")
