"""The rooms of the store: what is written once stands, what is repeated changes nothing, and the old is purged."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from claude_agent_sdk.testing import run_session_store_conformance
from claude_agent_sdk.types import SessionKey, SessionListSubkeysKey, SessionStore, SessionStoreEntry

from bot.store import Conflict, Delivery, Hold, Intent, Store, TooMuch, Used
from bot.store.transcripts import Transcripts
from crds.agentic_session import Origin, Requester, Task
from crds.result import ProgressEvent, Result
from crds.usage import Tokens
from crds.work_order import Limits, WorkOrder
from tests.store.conftest import Clock


def intent(name: str = "fix-1", request: str = "fix it") -> Intent:
    origin = Origin(service="github", repository="o/r", issue=7, requester=Requester(login="ann", id=5))
    return Intent("team", name, "github/o/r/7", origin, "https://forge/o/r/issues/7", request, repository="o/r")


def order(request: str = "fix it") -> WorkOrder:
    limits = Limits(context_tokens=1000, total_tokens=None, cost_usd=2.0, turns=9, seconds=60, bundle_bytes=1 << 20)
    return WorkOrder(
        session="team/fix-1",
        task=Task.FIX,
        request=request,
        title="t",
        model="m",
        small_model="s",
        priced=False,
        limits=limits,
        repositories=(),
        talk=(),
    )


async def test_an_intent_is_recorded_once_and_keeps_its_time(store: Store, clock: Clock) -> None:
    first = await store.intents.record(intent())
    clock.now += 10
    assert await store.intents.record(intent(request="something else")) == first
    assert await store.intents.get("team", "fix-1") == first
    assert first.created_at == clock.now - 10
    assert await store.intents.get("team", "other") is None


async def test_intents_of_a_thread_are_found_by_time(store: Store, clock: Clock) -> None:
    await store.intents.record(intent("fix-1"))
    clock.now += 50
    await store.intents.record(intent("fix-2"))
    assert [each.name for each in await store.intents.recent("github/o/r/7", clock.now - 60)] == ["fix-1", "fix-2"]
    assert [each.name for each in await store.intents.recent("github/o/r/7", clock.now - 10)] == ["fix-2"]
    assert await store.intents.recent("github/o/r/8", 0) == []


async def test_an_order_stays_what_it_was_at_the_first_call(store: Store) -> None:
    assert await store.orders.get("u1") is None
    assert await store.orders.put_once("u1", order()) == order()
    assert await store.orders.put_once("u1", order("fix more")) == order()
    assert await store.orders.get("u1") == order()


async def test_a_checkpoint_is_replaced_and_gives_way_to_the_final_result(store: Store, tmp_path: Path) -> None:
    large = tmp_path / "large.bundle"
    large.write_bytes(bytes(range(256)) * 10_000)
    assert await store.results.get("u1") is None
    assert await store.results.put("u1", Result(exit_code=0), final=False, bundles={"o__r": b"one", "o__s": b"x"})
    assert await store.results.put("u1", Result(exit_code=0), final=False, bundles={"o__r": b"two"})
    checkpoint = await store.results.get("u1")
    assert checkpoint is not None
    assert (checkpoint.final, checkpoint.bundles) == (False, frozenset({"o__r"}))
    assert await store.results.bundle("u1", "o__r") == b"two"
    assert await store.results.put("u1", Result(exit_code=1, error="e"), final=True, bundles={"o__r": large})
    final = await store.results.get("u1")
    assert final is not None
    assert (final.final, final.result, final.bundles) == (True, Result(exit_code=1, error="e"), frozenset({"o__r"}))
    assert await store.results.bundle("u1", "o__r") == large.read_bytes()
    assert await store.results.bundle("u1", "o__s") is None


async def test_the_first_final_result_stands(store: Store) -> None:
    await store.results.put("u1", Result(exit_code=0), final=True, bundles={"r": b"one"})
    assert not await store.results.put("u1", Result(exit_code=0), final=True, bundles={"r": b"one"})
    assert not await store.results.put("u1", Result(exit_code=143), final=False, bundles={})
    for other in ({"r": b"two"}, {"r2": b"one"}, {}):
        with pytest.raises(Conflict, match="the first one stands"):
            await store.results.put("u1", Result(exit_code=0), final=True, bundles=other)
    assert await store.results.bundle("u1", "r") == b"one"


async def test_progress_that_is_sent_again_changes_nothing(store: Store) -> None:
    events = [ProgressEvent(seq=n, kind="tool", text=f"Edit {n}\0") for n in range(1, 6)]
    assert await store.progress.append("u1", []) == 0
    assert await store.progress.append("u1", events[:3]) == 3
    assert await store.progress.append("u1", events[1:]) == 5
    assert await store.progress.tail("u1", 2) == events[3:]
    assert await store.progress.last("u1") == 5
    assert await store.progress.last("u2") == 0


@dataclass(frozen=True)
class Decided:
    hold: Hold | None


async def test_calls_in_flight_never_pass_the_budget_together(url: str, store: Store, clock: Clock) -> None:
    def decide(used: Used) -> Decided:
        enough = used.usd + used.held_usd + Decimal("0.3") <= 1
        return Decided(Hold("m", Decimal("0.3"), 100) if enough else None)

    async with Store.open(url, clock=clock) as other:
        answers = await asyncio.gather(*(one.ledger.admit("u1", decide) for one in (store, other) * 6))
    assert sum(call is not None for _, call in answers) == 3
    assert (await store.ledger.used("u1")).held_usd == Decimal("0.9")


async def test_a_settled_call_counts_what_it_cost_and_a_lost_one_all_that_it_held(store: Store) -> None:
    hold = Hold("claude", Decimal("0.5"), 1000)
    _, first = await store.ledger.admit("u1", lambda used: Decided(hold))
    await store.ledger.admit("u1", lambda used: Decided(hold))
    assert first is not None
    spent = Tokens(input=10, output=20, cache_read=30, cache_write=40)
    await store.ledger.settle(first, spent, Decimal("0.000000025"))
    await store.ledger.settle(first, Tokens(input=9999), Decimal(9))
    used = await store.ledger.used("u1")
    assert used == Used(spent, Decimal("0.000000025"), 1000, Decimal("0.5"), 2)
    assert await store.ledger.used("u2") == Used()


@dataclass
class Adapter:
    """The SDK's key as ours: a test has no session, so both parts of it make one."""

    store: Store

    async def append(self, key: SessionKey, entries: list[SessionStoreEntry]) -> None:
        await self.store.transcripts.append(_uid(key), key.get("subpath"), [dict(entry) for entry in entries])

    async def load(self, key: SessionKey) -> list[Any] | None:
        return await self.store.transcripts.load(_uid(key), key.get("subpath"))

    async def list_subkeys(self, key: SessionListSubkeysKey) -> list[str]:
        return await self.store.transcripts.subpaths(_uid(key))


