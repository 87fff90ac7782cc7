"""The queue between a watch and its steps: one worker a key, again when it changed meanwhile, not ended by errors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from bot.errors import Later
from bot.work_queue import WorkQueue


@asynccontextmanager
async def working(step: Callable[[str], Awaitable[float | None]]) -> AsyncIterator[WorkQueue]:
    queue = WorkQueue("test", step)
    running = asyncio.create_task(queue.run(workers=3))
    try:
        yield queue
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_key_is_never_worked_on_twice_at_once_and_again_when_it_changed_meanwhile() -> None:
    at_work, most, count = 0, 0, 0
    done = asyncio.Event()

    async def step(_: str) -> None:
        nonlocal at_work, most, count
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work, count = at_work - 1, count + 1
        if count == 2:
            done.set()

    async with working(step) as queue, asyncio.timeout(60):
        queue.add("a")
        await asyncio.sleep(0.01)
        for _ in range(5):
            queue.add("a")
        await done.wait()
        await asyncio.sleep(0.05)
    assert (most, count) == (1, 2)


async def test_different_keys_are_worked_on_side_by_side() -> None:
    together = asyncio.Barrier(3)

    async def step(_: str) -> None:
        await together.wait()

    async with working(step) as queue, asyncio.timeout(60):
        queue.add("a")
        queue.add("b")
        await together.wait()


async def test_what_fails_is_tried_again_and_what_asks_for_later_gets_it() -> None:
    tries: list[str] = []
    done = asyncio.Event()

    async def step(key: str) -> None:
        tries.append(key)
        if len(tries) == 1:
            raise RuntimeError("broken")
        if len(tries) == 2:
            raise Later("not yet", after=0.01)
        done.set()

    with structlog.testing.capture_logs() as logs:
        async with working(step) as queue, asyncio.timeout(60):
            queue.add("a")
            await done.wait()
    assert tries == ["a"] * 3
    assert [entry["event"] for entry in logs] == ["step_failed", "step_postponed"]


async def test_a_step_can_ask_to_be_called_again_when_time_has_passed() -> None:
    calls = asyncio.Queue[str]()

    async def step(key: str) -> float | None:
        calls.put_nowait(key)
        return 0.01 if calls.qsize() < 2 else None

    async with working(step) as queue, asyncio.timeout(60):
        queue.add("a")
        assert [await calls.get(), await calls.get()] == ["a", "a"]
