"""Opening a store: what is missing is made, what is too new is refused, and trouble that passes is `Later`."""

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import Later
from bot.store import SchemaTooNew, Store
from bot.store.database import opened
from bot.store.schema import VERSION
from tests.store.conftest import Clock


async def test_a_second_start_finds_what_the_first_has_left(url: str, clock: Clock) -> None:
    async with Store.open(url, clock=clock) as store:
        await store.marks.set("sweep", "41")
        await store.marks.set("sweep", "42")
    async with Store.open(url, clock=clock) as store:
        assert await store.marks.get("sweep") == "42"
        assert await store.marks.get("other") is None


async def test_two_processes_that_start_at_once_make_one_schema(url: str, clock: Clock) -> None:
    async def start() -> None:
        async with Store.open(url, clock=clock) as store:
            await store.marks.set("sweep", "1")

    await asyncio.gather(*(start() for _ in range(4)))


async def test_a_store_of_a_newer_program_is_refused_in_words(url: str, store: Store) -> None:
    database = await opened(url)
    await database.write(lambda connection: connection.execute(text("INSERT INTO schema_version VALUES (99)")))
    await database.close()
    with pytest.raises(SchemaTooNew, match=f"version 99, this program knows up to {VERSION}"):
        async with Store.open(url):
            pass


async def test_reading_cannot_write(url: str, store: Store) -> None:
    database = await opened(url)
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await database.read(lambda connection: connection.execute(text("DELETE FROM marks")))
    await database.close()


async def test_a_store_out_of_reach_is_a_matter_of_time() -> None:
    with pytest.raises(Later, match="the store cannot answer"):
        async with Store.open("postgresql+asyncpg://nobody@127.0.0.1:1/none"):
            pass


async def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="SQLite or PostgreSQL, not mysql"):
        async with Store.open("mysql://localhost/x"):
            pass
    with pytest.raises(ValueError, match="the store is a file"):
        async with Store.open("sqlite://"):
            pass


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    async with Store.open(f"sqlite:///{tmp_path}/deep/store.db") as store:
        await store.marks.set("a", "b")
        modes = [stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "deep").iterdir()]
    assert set(modes) == {0o600}


async def test_an_acknowledged_write_is_synced_to_the_disk(tmp_path: Path) -> None:
    database = await opened(f"sqlite:///{tmp_path}/store.db")
    assert await database.write(lambda connection: connection.scalar(text("PRAGMA synchronous"))) == 2
    await database.close()
    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
