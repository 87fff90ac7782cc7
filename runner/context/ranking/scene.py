"""The short list, and the statistics that its features are made of. Called by rank.py.

Only the files of the short list are parsed: whole-file BM25 and the issue's own pointers keep what matters in it.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.inverted import Inverted
from runner.context.ranking.lexical import Bm25, Hits, damped, dot
from runner.context.ranking.parsed import Part, Words
from runner.context.ranking.places import Pointed, Pointers, is_prose
from runner.context.ranking.query import Query
from runner.context.ranking.trigrams import Places, trigrams_of
from runner.context.ranking.vocabulary import terms_of

SHORT = 150
"""Files of the short list; those that the issue points at come on top."""
MOST_POINTED = 50
PROSE_WEIGHT = 0.5
"""What a file that is no source is worth beside one that is, for the short list."""
TOP_PARTS = 15
"""Parts whose identifiers count as called: what the likeliest places speak of is likely, too."""


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
    impacts: Mapping[str, float]
    """What each of the query's terms is worth here."""
    length: int
    score: float
    """Whole-file BM25 of all of the query's terms."""
    pointed: Pointed


@dataclass(frozen=True)
class PartHits:
    path: str
    part: Part
    terms: Mapping[str, int]
    impacts: Mapping[str, float]
    names: frozenset[str]
    """The issue's names that stand in it as they are written."""
    trigrams: frozenset[tuple[str, ...]]
    score: float
    """BM25 of all of the query's terms among the parts of the short list."""


@dataclass(frozen=True)
class Scene:
    query: Query
    weights: Weights
    files: Mapping[str, FileHits]
    """Of the short list, by path."""
    parts: Mapping[str, Sequence[PartHits]]
    """Of each file of the short list, in their order."""
    parted: Bm25
    name_rarity: Mapping[str, float]
    """How rare each name of the issue is among all files."""
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
    weights = Weights.of(query)
    index = corpus.index(frozenset(weights.all), frozenset(query.names))
    files = _files(index, query, weights)
    corpus.parse(files)
    parted, parts = _parts(corpus, list(files), (query, weights))
    flat = [one for of_file in parts.values() for one in of_file]
    return Scene(
        query=query,
        weights=weights,
        files=files,
        parts=parts,
        parted=parted,
        name_rarity=_rarities(index, query),
        defined_in=Counter(name for of_file in parts.values() for name in {one.part.last_name for one in of_file}),
        defined=Counter(one.part.last_name for one in flat),
        called=_called(corpus, flat),
        trigram_files=Counter(each for of_file in parts.values() for each in _union(of_file)),
    )


def _files(index: Inverted, query: Query, weights: Weights) -> dict[str, FileHits]:
    """The files of the short list, the likeliest first."""
    postings = index.postings(weights.all)
    whole = Bm25.of({term: len(posting) // 2 for term, posting in postings.items()}, index.lengths, b=0.6)
    scores = whole.scores(postings, index.lengths, weights.all)
    pointers = Pointers(query)
    short = _short(index.files, scores, pointers)
    terms: dict[int, dict[str, int]] = {place: {} for place in short}
    for term, posting in postings.items():
        for place, times in zip(posting[::2], posting[1::2], strict=True):
            if place in terms:
                terms[place][term] = times
    return {
        index.files[place]: FileHits(
            whole.impacts(terms[place], index.lengths[place]),
            index.lengths[place],
            scores[place],
            pointers.at(index.files[place]),
        )
        for place in short
    }


def _short(paths: Sequence[str], scores: Sequence[float], pointers: Pointers) -> list[int]:
    """Places of the files that are looked into."""

    def worth(place: int) -> tuple[float, str]:
        return (-scores[place] * (PROSE_WEIGHT if is_prose(paths[place]) else 1.0), paths[place])

    order = sorted(range(len(paths)), key=worth)
    named = [place for place in order[SHORT:] if pointers.may_be(paths[place]) and pointers.at(paths[place]).plainly]
    return order[:SHORT] + named[:MOST_POINTED]


def _parts(
    corpus: Corpus, short: Sequence[str], asked: tuple[Query, Weights]
) -> tuple[Bm25, dict[str, list[PartHits]]]:
    query, weights = asked
    hits, places = Hits(weights.all), Places.of(query)
    found: dict[str, list[tuple[Part, dict[str, int], frozenset[str]]]] = {}
    for path in short:
        words, parts = corpus.parts(path)
        found[path] = list(_held(words, parts, hits, query))
        places.add(path, words, parts)
    parted = Bm25.over([(terms, part.length) for each in found.values() for part, terms, _ in each], b=0.5)
    trigrams = trigrams_of(corpus, places)
    made: dict[str, list[PartHits]] = {}
    for path, each in found.items():
        made[path] = []
        for part, terms, names in each:
            impacts = parted.impacts(terms, part.length)
            here = trigrams.get((path, part.chunk.first), frozenset())
            made[path].append(PartHits(path, part, terms, impacts, names, here, dot(impacts, weights.all)))
    return parted, made


def _held(
    words: Words, parts: Sequence[Part], hits: Hits, query: Query
) -> Iterable[tuple[Part, dict[str, int], frozenset[str]]]:
    """Of each part the query's terms and names."""
    wanted = {place: terms for place, terms in enumerate(hits.of(words.names)) if terms}
    named = {place: name for place, name in enumerate(words.names) if name in query.names}
    for part in parts:
        terms: dict[str, int] = {}
        for place, times in zip(part.places, part.times, strict=True):
            if place in wanted:
                for term in wanted[place]:
                    terms[term] = terms.get(term, 0) + times
        yield part, terms, frozenset([named[place] for place in named.keys() & part.places] if named else ())


def _union(of_file: Sequence[PartHits]) -> set[tuple[str, ...]]:
    return set().union(*(one.trigrams for one in of_file))


def _rarities(index: Inverted, query: Query) -> dict[str, float]:
    total, spread = len(index.files), index.spread(query.names)
    return {name: math.log((total + 1) / (spread.get(name, 1) + 0.5)) for name in query.names}


def _called(corpus: Corpus, flat: Sequence[PartHits]) -> Counter[str]:
    best = sorted(flat, key=lambda one: (-one.score, one.path, one.part.chunk.first))[:TOP_PARTS]
    found = Counter[str]()
    for one in best:
        names = corpus.parts(one.path)[0].names
        found.update(names[place] for place in one.part.places)
    return found


def name_terms(scene_parts: Sequence[PartHits], path: str) -> Counter[str]:
    """The terms of a file's path and of the names that it defines: a document of its own."""
    found = Counter[str]()
    for piece in re.split(r"[/.]", path):
        found.update(terms_of(piece))
    for one in scene_parts:
        found.update(terms_of(one.part.last_name))
    return found


__all__ = ["FileHits", "PartHits", "Scene", "Weights", "name_terms", "scene_of"]
