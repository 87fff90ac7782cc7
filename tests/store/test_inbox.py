"""The inbox: nothing that was acknowledged is lost, and nothing is given to two workers."""

import asyncio
import subprocess
import sys
from pathlib import Path

from bot.store import Delivery, Store
from tests.store.conftest import Clock


def delivery(id: str, *, payload: bytes = b'{"a":1}') -> Delivery:
    return Delivery(id, "github", "issue_comment", {"X-GitHub-Event": "issue_comment"}, payload, 1_700_000_000.0)


async def test_a_delivery_is_kept_once_however_often_it_comes(store: Store) -> None:
    assert await store.inbox.add(delivery("d1"))
    assert not await store.inbox.add(delivery("d1"))
    assert await store.inbox.depth() == 1


async def test_deliveries_that_arrive_together_are_told_apart(store: Store) -> None:
    answers = await asyncio.gather(*(store.inbox.add(delivery(f"d{n % 20}")) for n in range(60)))
    assert answers.count(True) == 20
    assert await store.inbox.depth() == 20


async def test_one_caller_that_hangs_up_takes_no_other_delivery_along(store: Store) -> None:
    first = asyncio.create_task(store.inbox.add(delivery("d1")))
    second = asyncio.create_task(store.inbox.add(delivery("d2")))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    assert await store.inbox.seen(["d1", "d2", "d3"]) == {"d1", "d2"}


async def test_what_is_leased_comes_back_as_it_arrived_and_in_order(store: Store) -> None:
    for name in ("d1", "d2", "d3"):
        await store.inbox.add(delivery(name, payload=bytes(range(256))))
    leased = await store.inbox.lease(2, 30)
    assert [each.delivery for each in leased] == [delivery(name, payload=bytes(range(256))) for name in ("d1", "d2")]
    assert [each.attempt for each in leased] == [1, 1]


async def test_two_workers_never_get_the_same_delivery(url: str, store: Store, clock: Clock) -> None:
    await asyncio.gather(*(store.inbox.add(delivery(f"d{n}")) for n in range(40)))
    async with Store.open(url, clock=clock) as other:
        rounds = await asyncio.gather(*(one.inbox.lease(7, 30) for one in (store, other) * 5))
    ids = [each.delivery.id for leased in rounds for each in leased]
    assert len(ids) == len(set(ids))
    rest = [each.delivery.id for _ in range(6) for each in await store.inbox.lease(7, 30)]
    assert sorted(ids + rest) == sorted(f"d{n}" for n in range(40))


async def test_a_lease_that_runs_out_gives_the_delivery_back(store: Store, clock: Clock) -> None:
    await store.inbox.add(delivery("d1"))
    await store.inbox.lease(1, 30)
    clock.now += 29
    assert await store.inbox.lease(1, 30) == []
    clock.now += 2
    [again] = await store.inbox.lease(1, 30)
    assert again.attempt == 2


async def test_later_means_later_and_not_lost(store: Store, clock: Clock) -> None:
    await store.inbox.add(delivery("d1"))
    await store.inbox.lease(1, 30)
    await store.inbox.later("d1", 5, "GitHub answers 502")
    assert await store.inbox.lease(1, 30) == []
    clock.now += 5
    assert [each.attempt for each in await store.inbox.lease(1, 30)] == [2]


async def test_a_done_delivery_is_remembered_without_its_payload(store: Store) -> None:
    await store.inbox.add(delivery("d1"))
    await store.inbox.lease(1, 30)
    await store.inbox.done("d1", "session made", session="team/fix-1")
    assert await store.inbox.depth() == 0
    assert await store.inbox.seen(["d1"]) == {"d1"}
    assert not await store.inbox.add(delivery("d1"))


async def test_a_failed_delivery_is_kept_whole_for_people(store: Store, clock: Clock) -> None:
    await store.inbox.add(delivery("d1", payload=b"odd"))
    await store.inbox.lease(1, 30)
    await store.inbox.failed("d1", "KeyError: 'issue' \0")
    clock.now += 1000
    assert await store.inbox.lease(1, 30) == []
    [failed] = await store.inbox.failures()
    assert (failed.delivery.payload, failed.attempts, failed.reason) == (b"odd", 1, "KeyError: 'issue' ")


async def test_a_worker_that_reports_late_does_not_wake_what_has_ended(store: Store, clock: Clock) -> None:
    await store.inbox.add(delivery("d1"))
    await store.inbox.lease(1, 30)
    await store.inbox.done("d1", "session made")
    await store.inbox.later("d1", 0, "too late")
    clock.now += 100
    assert await store.inbox.lease(1, 30) == []


async def test_a_waiting_worker_wakes_when_something_is_added(store: Store) -> None:
    waiting = asyncio.create_task(store.inbox.wait(60))
    await asyncio.sleep(0)
    await store.inbox.add(delivery("d1"))
    await waiting
    assert len(await store.inbox.lease(5, 30)) == 1


async def test_what_was_added_before_the_wait_is_not_slept_over(store: Store) -> None:
    await store.inbox.add(delivery("d1"))
    async with asyncio.timeout(30):
        await store.inbox.wait(600)


_KILLED = """
import asyncio, os, sys
from bot.store import Delivery, Store

async def main() -> None:
    async with Store.open(sys.argv[1]) as store:
        for n in range(5):
            await store.inbox.add(Delivery(f"d{n}", "github", "push", {}, b"x" * 5000, 0.0))
            print(f"acknowledged d{n}", flush=True)
        os.kill(os.getpid(), 9)

asyncio.run(main())
"""


async def test_what_was_acknowledged_outlives_a_killed_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _KILLED, url, stdout=subprocess.PIPE)
    said, _ = await process.communicate()
    assert (process.returncode, said.count(b"acknowledged")) == (-9, 5)
    async with Store.open(url) as store:
        assert len(await store.inbox.lease(10, 30)) == 5


async def test_what_is_parked_is_nobodys_work_until_it_is_given_back(store: Store, clock: Clock) -> None:
    for name in ("d1", "d2"):
        await store.inbox.add(delivery(name))
    await store.inbox.lease(2, 30)
    await store.inbox.park("d1", "suspended 1")
    await store.inbox.park("d2", "suspended 2")
    clock.now += 3600
    assert (await store.inbox.depth(), await store.inbox.lease(9, 30)) == (0, [])
    assert await store.inbox.unpark("suspended 1") == 1
    assert await store.inbox.unpark("suspended 1") == 0
    [again] = await store.inbox.lease(9, 30)
    assert (again.delivery.id, again.delivery.payload, again.attempt) == ("d1", b'{"a":1}', 1)


async def test_a_new_start_tries_what_is_parked_and_the_purge_forgets_it_in_the_end(store: Store, clock: Clock) -> None:
    await store.inbox.add(delivery("d1"))
    await store.inbox.park("d1", "suspended 1")
    await store.inbox.reclaim()
    assert [one.delivery.id for one in await store.inbox.lease(9, 30)] == ["d1"]
    await store.inbox.park("d1", "suspended 1")
    assert (await store.retention.purge(delivery("d1").received_at)).deliveries == 0
    assert (await store.retention.purge(delivery("d1").received_at + 1)).deliveries == 1
