"""The SQLite file under the cache: opens it, reads and writes rows, keeps it small, and gives it up when it is broken.

Called by cache.py only. No file is ever deleted that was not made here, and no trouble with it ends the program: after
the first one nothing is read and nothing is kept.
"""

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import batched
from pathlib import Path
from typing import Any

from runner.context.cache_guard import defend, is_of
from runner.context.cache_rows import Row
from runner.context.ranking.parsed import VERSION

FORMAT = 2 * VERSION + (sys.byteorder == "big")
APPLICATION = 0x76746331
"""What SQLite's header says of a file that was made here."""
MOST_BYTES = 512 * 1024 * 1024
"""Size above which what was used longest ago goes."""
_DAY = 86_400
_BUSY_SECONDS = 0.5
_AT_ONCE = 900
_SCHEMA = f"""
PRAGMA auto_vacuum = INCREMENTAL;
BEGIN IMMEDIATE;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE blobs (key TEXT PRIMARY KEY, used INTEGER, names TEXT, times BLOB, why_not TEXT, seal INTEGER,
                    chunks TEXT, places BLOB, counts BLOB, entries BLOB, parts_seal INTEGER) WITHOUT ROWID;
CREATE TABLE trees (id INTEGER PRIMARY KEY, key TEXT UNIQUE, used INTEGER, left_out TEXT, files BLOB, lengths BLOB);
CREATE TABLE postings (tree INTEGER, term TEXT, body BLOB, names TEXT, PRIMARY KEY (tree, term)) WITHOUT ROWID;
CREATE TABLE spreads (tree INTEGER, name TEXT, files INTEGER, PRIMARY KEY (tree, name)) WITHOUT ROWID;
CREATE TABLE folders (root TEXT PRIMARY KEY, used INTEGER, files TEXT);
COMMIT;
"""

Say = Callable[[str], None]
Statement = tuple[str, Iterable[Row]]


class Unusable(Exception):
    """Why a file is left alone."""


class Stale(Exception):
    """A file of another version."""


def check(database: sqlite3.Connection) -> None:
    """Raises Unusable or Stale where it is no cache of this version, and nothing but that."""
    found = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if found[0] != APPLICATION:
        raise Unusable("it is no cache of the context")
    if found[1] != FORMAT:
        raise Stale("it is of another version")
    if not is_of(database, _SCHEMA):
        raise Unusable("it holds what no cache of the context holds")


class CacheFile:
    """One such file. `most_bytes`: what it may grow to."""

    def __init__(self, path: Path, *, say: Say, read_only: bool = False, most_bytes: int = MOST_BYTES) -> None:
        self._path, self._say, self._most = path, say, most_bytes
        self.writable = not read_only and os.access(path if path.exists() else path.parent, os.W_OK)
        self.today = int(time.time()) // _DAY
        self._database: sqlite3.Connection | None = None

    def open(self) -> bool:
        """Whether it can be used. A broken one of our own is made anew."""
        for _ in range(2):
            try:
                self._connect()
                return True
            except (OSError, sqlite3.Error, Unusable, Stale) as error:
                if not self._given_up(error):
                    return False
        return False

    @property
    def usable(self) -> bool:
        return self._database is not None

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def read(self, statement: str, bound: Sequence[Any]) -> list[Row]:
        """The rows; none where there is trouble."""
        if self._database is None:
            return []
        try:
            return self._database.execute(statement, bound).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            self._given_up(error)
            return []

    def some(self, select: str, values: Iterable[str], *bound: Any) -> list[Row]:
        """The rows of a statement that ends in `IN`, for any number of values."""
        found: list[Row] = []
        for some in batched(values, _AT_ONCE):
            found += self.read(f"{select} ({','.join('?' * len(some))})", [*bound, *some])
        return found

    def write(self, *statements: Statement) -> None:
        """All of these or none. While another one writes, this is kept for another time."""
        if self._database is None or not self.writable:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
        except (sqlite3.Error, UnicodeError) as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                self._given_up(error)

    def make_room(self) -> None:
        """Where it has grown too large: half of the indexes and contents go, those that were used longest ago."""
        if not self.writable or self._size() <= self._most:
            return
        for table in ("trees", "blobs", "folders"):
            number = "rowid" if table == "folders" else "id" if table == "trees" else "key"
            half = f"SELECT {number} FROM {table} ORDER BY used LIMIT (SELECT (COUNT(*) + 1) / 2 FROM {table})"
            self.write((f"DELETE FROM {table} WHERE {number} IN ({half})", [()]))
        for table in ("postings", "spreads"):
            self.write((f"DELETE FROM {table} WHERE tree NOT IN (SELECT id FROM trees)", [()]))
        self.read("PRAGMA incremental_vacuum", ())

    def _size(self) -> int:
        held = [row[0] for name in ("page_count", "page_size") for row in self.read(f"PRAGMA {name}", ())]
        return held[0] * held[1] if len(held) == 2 else 0

    def _connect(self) -> None:
        if not self._path.exists():
            if not self.writable:
                raise Unusable("there is none yet, and it cannot be made")
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        uri = f"{self._path.absolute().as_uri()}?mode={'rw' if self.writable else 'ro'}"
        # One thread at a time; which one it is may change between a session's preparation and its end.
        opened = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._database = opened
        defend(opened)
        opened.execute("PRAGMA synchronous = OFF")
        if self.writable and self._path.stat().st_size == 0:
            opened.executescript(_SCHEMA)
        else:
            check(opened)

    def _given_up(self, error: Exception) -> bool:
        """Says what is wrong, and deletes the file if it is ours and broken; whether it did."""
        self.close()
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        broken = isinstance(error, Stale | UnicodeError) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        if not isinstance(error, Stale):
            self._say(f"the cache {self._path} is not used: {error}")
        if not (broken and self.writable and self._is_ours()):
            return False
        self._path.unlink(missing_ok=True)
        self._path.with_name(self._path.name + "-journal").unlink(missing_ok=True)
        return True

    def _is_ours(self) -> bool:
        try:
            with self._path.open("rb") as file:
                head = file.read(72)
        except OSError:
            return False
        return head[:16] == b"SQLite format 3\0" and head[68:72] == APPLICATION.to_bytes(4)
