"""What was worked out of files' contents, kept in one file: a content that has a name is not parsed twice.

The `Shelf` of the ranking; also called by repository.py, and opened by command.py and of_order.py. What it gives
back is data that may be wrong, old or gone: rows carry checksums, nothing in them is executed.
"""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.context.cache_file import MOST_BYTES, CacheFile, Say
from runner.context.cache_rows import (
    parts_of_row,
    row_of_parts,
    row_of_rules,
    row_of_words,
    rules_of_row,
    sealed,
    unsealed,
    words_of_row,
)
from runner.context.ranking.inverted import Inverted
from runner.context.ranking.parsed import Parted, Words
from runner.context.tree import Stat

MOST_POSTINGS = 15_000_000
"""An index with more than these is not kept."""


@dataclass(frozen=True)
class Known:
    """A file as it was when its content was named."""

    seen: Stat
    blob: str


class Cache:
    """One cache, open."""

    def __init__(self, file: CacheFile) -> None:
        self._file = file

    @classmethod
    def open(cls, path: Path, *, say: Say, read_only: bool = False, most_bytes: int = MOST_BYTES) -> "Cache | None":
        """The cache in this file, made where there is none; None, with a word, where it cannot be used."""
        file = CacheFile(path, say=say, read_only=read_only, most_bytes=most_bytes)
        return cls(file) if file.open() else None

    @property
    def writable(self) -> bool:
        return self._file.writable and self._file.usable

    def close(self) -> None:
        self._file.close()

    def words(self, keys: Sequence[str]) -> Mapping[str, Words]:
        """The words of these contents, as far as they are known."""
        rows = self._file.some("SELECT key, names, times, why_not, seal FROM blobs WHERE key IN", keys)
        found = {row[0]: words_of_row(row[1:]) for row in rows}
        return {key: words for key, words in found.items() if words is not None}

    def keep_words(self, found: Mapping[str, Words]) -> None:
        """For the next time."""
        insert = "INSERT OR REPLACE INTO blobs (key, used, names, times, why_not, seal) VALUES (?,?,?,?,?,?)"
        self._file.write((insert, [(key, self._file.today, *row_of_words(words)) for key, words in found.items()]))

    def parts(self, keys: Sequence[str]) -> Mapping[str, tuple[Words, Parted]]:
        """The words and parts of these contents, as far as they are known."""
        columns = "key, names, times, why_not, seal, chunks, places, counts, entries, parts_seal"
        found = {}
        for key, *row in self._file.some(f"SELECT {columns} FROM blobs WHERE chunks NOTNULL AND key IN", keys):
            words = words_of_row(tuple(row[:4]))
            parts = parts_of_row(tuple(row[4:]), words) if words is not None else None
            if words is not None and parts is not None:
                found[key] = words, parts
        return found

    def keep_parts(self, found: Mapping[str, Parted]) -> None:
        """For the next time; of contents whose words are kept."""
        update = "UPDATE blobs SET chunks=?, places=?, counts=?, entries=?, parts_seal=?, used=? WHERE key=?"
        rows = [(*row_of_parts(parts), self._file.today, key) for key, parts in found.items()]
        self._file.write((update, rows))

    def index(self, tree: str, paths: Sequence[str], asked: tuple[Iterable[str], Iterable[str]]) -> Inverted | None:
        """The index of a tree with these files, as far as the asked terms and names go; None where it is not whole."""
        read = "SELECT id, used, left_out, files, lengths FROM trees WHERE key=?"
        for number, used, left_out, files, lengths in self._file.read(read, [tree]):
            places, counts = unsealed(files), unsealed(lengths)
            if places is None or counts is None or len(places) != len(counts) or max(places, default=-1) >= len(paths):
                return None
            made = Inverted(frozenset(asked[0]), [paths[place] for place in places], counts)
            rules = rules_of_row(left_out, paths)
            if rules is None or not self._filled(made, number, asked[1]):
                return None
            made.left_out.update(rules)
            if used != self._file.today:
                self._file.write(("UPDATE trees SET used=? WHERE id=?", [(self._file.today, number)]))
            return made
        return None

    def _filled(self, made: Inverted, number: int, asked: Iterable[str]) -> bool:
        """Whether the postings and the spreads of the names could be filled in."""
        files = len(made.files)
        read = "SELECT term, body, names FROM postings WHERE tree=? AND term IN"
        for term, body, names in self._file.some(read, made.wanted or (), number):
            posting = unsealed(body, names)
            if posting is None or len(posting) % 2 or max(posting[::2], default=-1) >= files:
                return False
            made.terms[term] = posting
            made.bear(term, names.split())
        for name, times in self._file.some("SELECT name, files FROM spreads WHERE tree=? AND name IN", asked, number):
            made.names[name] = times if isinstance(times, int) else 1
        return self._file.usable

    def keep_index(self, tree: str, index: Inverted, paths: Sequence[str]) -> None:
        """For the next time; one that is too large is not kept."""
        if sum(map(len, index.terms.values())) > 2 * MOST_POSTINGS:
            return
        place = {path: number for number, path in enumerate(paths)}
        files = array("I", (place[path] for path in index.files))
        number = int.from_bytes(bytes.fromhex(tree)[:7])
        whole = (
            number,
            tree,
            self._file.today,
            row_of_rules(index.left_out, place),
            sealed(files),
            sealed(index.lengths),
        )
        bearers = {term: " ".join(names) for term, names in index.bearers_by_term().items()}
        postings = (
            (number, term, sealed(index.terms[term], bearers[term]), bearers[term]) for term in sorted(index.terms)
        )
        spreads = ((number, name, files) for name, files in sorted(index.names.items()) if files > 1)
        self._file.make_room()
        self._file.write(
            ("DELETE FROM postings WHERE tree=?", [(number,)]),
            ("DELETE FROM spreads WHERE tree=?", [(number,)]),
            ("INSERT OR REPLACE INTO trees VALUES (?,?,?,?,?,?)", [whole]),
            ("INSERT INTO postings VALUES (?,?,?,?)", postings),
            ("INSERT INTO spreads VALUES (?,?,?)", spreads),
        )

    def files(self, root: str) -> dict[str, Known]:
        """The files below a folder as they were when their contents were named."""
        for (text,) in self._file.read("SELECT files FROM folders WHERE root=?", [root]):
            try:
                rows = json.loads(text)
                return {path: Known(Stat(*map(int, seen)), str(blob)) for path, (blob, *seen) in rows.items()}
            except (ValueError, TypeError, AttributeError, RecursionError):
                return {}
        return {}

    def keep_files(self, root: str, found: Mapping[str, Known]) -> None:
        """For the next time."""
        text = json.dumps({path: (one.blob, *one.seen) for path, one in found.items()}, separators=(",", ":"))
        self._file.write(("INSERT OR REPLACE INTO folders VALUES (?,?,?)", [(root, self._file.today, text)]))