def _uid(key: Any) -> str:
    return f"{key['project_key']}/{key['session_id']}"


async def test_transcripts_keep_the_promises_of_the_sdks_session_store(tmp_path: Path, clock: Clock) -> None:
    opened: list[Any] = []

    async def fresh() -> SessionStore:
        opened.append(Store.open(f"sqlite:///{tmp_path}/{len(opened)}.db", clock=clock))
        return cast("SessionStore", Adapter(await opened[-1].__aenter__()))

    await run_session_store_conformance(fresh)
    for each in opened:
        await each.__aexit__(None, None, None)


async def test_an_entry_with_a_known_uuid_is_stored_once(store: Store) -> None:
    await store.transcripts.append("u1", None, [{"type": "user", "uuid": "a"}, {"type": "title"}])
    await store.transcripts.append("u1", None, [{"type": "user", "uuid": "a"}, {"type": "title"}])
    assert await store.transcripts.load("u1") == [{"type": "user", "uuid": "a"}, {"type": "title"}, {"type": "title"}]


@pytest.mark.parametrize("uuid", ["a\0b", "x" * 500, 7, None, {"a": 1}])
async def test_an_odd_uuid_is_stored_but_is_no_key(store: Store, uuid: object) -> None:
    await store.transcripts.append("u1", None, [{"type": "user", "uuid": uuid}] * 2)
    assert await store.transcripts.load("u1") == [{"type": "user", "uuid": uuid}] * 2


