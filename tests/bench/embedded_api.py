"""The embedded API server over HTTP: sessions created and finished, a list of many, and a reconciler that starts anew.

The server, the load and the reconciler run in processes of their own.
"""

import asyncio
import json
import tempfile
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bot.cluster import NAMESPACES, SESSIONS, Cluster
from tests.bench.load import NUMBER
from tests.bench.payloads import opened_shop
from tests.bench.processes import Child, child, load, resident
from tests.bench.report import Row
from tests.bench.sampling import Round, middle

GROUP = "embedded API server, over HTTP, 32 at a time"
TOKEN = "bench-admin-token"
NAMESPACE = "vteam"
AT_ONCE = 32
NUMBERED = NUMBER.decode()
MERGE = "application/merge-patch+json"
CREATES_AIM, OBSERVED_AIM = 1000, 5.0

SESSION: dict[str, Any] = {
    "apiVersion": SESSIONS.api_version,
    "kind": SESSIONS.kind,
    "metadata": {"name": f"fix-1-{NUMBERED}", "finalizers": ["vteam.ambient-code/told"]},
    "spec": {
        "displayName": "fix acme/shop#1",
        "initialPrompt": "the flaky login test: it fails now and then on the build machines",
        "task": "fix",
        "repos": [{"url": "https://github.com/acme/shop.git", "autoPush": True}],
        "origin": {
            "service": "github",
            "repository": "acme/shop",
            "issue": 1,
            "message": f"comment-{NUMBERED}",
            "requester": {"login": "ada", "id": 1},
        },
    },
}
FINISHED: dict[str, Any] = {
    "phase": "Completed",
    "message": "Done: a pull request is open.",
    "jobName": f"fix-1-{NUMBERED}",
    "told": {"sticky": "1", "stickyDigest": "0" * 64, "result": "2"},
    "progress": {"seq": 12, "turns": 6, "doing": "", "reported": "final"},
    "outcome": {
        "summary": "I fixed it. The test waits for the event now and no longer for the clock.",
        "branches": [{"repository": "acme/shop", "branch": "vteam/issue-1", "commit": "0" * 40}],
        "pullRequests": [{"repository": "acme/shop", "number": 2, "url": "https://github.com/acme/shop/pull/2"}],
    },
}


@dataclass(frozen=True)
class Server:
    """The API server with a client of it. Its namespace has no label yet: no bot acts in it."""

    url: str
    cluster: Cluster
    token: str = TOKEN
    namespace: str = NAMESPACE

    async def sessions(self, count: int, *, since: int = 0) -> dict[str, float]:
        """Creates so many."""
        return await self._load("POST", SESSIONS.path(self.namespace), SESSION, count=count, since=since)

    async def release(self, count: int, *, since: int = 0) -> dict[str, float]:
        """Takes their finalizers off."""
        path = SESSIONS.path(self.namespace, SESSION["metadata"]["name"])
        return await self._load("PATCH", path, {"metadata": {"finalizers": None}}, count=count, since=since)

    async def finish(self, count: int, *, since: int = 0) -> dict[str, float]:
        """Writes the status that a session ends with."""
        path = SESSIONS.path(self.namespace, SESSION["metadata"]["name"], "status")
        return await self._load("PATCH", path, {"status": FINISHED}, count=count, since=since)

    async def _load(self, method: str, path: str, body: Any, **job: int) -> dict[str, float]:
        kind = MERGE if method == "PATCH" else "application/json"
        return await load(
            url=self.url + path,
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": "application/json"},
            body=b64encode(json.dumps(body).encode()).decode(),
            concurrency=AT_ONCE,
            **job,
        )

    async def revision(self) -> str:
        """The version of the newest write of all."""
        return (await self.cluster.list(NAMESPACES)).resource_version


async def opened_server(stack: AsyncExitStack, folder: Path) -> tuple[Child, Server]:
    """The server, on a file in the folder."""
    process = await stack.enter_async_context(child("api", file=folder / "state.db", token=TOKEN))
    cluster = await stack.enter_async_context(Cluster.at(process.url, token=TOKEN))
    await cluster.create(NAMESPACES, {"metadata": {"name": NAMESPACE}})
    return process, Server(process.url, cluster)


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    many = 2_000 if quick else 10_000
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        async with AsyncExitStack() as stack:
            process, server = await opened_server(stack, Path(name))
            creating = await _in_rounds(process, server.sessions, many)
            await server.release(many)
            patching = await _in_rounds(process, server.finish, many)
            return [
                _row("AgenticSession created", creating, CREATES_AIM),
                _row("its status patched", patching),
                await _lists(process, server, many),
                await _observed(server, Path(name), many),
            ]


async def _in_rounds(process: Child, call: Callable[..., Awaitable[dict[str, float]]], many: int) -> Round:
    """Five rounds, so that a disturbed one does not count."""
    each, rounds = many // 5, list[Round]()
    for number in range(5):
        before = process.cpu
        seen = await call(each, since=number * each)
        rounds.append(Round((process.cpu - before) / each, seen["p50"], seen["p99"], each / seen["wall"]))
    return middle(rounds)


def _row(what: str, seen: Round, aim: float | None = None) -> Row:
    return Row(
        group=GROUP,
        what=what,
        **vars(seen),
        aim=f"> {aim:,.0f}/s" if aim else "",
        met=seen.per_second > aim if aim else None,
    )


async def _lists(process: Child, server: Server, many: int) -> Row:
    taken, before = list[float](), process.cpu
    for _ in range(3):
        began = time.perf_counter()
        found = await server.cluster.list(SESSIONS)
        taken.append(time.perf_counter() - began)
    assert len(found.items) == many
    return Row(
        group=GROUP,
        what=f"{many:,} sessions listed by our client",
        cpu=(process.cpu - before) / 3,
        value=median(taken),
        unit="s",
        per_second=many / median(taken),
        more={"server_resident_bytes": float(resident(process.pid))},
    )


async def _observed(server: Server, folder: Path, many: int) -> Row:
    """A reconciler that starts on many finished sessions: it looks at each and has nothing to do."""
    await server.cluster.patch(NAMESPACES, NAMESPACE, {"metadata": {"labels": {"vteam.ambient-code/bot": "true"}}})
    rounds = list[dict[str, Any]]()
    async with opened_shop(folder) as shop:
        for number in range(3):
            before = await server.revision()
            settings = shop.settings(folder / f"bot-{number}")
            async with child("observer", settings=settings, cluster=server.url, token=TOKEN, count=many) as one:
                await asyncio.sleep(0.5)  # a write that came late would be seen
                rounds.append({**one.said, "writes": int(await server.revision()) - int(before)})
    seconds, writes = median(one["seconds"] for one in rounds), sum(one["writes"] for one in rounds)
    return Row(
        group=GROUP,
        what=f"{many:,} seen after a restart, {writes:.0f} writes",
        cpu=median(one["cpu"] for one in rounds) / many,
        value=seconds,
        unit="s",
        per_second=many / seconds,
        aim=f"< {OBSERVED_AIM:.0f} s, 0 writes",
        met=seconds < OBSERVED_AIM and writes == 0,
        more={"writes": writes, "looks": median(one["looks"] for one in rounds)},
    )
