"""The short list, and the statistics that its features are made of. Pure; called by rank.py.

Only the files of the short list are parsed: whole-file BM25 and the issue's own pointers keep what matters in it.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.context.ranking.corpus import Corpus, Part
from runner.context.ranking.lexical import Bm25, Hits, damped
from runner.context.ranking.places import Pointed, is_prose, pointed
from runner.context.ranking.query import Query
from runner.context.ranking.vocabulary import terms_of

SHORT = 150
"""Files of the short list; those that the issue points at come on top."""
MOST_POINTED = 50
PROSE_WEIGHT = 0.5
"""What a file that is no source is worth beside one that is, for the short list."""
TOP_PARTS = 15
"""Parts whose identifiers count as called: what the likeliest places speak of is likely, too."""
_WORDS = re.compile(r"\w+|[-]{2}[\w-]+")


@dataclass(frozen=True)
class Weights:
    """The query's terms, damped: all of them, and by where they stand."""

    all: Mapping[str, float]
    title: Mapping[str, float]
    prose: Mapping[str, float]
    code: Mapping[str, float]

    @classmethod
    def of(cls, query: Query) -> "Weights":
        return cls(damped(query.terms), damped(query.title), damped(query.prose), damped(query.code))


@dataclass(frozen=True)
class FileHits:
    terms: Mapping[str, int]
    length: int
    score: float
    """Whole-file BM25 of all of the query's terms."""
    pointed: Pointed


@dataclass(frozen=True)
class PartHits:
    part: Part
    terms: Mapping[str, int]
    trigrams: frozenset[tuple[str, ...]]
    score: float
    """BM25 of all of the query's terms among the parts of the short list."""


@dataclass(frozen=True)
class Scene:
    query: Query
    weights: Weights
    files: Mapping[str, FileHits]
    """Of the short list, by path."""
    whole: Bm25
    parts: Mapping[str, Sequence[PartHits]]
    """Of each file of the short list, in their order."""
    parted: Bm25
    name_rarity: Mapping[str, float]
    """How rare each name of the issue is among all files; absent where it stands in none."""
    defined_in: Mapping[str, int]
    """In how many files of the short list each of those names is defined."""
    defined: Mapping[str, int]
    """How many parts of the short list bear each unqualified name."""
    called: Mapping[str, int]
    """In how many of the best parts each identifier stands."""
    trigram_files: Mapping[tuple[str, ...], int]
    """In how many files of the short list each trigram of the issue stands."""


def scene_of(corpus: Corpus, query: Query) -> Scene:
    """The short list for a query, with all that its features need."""
    weights, hits = Weights.of(query), Hits({*query.title, *query.prose, *query.code})
    whole, seen = _files(corpus, query, weights, hits)
    short = _short(seen)
    parted, parts = _parts(corpus, short, (query, weights, hits))
    flat = [one for of_file in parts.values() for one in of_file]
    return Scene(
        query=query,
        weights=weights,
        files={path: seen[path] for path in short},
        whole=whole,
        parts=parts,
        parted=parted,
        name_rarity=_rarities(corpus, query),
        defined_in=Counter(name for of_file in parts.values() for name in {one.part.last_name for one in of_file}),
        defined=Counter(one.part.last_name for one in flat),
        called=_called(flat),
        trigram_files=Counter(each for of_file in parts.values() for each in _union(of_file)),
    )


def _files(corpus: Corpus, query: Query, weights: Weights, hits: Hits) -> tuple[Bm25, dict[str, FileHits]]:
    terms = {path: hits.of(source.counts().identifiers) for path, source in corpus.sources.items()}
    lengths = {path: source.counts().length for path, source in corpus.sources.items()}
    whole = Bm25.over([(terms[path], lengths[path]) for path in terms], b=0.6)
    found = {}
    for path, of_file in terms.items():
        score = whole.score(of_file, lengths[path], weights.all)
        found[path] = FileHits(of_file, lengths[path], score, pointed(path, query))
    return whole, found


def _short(seen: Mapping[str, FileHits]) -> list[str]:
    def worth(path: str) -> tuple[float, str]:
        return (-seen[path].score * (PROSE_WEIGHT if is_prose(path) else 1.0), path)

    order = sorted(seen, key=worth)
    named = [path for path in order[SHORT:] if seen[path].pointed.plainly]
    return order[:SHORT] + named[:MOST_POINTED]


def _parts(
    corpus: Corpus, short: Sequence[str], asked: tuple[Query, Weights, Hits]
) -> tuple[Bm25, dict[str, list[PartHits]]]:
    query, weights, hits = asked
    terms = {path: [(part, hits.of(part.identifiers)) for part in corpus.sources[path].parts()] for path in short}
    parted = Bm25.over([(found, part.length) for each in terms.values() for part, found in each], b=0.5)
    made: dict[str, list[PartHits]] = {}
    for path, each in terms.items():
        lines = corpus.sources[path].text.split("\n")
        made[path] = [
            PartHits(part, found, _trigrams(lines, part, query), parted.score(found, part.length, weights.all))
            for part, found in each
        ]
    return parted, made


def _trigrams(lines: Sequence[str], part: Part, query: Query) -> frozenset[tuple[str, ...]]:
    """The issue's trigrams that stand in a part."""
    if not query.trigrams:
        return frozenset()
    words = _WORDS.findall("\n".join(lines[part.chunk.first - 1 : part.chunk.last]).lower())
    return query.trigrams.intersection(zip(words, words[1:], words[2:], strict=False))


def _union(of_file: Sequence[PartHits]) -> set[tuple[str, ...]]:
    return set().union(*(one.trigrams for one in of_file))


def _rarities(corpus: Corpus, query: Query) -> dict[str, float]:
    total, found = len(corpus.sources), {}
    for name in query.names:
        files = sum(name in source.counts().identifiers for source in corpus.sources.values())
        if files:
            found[name] = math.log((total + 1) / (files + 0.5))
    return found


def _called(flat: Sequence[PartHits]) -> Counter[str]:
    best = sorted(flat, key=lambda one: (-one.score, one.part.path, one.part.chunk.first))[:TOP_PARTS]
    return Counter(name for one in best for name in one.part.identifiers)


def name_terms(scene_parts: Sequence[PartHits], path: str) -> Counter[str]:
    """The terms of a file's path and of the names that it defines: a document of its own."""
    found = Counter[str]()
    for piece in re.split(r"[/.]", path):
        found.update(terms_of(piece))
    for one in scene_parts:
        found.update(terms_of(one.part.last_name))
    return found


__all__ = ["FileHits", "PartHits", "Scene", "Weights", "name_terms", "scene_of"]
