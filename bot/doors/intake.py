"""Reads what a pod sends, never more than it may: bodies into memory, uploads part by part onto the disk.

Called by the runner door and the gateway. Every refusal is an HTTPException whose detail is a sentence; limits are
checked while reading, whatever Content-Length says.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from fastapi import HTTPException, Request, Response
from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FLUSH = 1 << 20


def too_large(what: str, limit: int) -> HTTPException:
    return HTTPException(413, f"{what} is larger than {limit:,} bytes")


async def body(request: Request, limit: int, *, what: str = "the body") -> bytes:
    """The whole body; 413 as soon as it passes the limit."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise too_large(what, limit)
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise too_large(what, limit)
    return bytes(read)


async def hung_up(_request: Request, _gone: Exception) -> Response:
    """Whoever hangs up in the middle of a request has sent nothing and hears nothing: that is no fault of ours."""
    return Response(status_code=400)


def understood[M: BaseModel](model: type[M], document: bytes | str, *, what: str) -> M:
    """The document as a model; 422 with the first thing that is wrong with it."""
    try:
        return model.model_validate_json(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        raise HTTPException(422, f"{what} is not understood: {where + ': ' if where else ''}{first['msg']}") from error


@dataclass
class _Part:
    """One part on its way to the disk."""

    disposition: bytes = b""
    name: str = ""
    size: int = 0
    limit: int = 0
    path: Path | None = None
    file: IO[bytes] | None = None
    pending: bytearray = field(default_factory=bytearray)


class Upload:
    """The parts of one multipart body, each in a file of `folder`. `allowed` gives a part's limit, None for no such."""

    def __init__(self, folder: Path, allowed: Callable[[str], int | None]) -> None:
        self._folder, self._allowed = folder, allowed
        self._part = _Part()
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._full: list[_Part] = []
        self.paths: dict[str, Path] = {}

    async def read(self, request: Request) -> Mapping[str, Path]:
        """All parts by name. 400 for what is no multipart body, 413 and 422 for what is not allowed."""
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise HTTPException(400, "a multipart/form-data body is needed")
        try:
            await self._parse(MultipartParser(options[b"boundary"], self._callbacks()), request.stream())
        except FormParserError as error:
            raise HTTPException(400, "the multipart body is damaged") from error
        finally:
            for part in (*self._full, self._part):
                if part.file:
                    part.file.close()
        return self.paths

    async def _parse(self, parser: MultipartParser, chunks: AsyncIterator[bytes]) -> None:
        async for chunk in chunks:
            parser.write(chunk)
            if self._full or len(self._part.pending) >= FLUSH:
                await asyncio.to_thread(self._flush)
        parser.finalize()
        await asyncio.to_thread(self._flush)

    def _flush(self) -> None:
        for part in (*self._full, self._part):
            if part.path and part.file is None:
                part.file = part.path.open("wb")
            if part.file:
                part.file.write(part.pending)
                part.pending.clear()
        for part in self._full:
            if part.file:
                part.file.close()
        self._full.clear()

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._named,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._part = _Part()

    def _header_end(self) -> None:
        if bytes(self._header[0]).lower() == b"content-disposition":
            self._part.disposition = bytes(self._header[1])
        self._header = (bytearray(), bytearray())

    def _named(self) -> None:
        part = self._part
        _, options = parse_options_header(part.disposition)
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        limit = self._allowed(part.name)
        if limit is None or part.name in self.paths:
            raise HTTPException(422, f"a part called {part.name[:200]!r} is not taken here, or not twice")
        part.limit = limit
        self.paths[part.name] = self._folder / str(len(self.paths))
        part.path = self.paths[part.name]

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._part.size += end - start
        if self._part.size > self._part.limit:
            raise too_large(self._part.name[:200], self._part.limit)
        self._part.pending += data[start:end]

    def _end(self) -> None:
        self._full.append(self._part)
        self._part = _Part()
