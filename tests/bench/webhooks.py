"""Webhook deliveries at the door: what one costs and how long it takes, beside a bare route that checks the signature.

Each server runs in a process of its own and is asked by another; the rounds of all take turns, so that whatever else
the machine does disturbs them alike. A second floor is SQLite alone, for what is kept must be on the disk.
"""

import asyncio
import os
import sqlite3
import tempfile
import time
from base64 import b64encode
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.bench.payloads import COMMAND, SIZE, Shop, headers, of_size, opened_shop
from tests.bench.processes import Child, child, load
from tests.bench.report import Row
from tests.bench.sampling import Round, middle, percentile

GROUP = "webhook deliveries (13 KB, signed), at a time"
FLOOR = "bare FastAPI route, signature only"
PLAIN = "our door, a comment without a command"
KEPT = "our door, a command: kept on the disk"
NOTE = "Probot 14 takes about 1.1× of the bare route (measured elsewhere); it keeps nothing."
AIM = 1.5


@dataclass(frozen=True)
class Case:
    """One server with one kind of delivery at one concurrency."""

    what: str
    server: Child
    job: dict[str, Any]
    concurrency: int

    async def round(self, count: int) -> Round:
        before = self.server.cpu
        seen = await load(**self.job, count=count, concurrency=self.concurrency)
        cpu = (self.server.cpu - before) / count
        return Round(cpu, seen["p50"], seen["p99"], count / seen["wall"])


async def measure(*, quick: bool) -> list[Row]:
    """The rows."""
    with tempfile.TemporaryDirectory(prefix="vteam-bench-") as name:
        async with AsyncExitStack() as stack:
            cases = await _cases(stack, Path(name))
            disk = {case.concurrency: Disk(Path(name), case.concurrency) for case in cases}
            rounds: list[list[Round]] = [[] for _ in cases]
            for case in cases:
                await case.round(200)  # warms it up
            for _ in range(3 if quick else 7):
                for case, seen in zip(cases, rounds, strict=True):
                    seen.append(await case.round(500 if quick else 2000))
                for one in disk.values():
                    await asyncio.to_thread(one.round)
    return _rows(cases, [middle(seen) for seen in rounds], disk)


@dataclass
class Disk:
    """SQLite alone: rows of a delivery's size, so many in a transaction that the disk has at its end."""

    folder: Path
    together: int
    rounds: list[Round] = field(default_factory=list)

    def round(self) -> None:
        with closing(sqlite3.connect(self.folder / f"disk-{self.together}.db", isolation_level=None)) as connection:
            connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
            connection.execute("CREATE TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY, payload BLOB)")
            times, body, began = list[float](), os.urandom(SIZE), time.thread_time()
            for _ in range(512 // self.together):
                since = time.perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                rows = [(str(uuid4()), body) for _ in range(self.together)]
                connection.executemany("INSERT INTO kept VALUES (?, ?)", rows)
                connection.execute("COMMIT")
                times.append(time.perf_counter() - since)
            each = (time.thread_time() - began) / 512
        self.rounds.append(Round(each, percentile(times, 0.5), percentile(times, 0.99), 512 / sum(times)))


async def _cases(stack: AsyncExitStack, folder: Path) -> list[Case]:
    shop = await stack.enter_async_context(opened_shop(folder))
    bare = await stack.enter_async_context(child("bare", secret=shop.registration.webhook_secret))
    door = await stack.enter_async_context(child("web", settings=shop.settings(folder / "bot")))
    plain, command = await _sized(shop, "Thank you, I see it too."), await _sized(shop, COMMAND)
    return [
        Case(FLOOR, bare, _job(shop, bare, command), 1),
        Case(FLOOR, bare, _job(shop, bare, command), 8),
        Case(FLOOR, bare, _job(shop, bare, command), 64),
        Case(PLAIN, door, _job(shop, door, plain), 1),
        Case(PLAIN, door, _job(shop, door, plain), 8),
        Case(KEPT, door, _job(shop, door, command), 1),
        Case(KEPT, door, _job(shop, door, command), 8),
        Case(KEPT, door, _job(shop, door, command), 64),
    ]


async def _sized(shop: Shop, text: str) -> Any:
    """A delivery of the usual size with this comment."""
    small = await shop.delivery(text)
    return await shop.delivery(of_size(text, SIZE - len(small.body)))


def _job(shop: Shop, server: Child, delivery: Any) -> dict[str, Any]:
    return {
        "url": f"{server.url}/webhooks/github",
        "headers": headers(shop, delivery),
        "body": b64encode(delivery.body).decode(),
        "unique": "X-GitHub-Delivery",
    }


def _rows(cases: Sequence[Case], figures: Sequence[Round], disk: dict[int, Disk]) -> list[Row]:
    floors = {case.concurrency: one for case, one in zip(cases, figures, strict=True) if case.what == FLOOR}
    writes = {together: middle(one.rounds) for together, one in disk.items()}
    bare = [_row(case, one) for case, one in zip(cases, figures, strict=True) if case.what == FLOOR]
    alone = [
        Row(group=GROUP, what=f"SQLite alone, rows of 13 KB, {together} a sync", **vars(one))
        for together, one in writes.items()
    ]
    ours = [
        _row(case, one, floors[case.concurrency], writes[case.concurrency])
        for case, one in zip(cases, figures, strict=True)
        if case.what != FLOOR
    ]
    return [*bare, *alone, *ours]


def _row(case: Case, one: Round, floor: Round | None = None, write: Round | None = None) -> Row:
    what = f"{case.what}, {case.concurrency}"
    if floor is None or write is None:
        return Row(group=GROUP, what=what, **vars(one))
    ratio, more = one.cpu / floor.cpu, {"rate_ratio": floor.per_second / one.per_second}
    if case.what == KEPT:
        more["cpu_beside_route_and_sqlite"] = one.cpu / (floor.cpu + write.cpu)
    return Row(
        group=GROUP,
        what=what,
        **vars(one),
        ratio=ratio,
        beside="bare route",
        aim=f"≤ {AIM}×",
        met=ratio <= AIM,
        note=NOTE,
        more=dict(more),
    )
