"""The runner API as the runner sees it: the order and its images, progress, the transcript, the result.

Each method is one idempotent call under the session's own name, awaited while it runs in a thread. What the bot says is
validated by the vocabulary; a secret never leaves in an error.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from pydantic import ValidationError

from crds.result import ProgressBatch, Result, SharedCode, SharedCodeBatch, SummaryBatch
from crds.work_order import KnownSummary, WorkOrder
from runner.calls import Answer, Body, Call, Caller, json_body
from runner.endings import NotTaken, PrerequisiteFailed, Refused

CHUNK = 256 * 1024

Entry = dict[str, Any]


class BotApi:
    """The session's own corner of the bot."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        # Not the loop's own threads: asyncio.run would wait at its end for one that sits on a dead connection.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="runner-api")

    async def order(self) -> WorkOrder:
        """The work order. Raises PrerequisiteFailed when it is not to be had or not to be understood."""
        answer = await self._taken(Call("GET", "/order"))
        try:
            return WorkOrder.model_validate_json(answer.body)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise PrerequisiteFailed(f"the work order is not understood: {where}: {first['msg']}") from error

    async def image(self, digest: str) -> bytes:
        """The bytes of an image of the order."""
        return (await self._taken(Call("GET", f"/images/{digest}", seconds=20.0))).body

    async def progress(self, batch: ProgressBatch, *, seconds: float = 20.0) -> int:
        """Sends a batch of numbered events; answers with the last number that the bot has."""
        answer = await self._taken(Call("POST", "/progress", json_body(batch.model_dump_json()), seconds))
        return int(json.loads(answer.body)["last"])

    async def append_transcript(self, path: str, entries: Sequence[Entry]) -> None:
        """Appends entries to the transcript at this path."""
        body = json.dumps({"subpath": path, "entries": list(entries)})
        await self._taken(Call("POST", "/transcript", json_body(body), seconds=20.0))

    async def transcript(self, path: str) -> list[Entry] | None:
        """All entries of the transcript at this path, or None where there is none."""
        answer = await self._answer(Call("GET", f"/transcript?subpath={quote(path, safe='')}"))
        if answer.status == 404:
            return None
        entries: list[Entry] = json.loads(_good(answer, "GET /transcript").body)["entries"]
        return entries

    async def transcript_subpaths(self) -> list[str]:
        """The paths of all transcripts of the session."""
        answer = await self._taken(Call("GET", "/transcript/subpaths"))
        subpaths: list[str] = json.loads(answer.body)["subpaths"]
        return subpaths

    async def put_summaries(self, made: Sequence[KnownSummary]) -> None:
        """Hands in what was summarised, once and before the agent runs: also nothing, for then its turn is over."""
        batch = SummaryBatch(summaries=tuple(made))
        await self._taken(Call("PUT", "/summaries", json_body(batch.model_dump_json()), seconds=20.0))

    async def put_code(self, code: Mapping[SharedCode, Path], *, seconds: float) -> bool:
        """Hands in what was parsed, once and before the agent runs: also nothing, for then its turn is over.

        Whether it was taken. Raises NotTaken where the bot finds fault with it.
        """
        document = SharedCodeBatch(code=tuple(code)).model_dump_json().encode()
        files = {f"code:{each.repository}": path for each, path in code.items()}
        answer = await self._answer(Call("PUT", "/code", _multipart(document, files, seconds), seconds))
        if answer.status in (413, 422):
            raise NotTaken(answer.detail)
        taken: bool = json.loads(_good(answer, "PUT /code").body)["taken"]
        return taken

    async def put_result(
        self, result: Result, bundles: dict[str, Path], *, final: bool, seconds: float = 120.0
    ) -> None:
        """Hands back the document and the bundles by repository. Raises NotTaken with the server's reason."""
        path = f"/result?final={'true' if final else 'false'}"
        document = result.model_dump_json().encode("utf-8", "replace")
        files = {f"bundle:{name}": file for name, file in bundles.items()}
        answer = await self._answer(Call("PUT", path, _multipart(document, files), seconds))
        if answer.status in (413, 422):
            raise NotTaken(answer.detail)
        _good(answer, f"PUT {path}")

    async def _answer(self, call: Call) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._caller.answer, call)

    async def _taken(self, call: Call) -> Answer:
        return _good(await self._answer(call), f"{call.method} {call.path}")


def _good(answer: Answer, what: str) -> Answer:
    if answer.status >= 300:
        raise Refused(f"the bot refuses {what} with {answer.status}: {answer.detail}")
    return answer


def _multipart(document: bytes, files: Mapping[str, Path], seconds: float | None = None) -> Body:
    """The document and one part a file, streamed from disk; broken off where that takes longer than so many seconds."""
    boundary = f"vteam-{uuid4().hex}"
    parts: list[bytes | Path] = [_head(boundary, "document", "application/json"), document]
    for name, path in files.items():
        parts += [b"\r\n", _head(boundary, name, "application/octet-stream"), path]
    parts.append(f"\r\n--{boundary}--\r\n".encode())
    length = sum(part.stat().st_size if isinstance(part, Path) else len(part) for part in parts)
    return Body(lambda: _chunks(parts, seconds), length, f"multipart/form-data; boundary={boundary}")


def _head(boundary: str, name: str, media_type: str) -> bytes:
    # A part without a file name is a form field, and form fields are held in memory by most servers.
    disposition = f'form-data; name="{name}"; filename="{name.rpartition(":")[2]}"'
    return f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {media_type}\r\n\r\n".encode()


def _chunks(parts: list[bytes | Path], seconds: float | None) -> Iterator[bytes]:
    end = time.monotonic() + seconds if seconds is not None else None
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with part.open("rb") as file:
            while chunk := file.read(CHUNK):
                if end is not None and time.monotonic() > end:
                    raise TimeoutError("it takes too long to send")
                yield chunk
