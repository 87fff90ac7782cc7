"""Parsed code at the runner's door: given to sessions of the same repository, taken from a session once.

Called by doors/runner.py, which knows whose call it is. The files are bytes here: their size and hash are checked while
they come in, and nobody looks into them. A file that is replaced while it is given ends early, and its reader sees that
by the hash.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import HTTPException, Request
from fastapi.responses import StreamingResponse

from bot.doors.intake import Upload, understood
from bot.errors import Later
from bot.metrics import Metrics
from bot.scratch import scratch_folder
from bot.store import Store
from bot.store.shared_code import KeptCode, Place
from crds.result import SharedCode, SharedCodeBatch
from crds.work_order import WorkOrder
from handlers.memory.shared_code import MOST_BYTES, is_shared, mismatch

_DOCUMENT_BYTES = 64 << 10


@dataclass(frozen=True)
class SharedCodeDoor:
    store: Store
    metrics: Metrics

    async def given(self, order: WorkOrder, wanted: tuple[str, str], lock: asyncio.Lock) -> StreamingResponse:
        """The file of a repository in a format, both as they are asked for. 404 where there is none.

        `lock`: held while it is on its way.
        """
        name, form = wanted
        place = _place(order, name)
        kept = await self.store.shared_code.find(place, form) if place is not None else None
        self.metrics.shared_code.labels("given" if kept else "absent").inc()
        if kept is None:
            raise HTTPException(404, "nothing is kept of this repository in this format")
        headers = {"ETag": f'"{kept.sha256}"', "Cache-Control": "no-store"}
        return StreamingResponse(self._pieces(kept, lock), media_type="application/octet-stream", headers=headers)

    async def _pieces(self, kept: KeptCode, lock: asyncio.Lock) -> AsyncIterator[bytes]:
        number = 0
        async with lock:
            while (piece := await self._piece(kept, number)) is not None:
                self.metrics.shared_code_bytes.labels("given").inc(len(piece))
                yield piece
                number += 1

    async def _piece(self, kept: KeptCode, number: int) -> bytes | None:
        try:
            return await self.store.shared_code.piece(kept, number)
        except Later:  # the answer has begun: all that can be done is to end it
            return None

    async def taken(self, request: Request, order: WorkOrder, uid: str) -> bool:
        """Keeps what is handed in; False, with nothing read, where the session has had its turn."""
        if await self.store.shared_code.has_had_its_turn(uid):
            self.metrics.shared_code.labels("refused").inc()
            return False
        async with scratch_folder("code") as folder:
            files = await _handed_in(request, order, folder)
            taken = await self.store.shared_code.take(uid, files)
        self.metrics.shared_code.labels("taken" if taken and files else "nothing" if taken else "refused").inc()
        self.metrics.shared_code_bytes.labels("taken").inc(sum(each.size for each in files) if taken else 0)
        return taken


def _place(order: WorkOrder, name: str) -> Place | None:
    found = next((each for each in order.repositories if each.name == name and is_shared(each)), None)
    return Place(found.id, found.private) if found is not None else None


async def _handed_in(request: Request, order: WorkOrder, folder: Path) -> dict[KeptCode, Path]:
    limits = {"document": _DOCUMENT_BYTES}
    limits |= {_part(each.name): MOST_BYTES for each in order.repositories if is_shared(each)}
    paths = dict(await Upload(folder, limits.get).read(request))
    if "document" not in paths:
        raise HTTPException(422, "the part called 'document' is missing")
    document = await asyncio.to_thread(paths.pop("document").read_bytes)
    batch = understood(SharedCodeBatch, document, what="the list of files")
    if wrong := mismatch(order, batch) or await asyncio.to_thread(_damage, batch, paths):
        raise HTTPException(422, wrong)
    return {_kept(order, each): paths[_part(each.repository)] for each in batch.code}


def _damage(batch: SharedCodeBatch, paths: Mapping[str, Path]) -> str:
    """What is wrong with the files that came; empty where nothing is."""
    if paths.keys() != {_part(each.repository) for each in batch.code}:
        return "the list and the files do not fit together"
    for each in batch.code:
        path = paths[_part(each.repository)]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if (path.stat().st_size, digest) != (each.size, each.sha256):
            return f"the file of {each.repository} is damaged"
    return ""


def _kept(order: WorkOrder, one: SharedCode) -> KeptCode:
    place = _place(order, one.repository)
    assert place is not None, "`mismatch` has looked"
    return KeptCode(place, one.format, one.sha256, one.size)


def _part(repository: str) -> str:
    return f"code:{repository}"
