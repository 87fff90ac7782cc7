"""How words, parts and indexes are written into the cache's rows, and read from them again. Pure; called by cache.py.

What is read may be anything: a row whose checksum or shape is wrong is None, so that it is worked out again.
"""

import json
import zlib
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from runner.context.ranking.chunks import Chunk
from runner.context.ranking.parsed import Part, Words

Row = tuple[Any, ...]
_KINDS = ("function", "class", "module")


def row_of_words(words: Words) -> Row:
    """names, times, why_not, seal."""
    names, times = " ".join(words.names), words.times.tobytes()
    return names, times, words.why_not, _seal(names.encode(), times, words.why_not.encode())


def words_of_row(row: Row) -> Words | None:
    """The words of such a row."""
    try:
        names, times, why_not, seal = row
        if seal != _seal(names.encode(), times, why_not.encode()):
            return None
        found = Words(tuple(names.split()), numbers(times), why_not)
    except (ValueError, TypeError, AttributeError):
        return None
    return found if len(found.names) == len(found.times) else None


def row_of_parts(parts: Sequence[Part]) -> Row:
    """chunks, places, counts, seal."""
    chunks = json.dumps(
        [
            (part.chunk.name, _KINDS.index(part.chunk.kind), part.chunk.first, part.chunk.last, part.characters,
             len(part.places))
            for part in parts
        ],
        separators=(",", ":"),
    )  # fmt: skip
    places, counts = array("I"), array("I")
    for part in parts:
        places += part.places
        counts += part.times
    return chunks, places.tobytes(), counts.tobytes(), _seal(chunks.encode(), places.tobytes(), counts.tobytes())


def parts_of_row(row: Row, words: Words) -> tuple[Part, ...] | None:
    """The parts of such a row, of a content with these words."""
    try:
        chunks, places, counts, seal = row
        if seal != _seal(chunks.encode(), places, counts):
            return None
        held, times = numbers(places), numbers(counts)
        if len(held) != len(times) or max(held, default=-1) >= len(words.names):
            return None
        return tuple(_parts(json.loads(chunks), held, times))
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        return None


def _parts(chunks: list[Any], places: "array[int]", counts: "array[int]") -> Iterator[Part]:
    at = 0
    for name, kind, first, last, characters, many in chunks:
        end = at + int(many)
        if not (isinstance(name, str) and 1 <= first <= last and characters >= 0 and at <= end <= len(places)):
            raise ValueError("no part")
        yield Part(Chunk(name, _KINDS[kind], first, last), characters, places[at:end], counts[at:end])
        at = end


def sealed(found: "array[int]") -> bytes:
    """Numbers with a checksum behind them."""
    body = found.tobytes()
    return body + _seal(body).to_bytes(4, "little")


def unsealed(body: Any) -> "array[int] | None":
    """Those numbers again."""
    if not isinstance(body, bytes) or len(body) < 4 or _seal(body[:-4]) != int.from_bytes(body[-4:], "little"):
        return None
    try:
        return numbers(body[:-4])
    except ValueError:
        return None


def numbers(body: bytes) -> "array[int]":
    """Numbers of 32 bits. Raises ValueError where these are none."""
    found = array("I")
    found.frombytes(body)
    return found


def _seal(*parts: bytes) -> int:
    found = 0
    for part in parts:
        found = zlib.crc32(part, found)
    return found


__all__ = ["parts_of_row", "row_of_parts", "row_of_words", "sealed", "unsealed", "words_of_row"]
