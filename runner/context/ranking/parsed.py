"""What is worked out of one file's content, once for as long as the content is the same: its words and its parts.

Pure. Called by corpus.py. It depends on the content and on how the file is read (its language), never on where it is.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import NamedTuple

from runner.context.ranking.chunks import Chunk, chunks_of
from runner.context.ranking.definition import Definition
from runner.context.ranking.languages import language_of
from runner.context.ranking.notebook import cells_of, is_notebook
from runner.context.ranking.outlines import reading_by_rule
from runner.context.ranking.vocabulary import WORD, blanked, counted

VERSION = 6
"""Of what is worked out here: what was kept by another version is worked out again."""


@dataclass(frozen=True)
class Words:
    """The identifiers of a file, as they are written, each once."""

    names: tuple[str, ...]
    times: "array[int]"
    why_not: str = ""
    """The rule by which the content is left out of the ranking, or nothing."""

    @property
    def length(self) -> int:
        """How many identifiers the file has."""
        return sum(self.times)


class Part(NamedTuple):
    """One part of a file."""

    chunk: Chunk
    characters: int
    length: int
    """How many identifiers it has."""


@dataclass(frozen=True)
class Parted:
    """The parts of a file, in order, and in which of them its identifiers stand."""

    parts: tuple[Part, ...] = ()
    starts: "array[int]" = field(default_factory=lambda: array("I", [0]))
    """Of each identifier of the file where its entries begin, and behind them where the last one's end."""
    entries: "array[int]" = field(default_factory=lambda: array("I"))
    """Place of a part, times it stands there, place of a part, times …"""

    def holders(self, place: int) -> Iterator[tuple[int, int]]:
        """In which parts the identifier of this place stands, and how often."""
        entries = self.entries
        return ((entries[at], entries[at + 1]) for at in range(self.starts[place], self.starts[place + 1], 2))


def reading_of(path: str) -> str:
    """How a file of this name is read: what its words and parts depend on beside its content."""
    language, name = language_of(path), path.rpartition("/")[2]
    if language is not None:
        return f"{language.module}.{language.entry}"
    return "cells" if is_notebook(path) else reading_by_rule(name) or ("lines" if "." in name else "script")


def words_of(path: str, data: bytes) -> Words:
    """The identifiers of a file; of a notebook, those of its cells."""
    if is_notebook(path):
        cells = cells_of(data.decode("utf-8", "replace"))
        data = "\n".join(cell.source for cell in cells).encode("utf-8", "replace")
    found = counted(data)
    return Words(tuple(found), array("I", found.values()))


def parts_of(path: str, data: bytes, words: Words, found: Sequence[Definition] = ()) -> Parted:
    """The parts of a file, in order. `words` and definitions are those of the same content."""
    text = data.decode("utf-8", "replace")
    if is_notebook(path):
        cells = cells_of(text)
        chunks = [Chunk("", "module", cell.first, cell.last) for cell in cells]
        sizes = [len(cell.source) + 1 for cell in cells]
        return _parted(
            zip(chunks, sizes, (blanked(cell.source.encode("utf-8", "replace")) for cell in cells), strict=True), words
        )
    chunks = chunks_of(path, text, found)
    ends = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
    sizes = [ends[chunk.last] - ends[chunk.first - 1] for chunk in chunks]
    lines = blanked(data).split("\n")
    return _parted(
        zip(chunks, sizes, (" ".join(lines[chunk.first - 1 : chunk.last]) for chunk in chunks), strict=True), words
    )


def _parted(found: Iterable[tuple[Chunk, int, str]], words: Words) -> Parted:
    """Of parts as (chunk, characters, blanked text)."""
    known = {name: place for place, name in enumerate(words.names)}
    entries: list[list[int]] = [[] for _ in known]
    parts = []
    for number, (chunk, characters, text) in enumerate(found):
        length = 0
        for name, times in Counter(text.split()).items():
            # What is none of the file's identifiers may begin with a number that is one.
            for held in (name,) if name in known else WORD.findall(name):
                if held in known:
                    entries[known[held]] += (number, times)
                    length += times
        parts.append(Part(chunk, characters, length))
    starts = accumulate(map(len, entries), initial=0)
    return Parted(tuple(parts), array("I", starts), array("I", chain.from_iterable(entries)))
