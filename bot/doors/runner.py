"""The runner API: what the pod of a session may ask for and hand back, all of it under the session's own name.

The agent can speak as its runner, for they share a pod: whatever is allowed here, the agent can do. So: an order can be
read, never changed. A token reads the session's own repositories, which the agent holds already. Progress and
transcripts are bounded in size and pace and only shown redacted. A result that the agent hands in itself is worth no
more than the runner's: everything in it is checked against the order here, and against policy by whoever publishes it;
handing in twice gets a refusal, and the first one stands. Summaries and parsed code outlive the session: they are taken
once, before the agent runs. Nothing else here reaches another session, or spends money.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from fastapi import APIRouter, HTTPException, Request, Response
from structlog.contextvars import bind_contextvars

from bot.cluster import Cluster, Json
from bot.doors.answers import Worded, bearer
from bot.doors.intake import Upload, body, understood
from bot.doors.pace import Pace
from bot.doors.pulse import Pulse
from bot.doors.shared_code import SharedCodeDoor
from bot.identity import Ended, Identity, Kept, ended
from bot.metrics import Metrics
from bot.scratch import scratch_folder
from bot.store import Conflict, Store, TooMuch
from crds.result import ProgressBatch, Result, SummaryBatch
from crds.work_order import ReadToken, WorkOrder
from handlers.memory.summaries import taken

JSON = "application/json"
LONGEST_SUBPATH = 512
TOKEN_SECONDS = 30.0
"""Seconds in which a session gets the same read token. One is some calls to the forge for each of its repositories, and
git asks for each of them. What may not be read any more is read for so much longer; a token itself lives an hour."""


@dataclass(frozen=True)
class RunnerLimits:
    """What one session may send."""

    progress_bytes: int = 4 << 20
    events: int = 20_000
    transcript_bytes: int = 16 << 20
    """Of one batch; the store bounds the whole."""
    entries: int = 10_000
    document_bytes: int = 16 << 20
    summaries_bytes: int = 1 << 20
    calls_per_second: float = 20.0
    burst: int = 200


@dataclass(frozen=True)
class RunnerDoor:
    """What the runner API works with. `clock` gives UTC seconds since the epoch."""

    store: Store
    identity: Identity
    cluster: Cluster
    make_order: Callable[[Json], Awaitable[WorkOrder]]
    read_token: Callable[[Json], Awaitable[ReadToken]]
    clock: Callable[[], float]
    limits: RunnerLimits = field(default_factory=RunnerLimits)
    metrics: Metrics = field(default_factory=Metrics)


def runner_api(door: RunnerDoor) -> APIRouter:
    """The routes under /sessions/{namespace}/{name}."""
    calls = _Calls(door)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncGenerator[None]:
        yield
        await calls.pulse.close()

    router = APIRouter(prefix="/sessions/{namespace}/{name}", route_class=Worded, lifespan=lifespan)
    router.add_api_route("/order", calls.order, methods=["GET"])
    router.add_api_route("/images/{digest}", calls.image, methods=["GET"])
    router.add_api_route("/token", calls.token, methods=["POST"])
    router.add_api_route("/progress", calls.progress, methods=["POST"])
    router.add_api_route("/transcript", calls.transcript, methods=["GET"])
    router.add_api_route("/transcript", calls.append, methods=["POST"])
    router.add_api_route("/transcript/subpaths", calls.subpaths, methods=["GET"])
    router.add_api_route("/summaries", calls.summaries, methods=["PUT"])
    router.add_api_route("/code", calls.share, methods=["PUT"])
    router.add_api_route("/code/{repository}", calls.code, methods=["GET"])
    router.add_api_route("/result", calls.result, methods=["PUT"])
    return router


class _Calls:
    """One method a route; each begins by asking whose call it is."""

    def __init__(self, door: RunnerDoor) -> None:
        self._door, self._store, self._limits = door, door.store, door.limits
        self._pace = Pace(door.limits.calls_per_second, door.limits.burst, door.clock)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._code = SharedCodeDoor(door.store, door.metrics)
        self._tokens: Kept[ReadToken] = Kept(TOKEN_SECONDS, door.clock)
        self.pulse = Pulse(door.cluster, door.store, door.clock)

    async def _caller(self, request: Request, *, ended_too: bool = False) -> tuple[Json, str]:
        """The calling session and its uid; raises for everybody else, and for one that calls too often."""
        names = request.path_params["namespace"], request.path_params["name"]
        bind_contextvars(session="/".join(names)[:400])
        session = await self._door.identity.session(bearer(request.headers), *names, ended_too=ended_too)
        uid: str = session["metadata"]["uid"]
        if wait := self._pace.wait(uid):
            raise HTTPException(429, "the session calls too often", {"Retry-After": f"{wait:.2f}"})
        return session, uid

    def _alone(self, uid: str, what: str) -> asyncio.Lock:
        """One body of a kind at a time for each session, so that no session fills our memory or disk; others wait."""
        return self._locks.setdefault(f"{uid} {what}", asyncio.Lock())

    async def order(self, request: Request) -> Response:
        session, uid = await self._caller(request)
        order = await self._store.orders.get(uid)
        if order is None:
            order = await self._store.orders.put_once(uid, await self._door.make_order(session))
        return Response(order.model_dump_json(), media_type=JSON)

    async def image(self, request: Request, digest: str) -> Response:
        """The bytes of an image that the session's order tells of."""
        _, uid = await self._caller(request)
        data = await self._store.images.get(uid, digest[:64])
        if data is None:
            raise HTTPException(404, "the session has no such image")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def token(self, request: Request) -> Response:
        session, uid = await self._caller(request)
        async with self._alone(uid, "token"):  # all clones begin at once, and each asks
            token = self._tokens.get(uid) or self._tokens.put(uid, await self._door.read_token(session))
        return Response(token.model_dump_json(), media_type=JSON, headers={"Cache-Control": "no-store"})

    async def progress(self, request: Request) -> dict[str, int]:
        session, uid = await self._caller(request)
        async with self._alone(uid, "progress"):
            document = await body(request, self._limits.progress_bytes)
        events = understood(ProgressBatch, document, what="the progress").events
        if events and max(event.seq for event in events) > self._limits.events:
            raise HTTPException(422, f"a session has at most {self._limits.events:,} progress events")
        last = await self._store.progress.append(uid, events)
        if events:
            await self.pulse.progress(session, max(events, key=lambda event: event.seq).kind)
        return {"last": last}

    async def transcript(self, request: Request) -> Response:
        _, uid = await self._caller(request)
        documents = await self._store.transcripts.documents(uid, _subpath(request.query_params.get("subpath")))
        if not documents:
            raise HTTPException(404, "the session has no such transcript")
        return Response(b'{"entries":[' + b",".join(documents) + b"]}", media_type=JSON)

    async def append(self, request: Request) -> Response:
        _, uid = await self._caller(request)
        async with self._alone(uid, "transcript"):
            document = await body(request, self._limits.transcript_bytes)
            subpath, entries = await asyncio.to_thread(_batch, document, self._limits.entries)
            try:
                await self._store.transcripts.append(uid, subpath, entries)
            except TooMuch as full:
                raise HTTPException(413, str(full)) from full
        return Response(status_code=204)

    async def subpaths(self, request: Request) -> dict[str, list[str]]:
        _, uid = await self._caller(request)
        return {"subpaths": await self._store.transcripts.subpaths(uid)}

    async def result(self, request: Request, final: bool) -> dict[str, bool]:
        session, uid = await self._caller(request, ended_too=True)
        await self._still_taken(session, uid, final=final)
        order = await self._store.orders.get(uid)
        if order is None:
            raise HTTPException(409, "the session has not fetched its order yet, so it can have no result")
        async with self._alone(uid, "result"), scratch_folder("result") as folder:
            result, bundles = await self._handed_in(request, order, folder)
            stored = await self._kept(uid, result, final=final, bundles=bundles)
        if not ended(session):
            # Also when it was stored before: the answer that was lost may have been lost ahead of this write.
            await self.pulse.reported(session, "final" if final else "checkpoint")
        return {"stored": stored}

    async def summaries(self, request: Request) -> dict[str, bool]:
        _, uid = await self._caller(request)
        order = await self._store.orders.get(uid)
        if order is None or not order.summarises or not order.repositories:
            raise HTTPException(409, "no summaries are taken from this session")
        async with self._alone(uid, "summaries"):
            document = await body(request, self._limits.summaries_bytes)
        made = taken(order, understood(SummaryBatch, document, what="the summaries").summaries)
        return {"taken": await self._store.summaries.take(uid, order.repositories[0].id, made)}

    async def code(self, request: Request, repository: str, form: str) -> Response:
        _, uid = await self._caller(request)
        order = await self._store.orders.get(uid)
        if order is None:
            raise HTTPException(409, "the session has not fetched its order yet")
        return await self._code.given(order, (repository, form), self._alone(uid, "code"))

    async def share(self, request: Request) -> dict[str, bool]:
        _, uid = await self._caller(request)
        order = await self._store.orders.get(uid)
        if order is None or not order.shares_code:
            raise HTTPException(409, "no code is taken from this session")
        async with self._alone(uid, "shared code"):
            return {"taken": await self._code.taken(request, order, uid)}

    async def _kept(self, uid: str, result: Result, *, final: bool, bundles: Mapping[str, Path]) -> bool:
        try:
            return await self._store.results.put(uid, result, final=final, bundles=bundles)
        except Conflict as conflict:
            raise HTTPException(409, str(conflict)) from conflict

    async def _still_taken(self, session: Json, uid: str, *, final: bool) -> None:
        """An ended session may only say again what it has said: its runner may have missed our answer."""
        if ended(session):
            stored = await self._store.results.get(uid)
            if not final or stored is None or not stored.final:
                raise Ended("the session has ended; no result is taken from it any more")

    async def _handed_in(self, request: Request, order: WorkOrder, folder: Path) -> tuple[Result, dict[str, Path]]:
        limits = {"document": self._limits.document_bytes}
        limits |= {_part(each.name): order.limits.bundle_bytes for each in order.repositories if each.writable}
        paths = dict(await Upload(folder, limits.get).read(request))
        if "document" not in paths:
            raise HTTPException(422, "the part called 'document' is missing")
        result = await asyncio.to_thread(_document, paths.pop("document"))
        bundles = {name.removeprefix("bundle:"): path for name, path in paths.items()}
        if wrong := mismatch(order, result, bundles):
            raise HTTPException(422, wrong)
        return result, bundles


