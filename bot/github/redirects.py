"""Where a renamed or transferred repository is led to, and whether one may go there. Called by bot/github/client.py.

Only the same API is followed to, and only the same thing in the repository: an issue that went to another repository
may be private there.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

import httpx

MOVED = (301, 302, 307, 308)
MOST = 3
"""Times that one call is led on."""
_REPOSITORY = re.compile(r"/(?:repos/[^/]+/[^/]+|repositories/(?P<id>\d+))(?P<rest>/.*)?")


@dataclass(frozen=True)
class LedTo:
    repository_id: int
    rest: str
    """What of the repository is meant: "" or `/issues/1`."""

    @property
    def path(self) -> str:
        return f"/repositories/{self.repository_id}{self.rest}"


def led_to(path: str, location: str, api_url: str) -> LedTo | None:
    """Where the call of this path is to go now; None where nobody may be sent there."""
    api = httpx.URL(api_url)
    try:
        target = api.join(location)
    except httpx.InvalidURL:
        return None
    if (target.scheme, target.host, target.port) != (api.scheme, api.host, api.port) or target.userinfo:
        return None
    before, after = _REPOSITORY.fullmatch(path), _REPOSITORY.fullmatch(_below(target.path, api.path))
    if before is None or after is None or after["id"] is None:
        return None
    rests = before["rest"] or "", after["rest"] or ""
    # A path by number never leads to another repository.
    if unquote(rests[0]) != unquote(rests[1]) or before["id"] not in (None, after["id"]):
        return None
    return LedTo(int(after["id"]), rests[0])


def _below(path: str, api_path: str) -> str:
    prefix = api_path.rstrip("/")
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else ""