async def test_a_transcript_that_outgrows_its_room_is_refused_whole(url: str, clock: Clock, store: Store) -> None:
    small = Transcripts(store.transcripts._database, largest=1000)
    await small.append("u1", None, [{"type": "x", "text": "a" * 500}])
    with pytest.raises(TooMuch, match="there is room for 1000"):
        await small.append("u1", "sub", [{"type": "x", "text": "a" * 500}])
    assert await small.subpaths("u1") == []


async def test_a_purge_takes_what_is_old_and_leaves_the_rest(store: Store, clock: Clock) -> None:
    for uid in ("old", "new"):
        if uid == "new":
            clock.now += 1000
        await store.orders.put_once(uid, order())
        await store.progress.append(uid, [ProgressEvent(seq=1, kind="turn")])
        await store.transcripts.append(uid, None, [{"type": "x"}])
        await store.results.put(uid, Result(exit_code=0), final=True, bundles={"r": b"x"})
        await store.inbox.add(Delivery(uid, "github", "push", {}, b"{}", clock.now))
        await store.inbox.done(uid, "ok")
    purged = await store.retention.purge(clock.now - 500)
    assert (purged.deliveries, purged.sessions) == (1, 1)
    assert await store.inbox.seen(["old", "new"]) == {"new"}
    for uid, kept in (("old", False), ("new", True)):
        assert (await store.orders.get(uid) is not None) == kept
        assert (await store.transcripts.load(uid) is not None) == kept
        assert (await store.results.bundle(uid, "r") is not None) == kept
        assert await store.progress.last(uid) == int(kept)


CONVERSATION = "2f1a0c1e-0000-4000-8000-000000000001"


async def test_a_conversation_is_copied_once_and_outlives_where_it_came_from(store: Store, clock: Clock) -> None:
    told = [{"uuid": str(number), "n": number} for number in range(3)] + [{"type": "title"}]
    await store.transcripts.append("u1", "not-a-conversation", [{"n": 1}])
    await store.transcripts.append("u1", CONVERSATION, told)
    await store.transcripts.append("u1", f"{CONVERSATION}/subagents/a", [{"n": 1}])
    assert await store.transcripts.latest("u1") == CONVERSATION
    assert await store.transcripts.latest("u2") is None
    assert await store.transcripts.adopt(CONVERSATION, of="u1", by="u2") == 4
    await store.transcripts.append("u2", CONVERSATION, [{"n": 9}])
    assert await store.transcripts.adopt(CONVERSATION, of="u1", by="u2") == 5
    assert await store.transcripts.load("u2", CONVERSATION) == [*told, {"n": 9}]
    assert await store.transcripts.load("u1", CONVERSATION) == told
    assert await store.transcripts.adopt(CONVERSATION, of="u3", by="u4") == 0


async def test_a_conversation_that_is_too_large_is_not_copied(store: Store) -> None:
    await store.transcripts.append("u1", CONVERSATION, [{"n": "x" * (9 << 20)}])
    await store.transcripts.append("u1", CONVERSATION, [{"n": "x" * (9 << 20)}])
    with pytest.raises(TooMuch, match="are gone on with"):
        await store.transcripts.adopt(CONVERSATION, of="u1", by="u2")
    assert await store.transcripts.load("u2", CONVERSATION) is None
