"""A repository as the ranking sees it: its files, their words and parts, and the index of them all.

Called by rank.py. What a content holds is worked out once, kept on a shelf where there is one, and found there again by
the content's name, whatever the path and the commit; only the texts of the short list are held in memory.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Protocol

from runner.context.ranking.inverted import Inverted
from runner.context.ranking.languages import suffix_of
from runner.context.ranking.parsed import Parted, Words, parts_of, reading_of, words_of
from runner.context.ranking.syntax import File, Patience, Reader, Unread, shared
from runner.context.tree import LeftOut

AT_ONCE = 500
"""Files whose words are held in memory at once."""


@dataclass(frozen=True)
class Source:
    """One file that may be ranked."""

    path: str
    read: Callable[[], bytes | None]
    """Its content; None where it is not to be read (any more)."""
    blob: str = ""
    """The content's name, as git names a blob; empty where it is not known yet."""

    @property
    def key(self) -> str:
        """What its words and parts are kept under."""
        return f"{self.blob}:{reading_of(self.path)}"


class Shelf(Protocol):
    """Where what was worked out is kept. It may know nothing, and may forget."""

    @property
    def writable(self) -> bool: ...

    def words(self, keys: Sequence[str]) -> Mapping[str, Words]: ...

    def keep_words(self, found: Mapping[str, Words]) -> None: ...

    def parts(self, keys: Sequence[str]) -> Mapping[str, tuple[Words, Parted]]: ...

    def keep_parts(self, found: Mapping[str, Parted]) -> None: ...

    def index(self, tree: str, paths: Sequence[str], asked: tuple[Iterable[str], Iterable[str]]) -> Inverted | None: ...

    def keep_index(self, tree: str, index: Inverted, paths: Sequence[str]) -> None: ...


def blob_name(data: bytes) -> str:
    """A content's name as git has it (SHA-1 of `blob`, its size and itself): a name, no proof against forgery."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def no_rule(_path: str, _data: bytes) -> str:
    """No content is left out."""
    return ""


@dataclass
class Corpus:
    """All files that may be ranked, by path."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    shelf: Shelf | None = None
    rule: Callable[[str, bytes], str] = no_rule
    """Why a file of this path and content is left out, or nothing."""
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    """What is left out unread, by rule."""
    reader: Reader = field(default_factory=shared)
    """Reads the definitions of files."""
    in_blocks: dict[str, str] = field(default_factory=dict)
    """Files that are parted at blank lines for want of their definitions, and why."""
    _patience: Patience = field(default_factory=Patience)
    _expecting: bool = False
    _lines: dict[str, list[str]] = field(default_factory=dict)
    _parts: dict[str, tuple[Words, Parted]] = field(default_factory=dict)
    _made: Inverted | None = None
    _unread: Mapping[str, LeftOut] = field(default_factory=dict)

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> "Corpus":
        """A repository that is held in memory."""
        made = {path: _source(path, text.encode("utf-8", "replace")) for path, text in sorted(texts.items())}
        return cls(made)

    def all_left_out(self) -> dict[str, LeftOut]:
        """What is not ranked, by rule: unread, and for what it holds as far as the index has been asked for."""
        found = {rule: LeftOut(one.count, list(one.examples)) for rule, one in self.left_out.items()}
        for rule, unread in self._unread.items():
            found.setdefault(rule, LeftOut()).join(unread)
        return found

    def lines(self, path: str) -> list[str]:
        """The lines of a file; none where it cannot be read."""
        if path not in self._lines:
            self._lines[path] = (self.sources[path].read() or b"").decode("utf-8", "replace").split("\n")
        return self._lines[path]

    def index(self, terms: frozenset[str], names: frozenset[str]) -> Inverted:
        """The index, as far as these terms and names go."""
        found = self._index(terms, names)
        self._unread = found.left_out
        return found

    def _index(self, terms: frozenset[str], names: frozenset[str]) -> Inverted:
        made = self._made
        if made is not None and (made.wanted is None or terms <= made.wanted):
            return made
        tree, paths = self._name(), list(self.sources)
        known = self.shelf.index(tree, paths, (terms, names)) if self.shelf and tree else None
        if known is not None:
            return known
        keep = self.shelf is not None and self.shelf.writable and bool(tree)
        self._made = made = Inverted(None if keep else terms)
        for path, words in self._words():
            made.add(path, words)
        if self.shelf and keep:
            self.shelf.keep_index(tree, made, paths)
        return made

    def parts(self, path: str) -> tuple[Words, Parted]:
        """The words and parts of a file."""
        if path not in self._parts:
            self.parse([path])
        return self._parts[path]

    def parse(self, paths: Iterable[str]) -> None:
        """Works out the parts of these files, or finds them on the shelf."""
        absent = [path for path in paths if path not in self._parts]
        keys = {path: self.sources[path].key for path in absent if self.sources[path].blob}
        known = self.shelf.parts(list(keys.values())) if self.shelf else {}
        self._parts |= {path: known[key] for path, key in keys.items() if key in known}
        made: dict[str, Parted] = {}
        files = (File(path, self.sources[path].read() or b"") for path in absent if path not in self._parts)
        for (path, data), found in self.reader.each(files, self._patience):
            words = words_of(path, data)
            if isinstance(found, Unread):  # not kept: another machine may be faster
                self._parts[path] = words, parts_of(path, data, words)
                self.in_blocks[path] = found.value
                continue
            self._parts[path] = words, parts_of(path, data, words, found)
            if path in keys:
                made[keys[path]] = self._parts[path][1]
        if self.shelf and made:
            self.shelf.keep_parts(made)

    def _words(self) -> Iterator[tuple[str, Words]]:
        for some in batched(self.sources.values(), AT_ONCE):
            keys = [source.key for source in some if source.blob]
            known = self.shelf.words(keys) if self.shelf else {}
            made: dict[str, Words] = {}
            for source in some:
                words = known.get(source.key) if source.blob else None
                if words is None:
                    self._expect(source)
                    words = made[source.key] = self._counted(source)
                yield source.path, words
            if self.shelf and self.shelf.writable:
                self.shelf.keep_words({key: words for key, words in made.items() if not key.startswith(":")})

    def _expect(self, source: Source) -> None:
        """What is counted anew may be parsed anew: the child starts meanwhile."""
        if not self._expecting and suffix_of(source.path):
            self._expecting = True
            self.reader.start()

    def _counted(self, source: Source) -> Words:
        data = source.read()
        if data is None:
            return Words((), array("I"), "unreadable")
        why_not = self.rule(source.path, data)
        return Words((), array("I"), why_not) if why_not else words_of(source.path, data)

    def _name(self) -> str:
        """A name for the tree: of its paths and their contents. Empty where one of those is not known."""
        found = hashlib.sha256()
        for source in self.sources.values():
            if not source.blob:
                return ""
            found.update(f"{source.path}\0{source.key}\0".encode("utf-8", "surrogateescape"))
        return found.hexdigest()


def _source(path: str, data: bytes) -> Source:
    return Source(path, lambda: data)
