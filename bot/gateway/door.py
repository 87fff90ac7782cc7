"""The model gateway's routes: whose call it is, whether it may be made, and what becomes of it.

The agent's CLI is the client. It holds no key: it comes with its pod's token, gets the models of its work order and no
others, and is stopped at its budget by a hold that the ledger takes before anything is forwarded. These paths and no
others are forwarded: this is no open proxy.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import aiohttp
import orjson
import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from structlog.contextvars import bind_contextvars

from bot.doors.answers import bearer
from bot.doors.intake import body
from bot.errors import Later
from bot.gateway.ask import Ask, Rules, read_ask
from bot.gateway.budget import decide, fits_alone
from bot.gateway.prefix import Cached, prefixes
from bot.gateway.refusals import Refusal, busy, foreign, nothing_here, overloaded, too_large, unauthenticated
from bot.gateway.relay import Bill, Exchange, Receive, Send
from bot.gateway.upstream import Unsent, Upstream, given_back, refused, unreachable
from bot.gateway.windows import Windows
from bot.identity import Identity, Kept, NotYours, Unauthenticated
from bot.metrics import Metrics
from bot.store import Store
from bot.store.words import Used
from crds.usage import PRICES
from crds.work_order import Limits

log = structlog.get_logger()

LARGEST_REQUEST = 32 << 20
MOST_OPEN = 16
"""Calls of one session at the same time."""
ORDER_SECONDS = 3600.0


@dataclass(frozen=True)
class GatewayDoor:
    """What the gateway works with. `clock` gives UTC seconds; `ticks` monotonic ones."""

    store: Store
    identity: Identity
    upstream: Upstream
    metrics: Metrics
    clock: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.monotonic
    server_tools: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Terms:
    """What the gateway must know of a work order; all of one would be a lot to keep."""

    model: str
    small_model: str
    limits: Limits


def gateway(door: GatewayDoor) -> APIRouter:
    """The routes under /model/{namespace}/{name}."""
    calls = _Calls(door)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncGenerator[None]:
        yield
        await door.upstream.close()

    router = APIRouter(prefix="/model/{namespace}/{name}", lifespan=lifespan)
    router.add_api_route("/v1/messages", calls.worded(calls.messages), methods=["POST"])
    router.add_api_route("/v1/messages/count_tokens", calls.worded(calls.count_tokens), methods=["POST"])
    router.add_api_route("/v1/models", calls.worded(calls.models), methods=["GET"])
    # The CLI looks whether its base address answers at all.
    router.add_api_route("", _here, methods=["GET", "HEAD"])
    router.add_api_route("/{path:path}", calls.worded(calls.nothing), methods=["GET", "HEAD", "POST"])
    return router


async def _here() -> dict[str, str]:
    return {"gateway": "vteam-bot"}


class _Passage(Response):
    """An answer that is still to be fetched: all of a call's life happens in one coroutine, with one end."""

    def __init__(self, run: Callable[[Receive, Send], Awaitable[None]]) -> None:
        super().__init__()
        self._run = run

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        await self._run(receive, send)


