"""Files of messages, given to who has the app's token and the right to read them; others are led to the login page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.standins.slack.site import Site


class FilesDoor:
    """What Slack has at files.slack.com, as a Starlette endpoint."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, request: Request) -> Response:
        app = self._site.app
        found = self._site.files.get(request.scope.get("raw_path", b"").decode() or request.url.path)
        allowed = request.headers.get("authorization") == f"Bearer {app.bot_token}" and "files:read" in app.scopes
        if found is None or not allowed:
            return RedirectResponse(f"{self._site.url}/?redir={request.url.path}", 302)
        return Response(found[0], media_type=found[1])
