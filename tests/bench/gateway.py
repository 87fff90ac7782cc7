"""Model calls through the gateway beside the same calls sent to the Messages stand-in: first byte, whole call, CPU.

The web half, the API server that tells whose token it is, the stand-in and the load run in processes of their own. The
request has the size of the CLI's: its first one, and one late in a long session.
"""

import json
import tempfile
from base64 import b64encode
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bot.cluster import SERVICE_ACCOUNTS, SESSIONS, Cluster, Json
from bot.store import Store
from crds.agentic_session import API_VERSION, Task
from crds.work_order import WorkOrder
from tests.bench.embedded_api import NAMESPACE, SESSION, TOKEN, opened_server
from tests.bench.first_request import LIMITS
from tests.bench.payloads import WORDS, opened_shop
from tests.bench.processes import Child, child, load
from tests.bench.report import Row

GROUP = "model gateway: a streamed answer of 4 KB in 100 pieces; p50 and p99 to its first byte"
NAME, MODEL = "bench-1", "scripted"
ANSWER = "word and " * 440
FIRST, LATE = 22_000, 400_000
"""Bytes of the CLI's first request, and of one late in a long session."""


@dataclass(frozen=True)
class Case:
    """One address with one size of request; `server` is whose CPU counts."""

    what: str
    server: Child
    url: str
    token: str
    size: int
    concurrency: int

    async def round(self, count: int) -> dict[str, float]:
        before = self.server.cpu
        seen = await load(
            url=self.url,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "anthropic-version": "2023-06-01",
            },
            body=b64encode(_request(self.size)).decode(),
            count=count,
            concurrency=self.concurrency,
        )
        return {**seen, "cpu": (self.server.cpu - before) / count, "rate": count / seen["wall"]}


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        async with AsyncExitStack() as stack:
            pairs = await _pairs(stack, Path(name))
            seen: list[tuple[list[dict[str, float]], ...]] = [([], []) for _ in pairs]
            for _ in range(3 if quick else 7):
                for pair, rounds in zip(pairs, seen, strict=True):
                    for case, found in zip(pair, rounds, strict=True):
                        found.append(await case.round(40 if quick else 150))
    return [
        row
        for pair, (direct, through) in zip(pairs, seen, strict=True)
        for row in _rows(pair, _middle(direct), _middle(through))
    ]


async def _pairs(stack: AsyncExitStack, folder: Path) -> list[tuple[Case, Case]]:
    """The same call to the stand-in and through the gateway."""
    shop = await stack.enter_async_context(opened_shop(folder))
    _, api = await opened_server(stack, folder)
    model = await stack.enter_async_context(child("messages", say=ANSWER))
    token = await _session(api.cluster, folder / "bot")
    settings = shop.settings(folder / "bot") | {"model_url": model.url, "anthropic_api_key": model.said["key"]}
    web = await stack.enter_async_context(child("web", settings=settings, cluster=api.url, token=TOKEN))
    through = f"{web.url}/model/{NAMESPACE}/{NAME}/v1/messages"
    direct = f"{model.url}/v1/messages"
    kinds = (("first request, 22 KB", FIRST, 1), ("first request, 22 KB", FIRST, 8), ("late request, 400 KB", LATE, 1))
    return [
        (Case(what, model, direct, model.said["key"], size, at), Case(what, web, through, token, size, at))
        for what, size, at in kinds
    ]


async def _session(cluster: Cluster, data: Path) -> str:
    """A running session with its account and its order; the token of its pod."""
    metadata = {"name": NAME, "namespace": NAMESPACE}
    made = await cluster.create(SESSIONS, {"metadata": metadata, "spec": SESSION["spec"]}, NAMESPACE)
    running: Json = {"status": {"phase": "Running"}}
    await cluster.patch(SESSIONS, NAME, running, namespace=NAMESPACE, subresource="status")
    owner = {"apiVersion": API_VERSION, "kind": SESSIONS.kind, "name": NAME, "uid": made["metadata"]["uid"]}
    account = {**metadata, "ownerReferences": [{**owner, "controller": True}]}
    await cluster.create(SERVICE_ACCOUNTS, {"metadata": account}, NAMESPACE)
    async with Store.open(f"sqlite:///{data}/vteam.db") as store:
        await store.orders.put_once(made["metadata"]["uid"], _order())
    status = await cluster.create_token(NAME, NAMESPACE, audiences=["vteam-bot"], seconds=3600)
    return str(status["token"])


def _order() -> WorkOrder:
    return WorkOrder(
        session=f"{NAMESPACE}/{NAME}",
        task=Task.FIX,
        request="fix it",
        title="t",
        model=MODEL,
        small_model=MODEL,
        priced=False,
        limits=LIMITS,
        repositories=(),
        talk=(),
    )


def _request(size: int) -> bytes:
    """A streamed request with a system prompt, tools and as much talk as the size needs."""
    said, turns = WORDS * 20, list[dict[str, Any]]()
    schema = {"type": "object", "properties": {"path": {"type": "string"}}}
    document = {
        "model": MODEL,
        "max_tokens": 32_000,
        "stream": True,
        "system": [{"type": "text", "text": WORDS * 100, "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": f"Tool{n}", "description": WORDS, "input_schema": schema} for n in range(12)],
        "messages": turns,
    }
    while not turns or len(json.dumps(document)) < size:
        turns.append({"role": "user", "content": [{"type": "text", "text": said}]})
        turns.append({"role": "assistant", "content": [{"type": "text", "text": said}]})
    turns.append({"role": "user", "content": [{"type": "text", "text": "Go on."}]})
    return json.dumps(document).encode()


def _middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(one[name] for one in rounds) for name in rounds[0]}


def _rows(pair: tuple[Case, Case], direct: dict[str, float], through: dict[str, float]) -> list[Row]:
    added = through["first_p50"] - direct["first_p50"]
    return [
        _row(f"{pair[0].what}, {pair[0].concurrency} at a time: alone", direct),
        _row(
            f"{pair[0].what}, {pair[0].concurrency} at a time: through it, added",
            through,
            value=added,
            ratio=through["first_p50"] / direct["first_p50"],
        ),
    ]


def _row(what: str, seen: dict[str, float], *, value: float | None = None, ratio: float | None = None) -> Row:
    return Row(
        group=GROUP,
        what=what,
        cpu=seen["cpu"],
        p50=seen["first_p50"],
        p99=seen["first_p99"],
        per_second=seen["rate"],
        value=value,
        unit="s",
        ratio=ratio,
        beside="stand-in" if ratio else "",
        more={"whole_p50": seen["p50"], "whole_p99": seen["p99"]},
    )
