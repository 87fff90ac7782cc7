"""What people have dropped into their texts: kept for its repository, shown by addresses that are signed for minutes.

As on GitHub: a text names `…/user-attachments/assets/<GUID>`, which only a browser with a session may open; the
rendered text (`body_html`) names `…/private-user-images/<owner>/<number>-<GUID>.png?jwt=…`, for callers who may read
where it lies.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import jwt
from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.standins.github.strict import Refusal
from bot.standins.github.tokens import Caller, check
from bot.standins.github.world import Repository, World

SIGNED_FOR = timedelta(minutes=5)
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_SRC = re.compile(r'(<img\b[^>]*\bsrc=")([^"]*)(")', re.IGNORECASE)
_GUID = re.compile(r"/user-attachments/assets/([0-9a-f-]{36})$")


@dataclass(frozen=True)
class Upload:
    repository: Repository
    number: int
    name: str
    """A GUID."""
    data: bytes = field(repr=False)
    media_type: str

    @property
    def path(self) -> str:
        return f"/private-user-images/{self.repository.owner.id}/{self.number}-{self.name}.png"


class Uploads:
    """All of them, and the key that signs their addresses."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = secrets.token_hex(32)
        self._kept: dict[str, Upload] = {}
        self.leads_to: str | None = None
        """Where the image host sends whoever asks, where it misbehaves."""
        self.asked: list[dict[str, str]] = []
        """The headers of those who asked for bytes."""

    def add(self, repository: Repository, data: bytes, media_type: str) -> Upload:
        upload = Upload(repository, 1000 + len(self._kept), str(uuid4()), data, media_type)
        self._kept[upload.name] = upload
        return upload

    def rendered(self, text: str, caller: Caller, site_url: str) -> str:
        """The text as HTML, with the addresses signed of what the caller may see."""
        html: str = MarkdownIt("commonmark", {"html": True}).render(_COMMENT.sub("", text))
        return _SRC.sub(lambda found: f"{found[1]}{self._address(found[2], caller, site_url)}{found[3]}", html)

    def _address(self, url: str, caller: Caller, site_url: str) -> str:
        found = _GUID.search(url) if url.startswith(f"{site_url}/") else None
        upload = self._kept.get(found[1]) if found else None
        if upload is None:
            return url
        with suppress(Refusal):
            check(caller, upload.repository, "metadata", "read")
            return f"{site_url}{upload.path}?jwt={self._signed(upload)}"
        return url

    def _signed(self, upload: Upload) -> str:
        claims = {"path": upload.path, "exp": int((self._world.now() + SIGNED_FOR).timestamp())}
        return jwt.encode(claims, self._key, algorithm="HS256")

    def routes(self) -> Iterator[Route]:
        yield Route("/private-user-images/{owner}/{file}", self._given)
        yield Route("/user-attachments/assets/{name}", self._unsigned)

    async def _given(self, request: Request) -> Response:
        self.asked.append(dict(request.headers))
        upload = next((one for one in self._kept.values() if one.path == request.url.path), None)
        if upload is None or not self._is_good(request.query_params.get("jwt", ""), upload):
            return PlainTextResponse("Not Found", 404)
        if self.leads_to is not None:
            return RedirectResponse(self.leads_to, 302)
        return Response(upload.data, media_type=upload.media_type)

    def _is_good(self, signature: str, upload: Upload) -> bool:
        try:
            claims = jwt.decode(signature, self._key, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.InvalidTokenError:
            return False
        return bool(claims["path"] == upload.path and claims["exp"] > self._world.now().timestamp())

    async def _unsigned(self, request: Request) -> Response:
        """Without a browser's session there is nothing to see, and an App's token is none."""
        return PlainTextResponse("Not Found", 404)
