"""A cache on its way between sessions: looked through when it comes, made small before it goes.

Called by runner/shared_code.py, never while the cache is open. A file that comes is hostile until it has been looked
through, and its rows are checked again when they are read.
"""

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.context.cache_file import Stale, Unusable, check
from runner.context.cache_guard import defend
from runner.context.sharing import MOST_PACKED, MOST_UNPACKED, Held

OLDEST = 30
"""Days after which a content is worked out anew. It keeps what nobody has any more from staying for ever."""
_LEVEL = 3
_CHUNK = 1 << 18


class NoCache(Exception):
    """What came cannot be used; the message says why."""


@dataclass(frozen=True)
class Bundle:
    """A cache as it travels."""

    path: Path
    sha256: str
    size: int


def unpacked(packed: bytes, path: Path) -> None:
    """The file, unpacked. Raises NoCache for what is damaged or too large, OSError for a disk that is full."""
    reading, written = zlib.decompressobj(), 0
    with path.open("xb") as file:
        for some in _inflated(packed, reading):
            written += file.write(some)
            if written > MOST_UNPACKED:
                raise NoCache(f"it unpacks to more than {MOST_UNPACKED:,} bytes")
    if not reading.eof or reading.unused_data:
        raise NoCache("it is not whole")


def _inflated(packed: bytes, reading: "zlib._Decompress") -> Iterator[bytes]:
    try:
        for start in range(0, len(packed), _CHUNK):
            rest = packed[start : start + _CHUNK]
            while rest and not reading.eof:
                yield reading.decompress(rest, _CHUNK)
                rest = reading.unconsumed_tail
        yield reading.flush()
    except zlib.error as error:
        raise NoCache(f"it cannot be unpacked: {error}") from error


def looked_through(path: Path) -> Held:
    """What a cache holds. Raises NoCache for a file that is none, or is broken."""
    with _opened(path) as database:
        check(database)
        if database.execute("PRAGMA journal_mode").fetchone()[0] != "delete":
            raise NoCache("it is kept in another way than ours")
        if (said := database.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise NoCache(f"it is broken: {str(said)[:200]}")
        return _held(database)


def held(path: Path) -> Held:
    """What a cache of this session holds. Raises NoCache."""
    with _opened(path) as database:
        return _held(database)


def _held(database: sqlite3.Connection) -> Held:
    contents, parsed = database.execute("SELECT COUNT(*), COUNT(chunks) FROM blobs").fetchone()
    trees = frozenset(str(key) for (key,) in database.execute("SELECT key FROM trees"))
    return Held(contents, parsed, trees)


def slimmed(path: Path, before: Held, *, today: int) -> None:
    """Takes out what belongs to one folder, to an older tree than this session's, or to an old day. Raises NoCache.

    `today`: days since the epoch.
    """
    with _opened(path) as database:
        database.execute("DELETE FROM folders")
        database.execute("DELETE FROM blobs WHERE used < ?", [today - OLDEST])
        if _held(database).trees - before.trees:
            database.executemany("DELETE FROM trees WHERE key = ?", [(key,) for key in before.trees])
        for table in ("postings", "spreads"):
            database.execute(f"DELETE FROM {table} WHERE tree NOT IN (SELECT id FROM trees)")
        database.execute("VACUUM")


def bundled(path: Path, target: Path) -> Bundle | None:
    """The cache, packed into another file; None where that would be too large."""
    if path.stat().st_size > MOST_UNPACKED:
        return None
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        for some in _packed(path):
            size += out.write(some)
            digest.update(some)
            if size > MOST_PACKED:
                return None
    return Bundle(target, digest.hexdigest(), size)


def _packed(path: Path) -> Iterator[bytes]:
    packing = zlib.compressobj(_LEVEL)
    with path.open("rb") as file:
        while some := file.read(_CHUNK):
            yield packing.compress(some)
    yield packing.flush()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            defend(database)
            database.execute("PRAGMA synchronous = OFF")
            yield database
    except (sqlite3.Error, UnicodeError, Stale, Unusable) as error:
        raise NoCache(str(error)) from error
