"""What is asked of a cache's file before a row of it is read: that it is nothing but our tables, and can do nothing.

Called by cache_file.py for every file that it opens, and by cache_copy.py for one that came from outside. A database
can carry views, triggers and statistics that change what a harmless SELECT does; ours have none.
"""

import sqlite3
from functools import cache

_OFF = (
    sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER,
    sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW,
    sqlite3.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
    sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA,
)


def defend(database: sqlite3.Connection) -> None:
    """Lets nothing that stands in the file run, or change how it is read. Before any other statement."""
    for what in _OFF:
        database.setconfig(what, False)
    database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA mmap_size = 0")


def is_of(database: sqlite3.Connection, schema: str) -> bool:
    """Whether the file has the tables of this script and nothing else. Raises sqlite3.Error."""
    return _held(database) == _expected(schema)


@cache
def _expected(schema: str) -> frozenset[tuple[object, ...]]:
    database = sqlite3.connect(":memory:")
    try:
        database.executescript(schema)
        return _held(database)
    finally:
        database.close()


def _held(database: sqlite3.Connection) -> frozenset[tuple[object, ...]]:
    return frozenset(database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT 100"))
