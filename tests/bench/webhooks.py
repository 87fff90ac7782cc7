"""Webhook deliveries at the door: what one costs and how long it takes, beside a bare route that checks the signature.

Each server runs in a process of its own and is asked by another; the rounds of all take turns, so that whatever else
the machine does disturbs them alike.
"""

import tempfile
from base64 import b64encode
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.payloads import COMMAND, SIZE, Shop, headers, of_size, opened_shop
from tests.bench.processes import Child, child, load
from tests.bench.report import Row
from tests.bench.sampling import Round, middle

GROUP = "webhook deliveries (13 KB, signed)"
FLOOR = "bare FastAPI route, signature only"
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
            rounds: list[list[Round]] = [[] for _ in cases]
            for case in cases:
                await case.round(200)  # warms it up
            for _ in range(3 if quick else 7):
                for case, seen in zip(cases, rounds, strict=True):
                    seen.append(await case.round(500 if quick else 2000))
    return _rows(cases, [middle(seen) for seen in rounds])


async def _cases(stack: AsyncExitStack, folder: Path) -> list[Case]:
    shop = await stack.enter_async_context(opened_shop(folder))
    bare = await stack.enter_async_context(child("bare", secret=shop.registration.webhook_secret))
    door = await stack.enter_async_context(child("web", settings=shop.settings(folder / "bot")))
    plain, command = await _sized(shop, "Thank you, I see it too."), await _sized(shop, COMMAND)
    return [
        Case(FLOOR, bare, _job(shop, bare, command), 1),
        Case(FLOOR, bare, _job(shop, bare, command), 8),
        Case(FLOOR, bare, _job(shop, bare, command), 64),
        Case("our door, no command: read and let go", door, _job(shop, door, plain), 1),
        Case("our door, no command: read and let go", door, _job(shop, door, plain), 8),
        Case("our door, a command: kept on the disk", door, _job(shop, door, command), 1),
        Case("our door, a command: kept on the disk", door, _job(shop, door, command), 8),
        Case("our door, a command: kept on the disk", door, _job(shop, door, command), 64),
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


def _rows(cases: Sequence[Case], figures: Sequence[Round]) -> list[Row]:
    floors = {case.concurrency: one for case, one in zip(cases, figures, strict=True) if case.what == FLOOR}
    return [_row(case, one, floors[case.concurrency]) for case, one in zip(cases, figures, strict=True)]


def _row(case: Case, one: Round, floor: Round) -> Row:
    ratio = None if case.what == FLOOR else one.cpu / floor.cpu
    return Row(
        group=GROUP,
        what=f"{case.what}, {case.concurrency} at a time",
        cpu=one.cpu,
        p50=one.p50,
        p99=one.p99,
        per_second=one.per_second,
        ratio=ratio,
        beside="" if ratio is None else "CPU of the bare route",
        aim="" if ratio is None else f"≤ {AIM}× (Probot 14: about 1.1×, measured elsewhere)",
        met=None if ratio is None else ratio <= AIM,
        more={} if ratio is None else {"rate_ratio": floor.per_second / one.per_second},
    )
