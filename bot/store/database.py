"""Runs plain functions on a SQLAlchemy connection, one transaction a call: SQLite in threads, PostgreSQL by asyncpg.

The rooms of the store are its only callers. A work function gets a connection and does nothing but SQL on it: it may
run in another thread (SQLite) or be run again by a caller after `Later`. Nothing else in bot/ opens a database.
"""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import sqlalchemy
from sqlalchemy import Connection, Engine, Table, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.errors import Later
from bot.store import schema
from bot.store.words import SchemaTooNew

if TYPE_CHECKING:
    # It brings the ORM along, which takes a while to import; without PostgreSQL nobody needs it.
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_SECONDS = 10.0
READERS = 4
_SCHEMA_LOCK = 0x7654_6561  # PostgreSQL advisory lock: two processes that start at once make one schema

type Begun = Callable[[], contextlib.AbstractContextManager[Connection]]
type Insert = sqlite.Insert | postgresql.Insert


class Database(Protocol):
    """One database; `read` cannot write, `write` is one transaction that the disk has when it returns."""

    async def read[T](self, work: Callable[[Connection], T]) -> T: ...

    async def write[T](self, work: Callable[[Connection], T]) -> T: ...

    async def close(self) -> None: ...


def insert(connection: Connection, table: Table) -> Insert:
    """An INSERT of this connection's dialect, for its ON CONFLICT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def serialise(connection: Connection, key: str) -> None:
    """Let one transaction at a time pass for this key; SQLite's writers are one at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def opened(url: str) -> Database:
    """The database at this address, its tables made; raises SchemaTooNew, or ValueError for an address of neither."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise ValueError("this is no address of a database: sqlite:///file or postgresql://…") from None
    database: Database
    match address.get_backend_name():
        case "sqlite":
            database = await asyncio.to_thread(SqliteDatabase, address)
        case "postgresql":
            database = PostgresDatabase(address)
        case other:
            raise ValueError(f"the store is SQLite or PostgreSQL, not {other}")
    try:
        await database.write(_made)
    except BaseException:
        await database.close()
        raise
    return database


def _made(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    schema.metadata.create_all(connection)
    found = connection.scalar(select(func.max(schema.schema_version.c.version)))
    if found is None or found < schema.VERSION:
        connection.execute(schema.schema_version.insert().values(version=schema.VERSION))
    elif found > schema.VERSION:
        raise SchemaTooNew(
            f"the store has version {found}, this program knows up to {schema.VERSION}: run the newer program"
        )


class SqliteDatabase:
    """A file. One thread writes, so that writers queue here and not in SQLite's sleeping busy handler; others read.

    Each call is one hop to a thread; aiosqlite makes about nine for the same transaction.
    """

    def __init__(self, address: URL) -> None:
        if not address.database or address.database == ":memory:":
            raise ValueError("the store is a file: sqlite:///path/to/store.db")
        path = _private(Path(address.database))
        self._writer = _sqlite_engine(path, begin="BEGIN IMMEDIATE", size=1)
        self._reader = _sqlite_engine(path, begin="BEGIN", size=READERS)
        event.listen(self._reader, "connect", _query_only)
        self._write_thread = ThreadPoolExecutor(1, "store-write")
        self._read_threads = ThreadPoolExecutor(READERS, "store-read")
        self._writing: Connection | None = None

    async def read[T](self, work: Callable[[Connection], T]) -> T:
        return await _in_thread(self._read_threads, self._reader.begin, work)

    async def write[T](self, work: Callable[[Connection], T]) -> T:
        return await _in_thread(self._write_thread, self._begun, work)

    @contextlib.contextmanager
    def _begun(self) -> Iterator[Connection]:
        """A transaction of the writer's one connection: the pool's way of lending it costs more than a small write."""
        if self._writing is None:
            self._writing = self._writer.connect()
        with self._writing.begin():
            yield self._writing

    async def close(self) -> None:
        await asyncio.to_thread(self._closed)

    def _closed(self) -> None:
        self._read_threads.shutdown()
        self._write_thread.shutdown()
        if self._writing is not None:
            self._writing.close()
        self._reader.dispose()
        self._writer.dispose()


async def _in_thread[T](threads: ThreadPoolExecutor, begun: Begun, work: Callable[[Connection], T]) -> T:
    def run() -> T:
        with _trouble_is_later(), begun() as connection:
            return work(connection)

    return await asyncio.get_running_loop().run_in_executor(threads, run)


def _private(path: Path) -> Path:
    # What people wrote in private repositories stands in here; SQLite gives its side files the same mode.
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return path


def _sqlite_engine(path: Path, *, begin: str, size: int) -> Engine:
    engine = sqlalchemy.create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS, "isolation_level": None},
        pool_size=size,
        max_overflow=0,
    )
    event.listen(engine, "connect", _sqlite_settings)
    # pysqlite would begin late and with a shared lock; a writer that upgrades its lock can fail without waiting.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _sqlite_settings(connection: Any, _: object) -> None:
    _switch_to_wal(connection)
    # FULL: a service never sends again what we have acknowledged, so it must outlive a power cut, not only a kill
    # (NORMAL would do for that). Deliveries that arrive together share one sync.
    connection.execute("PRAGMA synchronous=FULL")


def _switch_to_wal(connection: Any) -> None:
    """Of two that switch the same new file at once, one is told that it is locked, whatever patience it was given."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _query_only(connection: Any, _: object) -> None:
    connection.execute("PRAGMA query_only=ON")


class PostgresDatabase:
    """A PostgreSQL server, for halves that run apart or several replicas."""

    def __init__(self, address: URL) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        self._engine: AsyncEngine = create_async_engine(
            address.set(drivername="postgresql+asyncpg"), pool_size=8, max_overflow=0, pool_pre_ping=True
        )
        self._reader = self._engine.execution_options(postgresql_readonly=True)

    async def read[T](self, work: Callable[[Connection], T]) -> T:
        with _trouble_is_later():
            async with self._reader.begin() as connection:
                return await connection.run_sync(work)

    async def write[T](self, work: Callable[[Connection], T]) -> T:
        with _trouble_is_later():
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()


@contextlib.contextmanager
def _trouble_is_later() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout, OSError) as trouble:
        cause = cast("BaseException", getattr(trouble, "orig", None) or trouble)
        raise Later(f"the store cannot answer: {cause}", after=2.0) from trouble
