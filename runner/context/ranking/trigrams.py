"""Where three words of an issue stand in a row in the code: messages and calls that were pasted. Called by scene.py.

Which parts hold all three words is known from their identifiers; only the texts of those are looked at.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.parsed import Part, Parted, Words
from runner.context.ranking.query import Query
from runner.context.ranking.vocabulary import WORD

_WORDS = re.compile(r"\w+|[-]{2}[\w-]+")
_BLANKS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}

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
        for place, low in enumerate(map(str.lower, words.names)):
            if low in known:
                known[low].update(before + part for part, _ in parted.holders(place))
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
    wanted = {each: f" {' '.join(each)} " for each in places.trigrams}
    for number, likely in places.likely().items():
        path, part = places.parts[number]
        text = "\n".join(corpus.lines(path)[part.chunk.first - 1 : part.chunk.last])
        row = f" {' '.join(_words(text.lower()))} "
        held = frozenset(each for each in likely if wanted[each] in row)
        if held:
            found[path, part.chunk.first] = held
    return found


def _words(text: str) -> Iterable[str]:
    """The words of a text as the issue's were found; without an expression where that comes to the same."""
    if text.isascii() and "--" not in text:
        return text.translate(_BLANKS).split()
    return _WORDS.findall(text)
