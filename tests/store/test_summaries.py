"""Summaries in the store: taken once a session, for its repository alone, and what is known of a text stands."""

from bot.store import Store
from crds.work_order import KnownSummary, text_digest
from tests.store.conftest import Clock

ONE, OTHER = text_digest("one"), text_digest("other")


def summary(digest: str = ONE, text: str = "Short.\x00") -> KnownSummary:
    return KnownSummary(digest=digest, text=text, by="m")


async def test_a_summary_is_known_to_its_repository_alone(store: Store) -> None:
    assert await store.summaries.take("uid-1", 7, [summary()])
    assert await store.summaries.known(7, {ONE, OTHER}) == (summary(),)
    assert await store.summaries.known(8, {ONE}) == ()
    assert await store.summaries.known(7, ()) == ()


async def test_a_session_has_one_turn(store: Store) -> None:
    assert await store.summaries.take("uid-1", 7, [])
    assert not await store.summaries.take("uid-1", 7, [summary()])
    assert await store.summaries.known(7, {ONE}) == ()


async def test_the_first_summary_of_a_text_stands(store: Store) -> None:
    await store.summaries.take("uid-1", 7, [summary()])
    await store.summaries.take("uid-2", 7, [summary(text="Something else."), summary(OTHER)])
    assert await store.summaries.known(7, {ONE}) == (summary(),)
    assert len(await store.summaries.known(7, {ONE, OTHER})) == 2


async def test_the_old_are_purged(store: Store, clock: Clock) -> None:
    await store.summaries.take("uid-1", 7, [summary()])
    clock.now += 100
    await store.summaries.take("uid-2", 7, [summary(OTHER)])
    await store.summaries.purge(clock.now - 50)
    assert [one.digest for one in await store.summaries.known(7, {ONE, OTHER})] == [OTHER]
