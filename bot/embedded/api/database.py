"""The SQLite side of the store: one append-only table of revisions, as etcd keeps them.

`store` calls `append` and `forget` from its one writer thread and `load` once at the start. A revision is written
once; an object's present state is its newest revision, and there is no other copy that could disagree with it.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS revisions (
    rv INTEGER PRIMARY KEY,
    resource TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
"""
FORMAT = b"1"

type Row = tuple[int, str, str, str, str, bytes]


class Database:
    """One connection in WAL mode. Every call is one transaction."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.touch(mode=0o600)  # it holds Secrets and the key that signs tokens; SQLite's other files follow it
        # The writer thread uses it after the opening thread; never both at once.
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, timeout=1.0, check_same_thread=False, isolation_level=None
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(SCHEMA)
        self._check_format()

    def _check_format(self) -> None:
        known = self.read_meta("format")
        if known is None:
            self.write_meta("format", FORMAT)
        elif known != FORMAT:
            raise ValueError(f"the store has format {known.decode()}, this program reads format {FORMAT.decode()}")

    def load(self) -> Iterator[Row]:
        """All revisions that are kept, oldest first."""
        yield from self._connection.execute(
            "SELECT rv, resource, namespace, name, type, body FROM revisions ORDER BY rv"
        )

    def append(self, rows: Sequence[Row]) -> None:
        """Commit all rows or none; when this returns they survive a crash of the machine."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany("INSERT INTO revisions VALUES (?,?,?,?,?,?)", rows)
        except sqlite3.Error:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def forget(self, superseded: Iterable[int], *, compacted: int) -> None:
        """Delete revisions that nothing needs any more, and remember up to where history is gone."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany("DELETE FROM revisions WHERE rv = ?", [(rv,) for rv in superseded])
            self.write_meta("compacted", str(compacted).encode())
        except sqlite3.Error:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def read_meta(self, key: str) -> bytes | None:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def write_meta(self, key: str, value: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def close(self) -> None:
        self._connection.close()