def _document(path: Path) -> Result:
    return understood(Result, path.read_bytes(), what="the result document")


def mismatch(order: WorkOrder, result: Result, bundles: Mapping[str, object]) -> str:
    """Why this result cannot be an answer to this order; empty where it can."""
    known = {each.name: each for each in order.repositories}
    for number, work in enumerate(result.work):
        repository = known.get(work.repository)
        if repository is None:
            return f"the order has no repository called {work.repository[:201]!r}"
        if any(work.repository == other.repository for other in result.work[:number]):
            return f"the result has two rows for {work.repository}"
        if work.base != repository.commit:
            return f"the work on {work.repository} starts at {work.base[:12]}, the order at {repository.commit[:12]}"
        if work.bundle != (work.repository in bundles):
            return f"the row of {work.repository} and its bundle do not fit together"
    rows = {work.repository for work in result.work}
    return next((f"the bundle of {name} has no row in the document" for name in bundles if name not in rows), "")


def _part(repository: str) -> str:
    return f"bundle:{repository}"


def _subpath(found: object) -> str | None:
    if found is None or found == "":
        return None
    if not isinstance(found, str) or len(found) > LONGEST_SUBPATH or not found.isprintable():
        raise HTTPException(422, f"a subpath is a line of at most {LONGEST_SUBPATH} characters")
    return found


def _batch(document: bytes, most: int) -> tuple[str | None, list[dict[str, Any]]]:
    """Subpath and entries of a POST to the transcript; the entries stay as they are."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "the body is not JSON") from error
    entries = found.get("entries") if isinstance(found, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise HTTPException(422, 'the body is {"subpath": text or null, "entries": [objects]}')
    if len(entries) > most:
        raise HTTPException(413, f"a batch has at most {most:,} entries")
    return _subpath(found.get("subpath")), entries
