"""A repository as the ranking sees it: each file's identifiers, its parts, and their identifiers. Pure.

Called by rank.py with texts that tree.py has read. What a text holds is worked out once for its content, whatever the
path and the commit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runner.context.ranking.chunks import Chunk, chunks_of, notebook_text
from runner.context.ranking.vocabulary import counted


@dataclass(frozen=True)
class Counts:
    """The identifiers of one file, as they are written, and how many there are."""

    identifiers: Mapping[str, int]
    length: int


@dataclass(frozen=True)
class Part:
    """One part of a file, with its identifiers."""

    path: str
    chunk: Chunk
    identifiers: Mapping[str, int]
    length: int

    @property
    def last_name(self) -> str:
        """The unqualified name; empty for lines outside of all definitions."""
        return self.chunk.name.rpartition(".")[2]

    @property
    def holder(self) -> str:
        """The qualified name of the class that it stands in, or is of; empty where there is none."""
        return self.chunk.name if self.chunk.kind == "class" else self.chunk.name.rpartition(".")[0]


@dataclass
class Source:
    """One file: its text, and what is worked out of it when it is asked for."""

    path: str
    text: str
    _counts: Counts | None = None
    _parts: tuple[Part, ...] | None = None

    @property
    def readable(self) -> str:
        """The text that is searched: of a notebook its cells."""
        return notebook_text(self.text) if self.path.endswith(".ipynb") else self.text

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def counts(self) -> Counts:
        if self._counts is None:
            found = counted(self.readable)
            self._counts = Counts(found, found.total())
        return self._counts

    def parts(self) -> tuple[Part, ...]:
        if self._parts is None:
            self._parts = tuple(_parts(self.path, self.text))
        return self._parts


def _parts(path: str, text: str) -> Iterable[Part]:
    lines = text.split("\n")
    for chunk in chunks_of(path, text):
        found = counted("\n".join(lines[chunk.first - 1 : chunk.last]))
        yield Part(path, chunk, found, found.total())


@dataclass(frozen=True)
class Corpus:
    """All files that may be ranked, by path."""

    sources: Mapping[str, Source] = field(default_factory=dict)
