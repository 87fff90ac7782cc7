"""Where three words of an issue stand in a row in the code: messages and calls that were pasted. Called by scene.py.

Which parts hold all three words is known from their identifiers; only the texts of those are looked at.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.parsed import Part, Words
from runner.context.ranking.query import Query
from runner.context.ranking.vocabulary import WORD

_WORDS = re.compile(r"\w+|[-]{2}[\w-]+")

Trigram = tuple[str, ...]


@dataclass
class Places:
    """In which parts each word of the issue stands, as sets of bits: a part is a bit."""

    trigrams: frozenset[Trigram]
    words: dict[str, int]
    parts: list[tuple[str, Part]] = field(default_factory=list)

    @classmethod
    def of(cls, query: Query) -> "Places":
        """Those of the issue's words that are identifiers; other ones may stand anywhere."""
        words = {word for each in query.trigrams for word in each if WORD.fullmatch(word)}
        return cls(query.trigrams, dict.fromkeys(words, 0))

    def add(self, path: str, words: Words, parts: Sequence[Part]) -> None:
        """One more file."""
        known = self.words
        wanted = {place: low for place, name in enumerate(words.names) if (low := name.lower()) in known}
        for part in parts:
            bit = 1 << len(self.parts)
            self.parts.append((path, part))
            for place in part.places:
                if place in wanted:
                    known[wanted[place]] |= bit

    def likely(self) -> list[tuple[str, Part]]:
        """The parts that may hold a trigram."""
        everywhere, found = (1 << len(self.parts)) - 1, 0
        for each in self.trigrams:
            held = everywhere
            for word in each:
                held &= self.words.get(word, everywhere)
            found |= held
        return [one for place, one in enumerate(self.parts) if found >> place & 1]


def trigrams_of(corpus: Corpus, places: Places) -> Mapping[tuple[str, int], frozenset[Trigram]]:
    """The issue's trigrams that stand in each part, by path and first line; absent where none does."""
    found: dict[tuple[str, int], frozenset[Trigram]] = {}
    lines: dict[str, list[str]] = {}
    for path, part in places.likely():
        if path not in lines:
            lines[path] = corpus.text(path).split("\n")
        text = "\n".join(lines[path][part.chunk.first - 1 : part.chunk.last])
        words = _WORDS.findall(text.lower())
        held = places.trigrams.intersection(zip(words, words[1:], words[2:], strict=False))
        if held:
            found[path, part.chunk.first] = held
    return found