class _Calls:
    def __init__(self, door: GatewayDoor) -> None:
        self._door, self._metrics = door, door.metrics
        self._terms: Kept[Terms] = Kept(ORDER_SECONDS, door.ticks)
        self._cached = Cached(door.ticks)
        self._windows = Windows(door.upstream, door.ticks)
        self._open: Counter[str] = Counter()

    def worded(self, call: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """The call, with every refusal in the shape of the Messages API."""

        async def answered(request: Request) -> Response:
            try:
                return await call(request)
            except (Refusal, Unauthenticated, NotYours, Later, HTTPException) as error:
                return self._said(_refusal(error)).response()

        return answered

    def _said(self, refusal: Refusal) -> Refusal:
        self._metrics.model_refusals.labels(refusal.reason).inc()
        log.info("model_call_refused", reason=refusal.reason, status=refusal.status)
        return refusal

    async def _caller(self, request: Request) -> tuple[str, Terms]:
        """The calling session's uid, and what its order says."""
        token = bearer(request.headers) or request.headers.get("x-api-key", "")
        names = request.path_params["namespace"], request.path_params["name"]
        bind_contextvars(session="/".join(names)[:400])
        session = await self._door.identity.session(token, *names)
        uid: str = session["metadata"]["uid"]
        terms = self._terms.get(uid) or self._terms.put(uid, await self._ordered(uid))
        return uid, terms

    async def _ordered(self, uid: str) -> Terms:
        order = await self._door.store.orders.get(uid)
        if order is None:
            raise foreign("the session has not fetched its order yet, so it has no budget")
        return Terms(order.model, order.small_model, order.limits)

    async def _ask(self, request: Request, terms: Terms, *, counting: bool = False) -> Ask:
        rules = Rules(frozenset({terms.model, terms.small_model}), self._door.server_tools)
        document = await body(request, LARGEST_REQUEST, what="the request")
        ask = await asyncio.to_thread(_understood, document, rules, counting=counting)
        return replace(ask, long_context="context-1m" in request.headers.get("anthropic-beta", ""))

    async def messages(self, request: Request) -> Response:
        uid, terms = await self._caller(request)
        with self._room(uid):
            ask = self._cached.applied(uid, await self._ask(request, terms))
        return _Passage(partial(self._passed, uid, terms, (request, ask)))

    @contextmanager
    def _room(self, uid: str) -> Generator[None]:
        if self._open[uid] >= MOST_OPEN:
            raise busy(f"the session has {MOST_OPEN} calls open already")
        self._open[uid] += 1
        try:
            yield
        finally:
            self._open[uid] -= 1
            self._open += Counter()  # forgets those at nought

    async def _passed(self, uid: str, terms: Terms, asked: tuple[Request, Ask], receive: Receive, send: Send) -> None:
        request, ask = asked
        try:
            with self._room(uid):
                exchange = await self._admitted(uid, terms, request, ask)
                await exchange.run(receive, send)
        except (Refusal, Later) as error:
            await self._said(_refusal(error)).response()(request.scope, receive, send)

    async def _admitted(self, uid: str, terms: Terms, request: Request, ask: Ask) -> Exchange:
        """The call, its hold in the ledger; raises Refusal where the budget does not reach."""
        limits = await self._granted(uid, terms.limits)
        seen: list[Used] = []

        def decided(used: Used) -> Any:
            seen.append(used)
            return decide(ask, limits, used)

        verdict, number = await self._door.store.ledger.admit(uid, decided)
        if verdict.refusal is not None or number is None:
            # What only waits for the session's own other calls is not spent yet: the CLI tries again at 429.
            if self._open[uid] > 1 and fits_alone(ask, limits, seen[-1]):
                raise busy("the session's other calls hold what is left of its budget")
            raise verdict.refusal
        if verdict.output < ask.output:
            log.info("model_output_lowered", asked=ask.output, given=verdict.output)
        door = self._door
        return Exchange(
            ask=ask,
            verdict=verdict,
            upstream=door.upstream,
            headers=request.headers,
            path=_path("/v1/messages", request),
            clock=door.ticks,
            first_byte=self._metrics.model_first_byte.observe,
            settle=partial(self._settle, uid, number, ask),
        )

    async def _granted(self, uid: str, ordered: Limits) -> Limits:
        """The order's limits, with the dollars that a person has raised them to since."""
        if ordered.cost_usd is None:
            return ordered
        raised = await self._door.store.raises.usd(uid)
        return ordered if raised is None else ordered.model_copy(update={"cost_usd": max(raised, ordered.cost_usd)})

    async def _settle(self, uid: str, number: int, ask: Ask, bill: Bill) -> None:
        tokens, usd = bill
        self._cached.remember(uid, ask, tokens)
        try:
            await self._door.store.ledger.settle(number, tokens, usd)
        except Later as trouble:
            log.error("model_call_not_settled", call=number, why=trouble.reason)
        model = label(ask.model)
        for kind, count in tokens.model_dump().items():
            self._metrics.model_tokens.labels(kind, model).inc(count)
        self._metrics.model_dollars.labels(model).inc(float(usd))

    async def count_tokens(self, request: Request) -> Response:
        """Free of charge at the maker's, so there is no hold; servers that cannot count get an estimate."""
        uid, terms = await self._caller(request)
        with self._room(uid):
            ask = await self._ask(request, terms, counting=True)
            path, upstream = _path("/v1/messages/count_tokens", request), self._door.upstream
            try:
                async with upstream.call(path, ask.body(), request.headers) as response:
                    if response.status == 200:
                        return Response(await response.read(), 200, given_back(response.headers))
                    if response.status in (404, 405, 501):
                        return _json({"input_tokens": ask.input_estimate})
                    error = await refused(response, upstream)
                    return Response(error.body, error.status, dict(error.headers))
            except (Unsent, aiohttp.ClientError, TimeoutError):
                raise unreachable() from None

    async def models(self, request: Request) -> Response:
        """The session's two models, with what they hold where only their server knows; the rest of its list is none of
        the session's business."""
        _, terms = await self._caller(request)
        names = list(dict.fromkeys((terms.model, terms.small_model)))
        made = "1970-01-01T00:00:00Z"
        data: list[dict[str, Any]] = []
        for name in names:
            window = await (self._windows.of(name) if name == terms.model else self._windows.listed(name))
            row = {"type": "model", "id": name, "display_name": name, "created_at": made}
            data.append(row | ({"max_model_len": window.tokens, "window_source": window.source} if window else {}))
        return _json({"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]})

    async def nothing(self, request: Request) -> Response:
        raise nothing_here(f"/{request.path_params['path']}")


def _understood(document: bytes, rules: Rules, *, counting: bool) -> Ask:
    ask = read_ask(document, rules, counting=counting)
    return ask if counting else replace(ask, prefixes=tuple(prefixes(ask.document)))


def _path(path: str, request: Request) -> str:
    # The one query that the API knows; the CLI sends it.
    return path + ("?beta=true" if request.query_params.get("beta") == "true" else "")


def _json(document: Any) -> Response:
    return Response(orjson.dumps(document), 200, media_type="application/json")


def label(model: str) -> str:
    """A metric's label: the entry of the price table, for a session may write any name."""
    return max((prefix for prefix in PRICES if model.startswith(prefix)), key=len, default="unpriced")


def _refusal(error: Exception) -> Refusal:
    match error:
        case Refusal():
            return error
        case Unauthenticated():
            return unauthenticated(str(error))
        case NotYours():
            return foreign(str(error))
        case Later():
            return overloaded(error.reason, error.after)
        case HTTPException(status_code=413):
            return too_large(LARGEST_REQUEST)
    raise error
