"""Where three words of an issue stand in a row in the code: messages and calls that were pasted. Called by scene.py.

Which parts hold all three words is known from their identifiers; only the texts of those are looked at.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.parsed import Part, Parted, Words
from runner.context.ranking.query import Query
from runner.context.ranking.vocabulary import WORD

_WORDS = re.compile(r"\w+|[-]{2}[\w-]+")
# Bytes of no word become blanks, capitals small: searching in that is four times as fast as finding the words.
_LOWERED = bytes(
    ord(chr(byte).lower()) if byte < 128 and (chr(byte).isalnum() or chr(byte) == "_") else ord(" ")
    for byte in range(256)
)

Trigram = tuple[str, ...]


@dataclass
class Places:
    """In which parts each word of the issue stands; parts have numbers, over all files."""

    trigrams: frozenset[Trigram]
    words: dict[str, set[int]]
    parts: list[tuple[str, Part]] = field(default_factory=list)

    @classmethod
    def of(cls, query: Query) -> "Places":
        """Those of the issue's words that are identifiers; other ones may stand anywhere."""
        words = {word for each in query.trigrams for word in each if WORD.fullmatch(word)}
        return cls(query.trigrams, {word: set() for word in words})

    def add(self, path: str, words: Words, parted: Parted) -> None:
        """One more file."""
        known, before = self.words, len(self.parts)
        lows = " ".join(words.names).lower().split(" ")
        for place in [place for place, low in enumerate(lows) if low in known]:
            known[lows[place]].update(before + part for part, _ in parted.holders(place))
        self.parts += [(path, part) for part in parted.parts]

    def likely(self) -> Mapping[int, Sequence[Trigram]]:
        """The trigrams that may stand in each part, by its number; in its order."""
        found: dict[int, list[Trigram]] = {}
        for each in self.trigrams:
            for part in set.intersection(*(self.words[word] for word in each if word in self.words)):
                found.setdefault(part, []).append(each)
        return dict(sorted(found.items()))


def trigrams_of(corpus: Corpus, places: Places) -> Mapping[tuple[str, int], frozenset[Trigram]]:
    """The issue's trigrams that stand in each part, by path and first line; absent where none does."""
    found: dict[tuple[str, int], frozenset[Trigram]] = {}
    wanted = {each: _Wanted(each) for each in places.trigrams}
    for number, likely in places.likely().items():
        path, part = places.parts[number]
        text = _Text("\n".join(corpus.lines(path)[part.chunk.first - 1 : part.chunk.last]))
        held = frozenset(each for each in likely if wanted[each].stands_in(text))
        if held:
            found[path, part.chunk.first] = held
    return found


class _Text:
    """A text, as its words are looked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.lowered = f" {text} ".encode().translate(_LOWERED) if text.isascii() else b""
        """The words of a plain text with blanks between; empty where it has other letters."""

    @cached_property
    def row(self) -> str:
        """Its words, one blank between two."""
        return f" {' '.join(_WORDS.findall(self._text.lower()))} "


class _Wanted:
    """A trigram, as it is looked for."""

    def __init__(self, trigram: Trigram) -> None:
        self._trigram = trigram
        self._row = f" {' '.join(trigram)} "

    @cached_property
    def _blanks(self) -> re.Pattern[bytes] | None:
        """Made when it is first looked for: the words of most stand together in no part."""
        plain = all(word.isascii() and "-" not in word for word in self._trigram)
        return re.compile(b" " + b" +".join(map(str.encode, self._trigram)) + b" ") if plain else None

    def stands_in(self, text: _Text) -> bool:
        if text.lowered and self._blanks is not None:
            return self._blanks.search(text.lowered) is not None
        return self._row in text.row
