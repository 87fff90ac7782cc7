"""The short list, and the statistics that its features are made of. Called by rank.py.

Only the files of the short list are parsed: whole-file BM25 and the issue's own pointers keep what matters in it.
"""

import heapq
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from runner.context.ranking.corpus import Corpus
from runner.context.ranking.inverted import Inverted
from runner.context.ranking.lexical import Bm25, damped, dot
from runner.context.ranking.parsed import Part, Parted, Words
from runner.context.ranking.places import Pointed, Pointers, is_prose, repository_of
from runner.context.ranking.query import Query
from runner.context.ranking.trigrams import Places, Trigram, trigrams_of
from runner.context.ranking.vocabulary import terms_of

SHORT = 150
"""Files of the short list; those that the issue points at come on top."""
MOST_POINTED = 50
PROSE_WEIGHT = 0.5
"""What a file that is no source is worth beside one that is, for the short list."""
_NONE = frozenset[Any]()


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


class PartHits(NamedTuple):
    path: str
    place: int
    """Among the parts of its file."""
    part: Part
    name: str
    """Its unqualified name; empty for lines outside of all definitions."""
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
    trigram_files: Mapping[tuple[str, ...], int]
    """In how many files of the short list each trigram of the issue stands."""


def scene_of(corpus: Corpus, query: Query) -> Scene:
    """The short list for a query, with all that its features need."""
    weights = Weights.of(query)
    index = corpus.index(frozenset(weights.all), frozenset(query.names))
    files = _files(index, query, weights)
    corpus.parse(files)
    parted, parts = _parts(corpus, list(files), _Asked.of(query, weights, index))
    return Scene(
        query=query,
        weights=weights,
        files=files,
        parts=parts,
        parted=parted,
        name_rarity=_rarities(index, query),
        defined_in=Counter(chain.from_iterable({one.name for one in of_file} for of_file in parts.values())),
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

    # As many of each repository: a large one takes no other's place.
    repositories: dict[str, list[int]] = {}
    for place, path in enumerate(paths):
        repositories.setdefault(repository_of(path), []).append(place)
    first = [place for each in repositories.values() for place in heapq.nsmallest(SHORT, each, key=worth)]
    others = set(range(len(paths))).difference(first) if len(paths) > len(first) else set[int]()
    named = [place for place in others if pointers.may_be(paths[place]) and pointers.at(paths[place]).plainly]
    return first + sorted(named, key=worth)[:MOST_POINTED]


@dataclass(frozen=True)
class _Asked:
    query: Query
    weights: Weights
    bearers: Mapping[str, tuple[str, ...]]
    """Which identifiers hold which of the query's terms."""
    wanted: Set[str]
    """Those, and the issue's names."""

    @classmethod
    def of(cls, query: Query, weights: Weights, index: Inverted) -> "_Asked":
        bearers = index.bearers(frozenset(weights.all))
        return cls(query, weights, bearers, bearers.keys() | query.names.keys())


class _Held(NamedTuple):
    """Of each part of a file the query's terms and names."""

    parts: Sequence[Part]
    terms: Sequence[Mapping[str, int]]
    names: Mapping[int, set[str]]
    """By the part's place; absent where it has none."""


def _parts(corpus: Corpus, short: Sequence[str], asked: _Asked) -> tuple[Bm25, dict[str, list[PartHits]]]:
    places, found = Places.of(asked.query), dict[str, _Held]()
    for path in short:
        words, parted = corpus.parts(path)
        found[path] = _held(words, parted, asked)
        places.add(path, words, parted)
    terms = [of_part for each in found.values() for of_part in each.terms]
    bm25 = Bm25.over(list(zip(terms, [part.length for _, part in places.parts], strict=True)), b=0.5)
    measured = (bm25, trigrams_of(corpus, places), asked.weights.all)
    return bm25, {path: _hits(path, each, measured) for path, each in found.items()}


def _held(words: Words, parted: Parted, asked: _Asked) -> _Held:
    query, bearers, wanted = asked.query, asked.bearers, asked.wanted
    terms: list[dict[str, int]] = [{} for _ in parted.parts]
    names: dict[int, set[str]] = {}
    for place in [place for place, name in enumerate(words.names) if name in wanted]:
        name = words.names[place]
        held, is_named = bearers.get(name, ()), name in query.names
        for part, times in parted.holders(place):
            of_part = terms[part]
            for term in held:
                of_part[term] = of_part.get(term, 0) + times
            if is_named:
                names.setdefault(part, set()).add(name)
    return _Held(parted.parts, terms, names)


def _hits(
    path: str, held: _Held, measured: tuple[Bm25, Mapping[tuple[str, int], frozenset[Trigram]], Mapping[str, float]]
) -> list[PartHits]:
    bm25, trigrams, weights = measured
    made = []
    for place, (part, terms) in enumerate(zip(held.parts, held.terms, strict=True)):
        impacts = bm25.impacts(terms, part.length)
        names, here = held.names.get(place, _NONE), trigrams.get((path, part.chunk.first), _NONE)
        name = part.chunk.name.rpartition(".")[2]
        made.append(PartHits(path, place, part, name, terms, impacts, frozenset(names), here, dot(impacts, weights)))
    return made


def _union(of_file: Sequence[PartHits]) -> set[tuple[str, ...]]:
    return set().union(*(one.trigrams for one in of_file))


def _rarities(index: Inverted, query: Query) -> dict[str, float]:
    total, spread = len(index.files), index.spread(query.names)
    return {name: math.log((total + 1) / (spread.get(name, 1) + 0.5)) for name in query.names}


def name_terms(scene_parts: Sequence[PartHits], path: str) -> Counter[str]:
    """The terms of a file's path and of the names that it defines: a document of its own."""
    pieces = [*re.split(r"[/.]", path), *(one.name for one in scene_parts)]
    return Counter(chain.from_iterable(map(terms_of, pieces)))


__all__ = ["FileHits", "PartHits", "Scene", "Weights", "name_terms", "scene_of"]
