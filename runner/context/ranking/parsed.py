"""What is worked out of one file's content, once for as long as the content is the same: its words and its parts.

Pure. Called by corpus.py. It depends on the content and on how the file is read (its language), never on where it is.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from runner.context.ranking.chunks import Chunk, chunks_of
from runner.context.ranking.grammars import language_of
from runner.context.ranking.notebook import Cell, cells_of, is_notebook
from runner.context.ranking.vocabulary import counted

VERSION = 2
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


@dataclass(frozen=True)
class Part:
    """One part of a file, with its identifiers as places in those of the file."""

    chunk: Chunk
    characters: int
    places: "array[int]"
    times: "array[int]"

    @cached_property
    def last_name(self) -> str:
        """The unqualified name; empty for lines outside of all definitions."""
        return self.chunk.name.rpartition(".")[2]

    @cached_property
    def length(self) -> int:
        return sum(self.times)

    @property
    def holder(self) -> str:
        """The qualified name of the class that it stands in, or is of; empty where there is none."""
        return self.chunk.name if self.chunk.kind == "class" else self.chunk.name.rpartition(".")[0]


def reading_of(path: str) -> str:
    """How a file of this name is read: what its words and parts depend on beside its content."""
    language = language_of(path)
    return "cells" if is_notebook(path) else f"{language.module}.{language.entry}" if language else "lines"


def words_of(path: str, data: bytes) -> Words:
    """The identifiers of a file; of a notebook, those of its cells."""
    if is_notebook(path):
        cells = cells_of(data.decode("utf-8", "replace"))
        data = "\n".join(cell.source for cell in cells).encode("utf-8", "replace")
    found = counted(data)
    return Words(tuple(found), array("I", found.values()))


def parts_of(path: str, data: bytes, words: Words) -> tuple[Part, ...]:
    """The parts of a file, in order. `words` are those of the same content."""
    known = {name: place for place, name in enumerate(words.names)}
    text = data.decode("utf-8", "replace")
    if is_notebook(path):
        return tuple(_part(_chunk(cell), cell.source, known) for cell in cells_of(text))
    lines = text.split("\n")
    chunks = chunks_of(path, text)
    return tuple(_part(chunk, "\n".join(lines[chunk.first - 1 : chunk.last]), known) for chunk in chunks)


def _chunk(cell: Cell) -> Chunk:
    return Chunk("", "module", cell.first, cell.last)


def _part(chunk: Chunk, text: str, known: Mapping[str, int]) -> Part:
    found = counted(text.encode("utf-8", "replace"))
    # A part may begin within what the whole file reads as one identifier; such a one is not looked for.
    held = [(known[name], times) for name, times in found.items() if name in known]
    places, counts = array("I", (place for place, _ in held)), array("I", (times for _, times in held))
    return Part(chunk, len(text) + 1, places, counts)
