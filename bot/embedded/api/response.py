"""What a handler answers: a whole body, or a stream of pieces. `app` sends it; nothing here knows ASGI."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json"


@dataclass(slots=True)
class Response:
    code: int
    body: bytes
    content_type: str = JSON
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Stream:
    """Each piece is sent as it comes; the iterator is closed when the client goes away."""

    pieces: AsyncIterator[bytes]
    content_type: str = JSON


def answer(document: Any, code: int = 200) -> Response:
    return Response(code, orjson.dumps(document))
