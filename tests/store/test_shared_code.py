"""Parsed code in the store: one whole file a repository, taken once a session, and gone when nobody uses it."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from bot.store import Store
from bot.store.database import opened
from bot.store.shared_code import PIECE, KeptCode, Place, SharedCodeRoom
from tests.store.conftest import Clock

PUBLIC = Place(7, private=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


def file_of(folder: Path, content: bytes, place: Place = PUBLIC, form: str = "1") -> dict[KeptCode, Path]:
    digest = hashlib.sha256(content).hexdigest()
    (folder / digest).write_bytes(content)
    return {KeptCode(place, form, digest, len(content)): folder / digest}


async def content_of(room: SharedCodeRoom, place: Place = PUBLIC, form: str = "1") -> bytes | None:
    kept = await room.find(place, form)
    found, number = b"", 0
    while kept is not None and (piece := await room.piece(kept, number)) is not None:
        found, number = found + piece, number + 1
    assert kept is None or (len(found), hashlib.sha256(found).hexdigest()) == (kept.size, kept.sha256)
    return found if kept is not None else None


async def test_a_file_comes_out_as_it_went_in(store: Store, folder: Path) -> None:
    large = bytes(range(256)) * (PIECE // 100)
    assert await store.shared_code.take("uid-1", file_of(folder, large))
    assert await content_of(store.shared_code) == large


async def test_it_is_its_repositorys_alone_and_that_of_its_visibility(store: Store, folder: Path) -> None:
    private = Place(7, private=True)
    await store.shared_code.take("uid-1", file_of(folder, b"secret names", private))
    assert await content_of(store.shared_code, private) == b"secret names"
    for other in (PUBLIC, Place(8, private=True)):
        assert await store.shared_code.find(other, "1") is None
    assert await store.shared_code.find(private, "2") is None, "another format is of no use"


async def test_a_session_has_one_turn_and_an_empty_one_counts(store: Store, folder: Path) -> None:
    assert not await store.shared_code.has_had_its_turn("uid-1")
    assert await store.shared_code.take("uid-1", {})
    assert await store.shared_code.has_had_its_turn("uid-1")
    assert not await store.shared_code.take("uid-1", file_of(folder, b"late"))
    assert await content_of(store.shared_code) is None


async def test_the_last_writer_wins_and_who_reads_meanwhile_sees_it(store: Store, folder: Path) -> None:
    first = b"a" * (2 * PIECE)
    await store.shared_code.take("uid-1", file_of(folder, first))
    reading = await store.shared_code.find(PUBLIC, "1")
    assert reading is not None
    assert await store.shared_code.piece(reading, 0) == b"a" * PIECE
    await store.shared_code.take("uid-2", file_of(folder, b"b" * PIECE, form="2"))
    assert await store.shared_code.piece(reading, 1) is None
    assert await content_of(store.shared_code, form="2") == b"b" * PIECE
    assert await content_of(store.shared_code, form="1") is None


async def test_sessions_that_hand_in_at_once_leave_one_whole_file(store: Store, folder: Path) -> None:
    contents = [bytes([number]) * (PIECE + number) for number in range(6)]
    offers = [store.shared_code.take(f"uid-{n}", file_of(folder, content)) for n, content in enumerate(contents)]
    assert all(await asyncio.gather(*offers))
    assert await content_of(store.shared_code) in contents


async def test_what_nobody_uses_goes(store: Store, folder: Path, clock: Clock) -> None:
    other = Place(8, private=False)
    await store.shared_code.take("uid-1", file_of(folder, b"one"))
    await store.shared_code.take("uid-2", file_of(folder, b"two", other))
    clock.now += 7200
    assert await content_of(store.shared_code) == b"one"
    assert await store.shared_code.purge(clock.now - 3600) == 1
    assert await content_of(store.shared_code) == b"one"
    assert await store.shared_code.find(other, "1") is None
    assert await store.shared_code.has_had_its_turn("uid-2"), "its agent may be at work"


async def test_all_together_take_no_more_than_so_much(url: str, folder: Path, clock: Clock) -> None:
    database = await opened(url)
    room = SharedCodeRoom(database, clock, most=2500)
    for number in range(4):
        await room.take(f"uid-{number}", file_of(folder, bytes([number]) * 1000, Place(number, private=False)))
        clock.now += 7200
        await room.find(Place(0, private=False), "1")
    kept = [number for number in range(4) if await room.find(Place(number, private=False), "1") is not None]
    await database.close()
    assert kept == [0, 3], "those that were used last"
