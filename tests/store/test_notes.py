"""Notes in the store: all of a repository's are changed at once, whatever else happens meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.remembering import age
from bot.store import Store
from crds.receipt import Trust
from handlers.memory.note import Note, NoteState
from tests.store.conftest import Clock


def note(name: str, **more: object) -> Note:
    usual = Note(name, "tests", "a\x00text", 100.0, Trust.OUTSIDE, private=True, state=NoteState.PROPOSED, session="s")
    return replace(usual, **more)  # type: ignore[arg-type]


async def test_a_note_comes_back_as_it_was(store: Store) -> None:
    assert await store.notes.change(7, lambda _: [note("n1", pull=3)]) == [note("n1", pull=3)]
    assert await store.notes.of(7) == [note("n1", pull=3)]
    assert await store.notes.of(8) == []


async def test_pull_requests_know_their_notes(store: Store) -> None:
    await store.notes.change(7, lambda _: [note("n1", pull=3), note("n2", pull=4, state=NoteState.USED)])
    assert await store.notes.wait_for(7, 3)
    assert not await store.notes.wait_for(7, 4)
    assert not await store.notes.wait_for(8, 3)


async def test_what_a_change_leaves_out_is_gone(store: Store) -> None:
    await store.notes.change(7, lambda _: [note("n1"), note("n2")])
    await store.notes.change(8, lambda _: [note("n1")])
    await store.notes.change(7, lambda notes: [replace(one, uses=2) for one in notes if one.id == "n2"])
    assert await store.notes.of(7) == [note("n2", uses=2)]
    assert len(await store.notes.of(8)) == 1


async def test_changes_at_the_same_time_lose_nothing(store: Store) -> None:
    async def add(number: int) -> None:
        def change(notes: Sequence[Note]) -> list[Note]:
            return [*notes, note(f"n{number}")]

        await store.notes.change(7, change)

    await asyncio.gather(*(add(number) for number in range(12)))
    assert len(await store.notes.of(7)) == 12


async def test_the_old_are_cleaned_up(store: Store, clock: Clock) -> None:
    day = 86400.0
    young, old = note("n1", at=clock.now - 5 * day), note("n2", at=clock.now - 11 * day)
    used = note("n3", at=clock.now - 11 * day, confirmed_at=clock.now - 5 * day, state=NoteState.USED)
    await store.notes.change(7, lambda _: [young, old, used])
    await store.notes.change(8, lambda _: [young])
    assert await age(store, clock.now, days=10) == 1
    assert {one.id for one in await store.notes.of(7)} == {"n1", "n3"}
    await age(store, clock.now, days=0)
    assert await store.notes.of(7) == []
