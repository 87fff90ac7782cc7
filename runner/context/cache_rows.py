"""How words, parts and indexes are written into the cache's rows, and read from them again. Pure; called by cache.py.

What is read may be anything: a row whose checksum or shape is wrong is None, so that it is worked out again.
"""

import json
import re
import zlib
from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from operator import gt
from typing import Any

from runner.context.ranking.chunks import Chunk
from runner.context.ranking.parsed import Part, Parted, Words
from runner.context.tree import MOST_TOLD, LeftOut

Row = tuple[Any, ...]
_KINDS = ("function", "class", "module")
_MOST = 2**31
_RULE = re.compile(r"[A-Za-z ]{0,40}")
"""The name of a rule by which a content is left out: a few words. It is shown in the receipt."""


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
    whole = len(found.names) == len(found.times) and found.length < _MOST and _RULE.fullmatch(why_not)
    return found if whole else None


def row_of_parts(parted: Parted) -> Row:
    """chunks (their names), places (five numbers each), counts (entries of each identifier), entries, seal."""
    names = json.dumps([part.chunk.name for part in parted.parts], separators=(",", ":"))
    places = array("I")
    for chunk, characters, length in parted.parts:
        places.extend((_KINDS.index(chunk.kind), chunk.first, chunk.last, characters, length))
    counts = array("I", ((end - start) // 2 for start, end in pairwise(parted.starts)))
    blobs = places.tobytes(), counts.tobytes(), parted.entries.tobytes()
    return names, *blobs, _seal(names.encode(), *blobs)


def parts_of_row(row: Row, words: Words) -> Parted | None:
    """The parts of such a row, of a content with these words."""
    try:
        names, *blobs, seal = row
        if seal != _seal(names.encode(), *blobs):
            return None
        places, counts, entries = map(numbers, blobs)
        parts = _parts(json.loads(names), places)
        starts = array("I", accumulate((2 * count for count in counts), initial=0))
    except (ValueError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        return None
    whole = len(counts) == len(words.names) and starts[-1] == len(entries)
    return Parted(parts, starts, entries) if whole and max(entries[::2], default=-1) < len(parts) else None


def _parts(names: list[Any], places: "array[int]") -> tuple[Part, ...]:
    """Raises ValueError, TypeError or IndexError where these are none."""
    kinds, firsts, lasts, characters, lengths = (places[at::5] for at in range(5))
    strange = (
        not all(isinstance(name, str) and "\n" not in name for name in names)
        or 0 in firsts
        or any(map(gt, firsts, lasts))
    )
    if strange or not len(names) == len(kinds) == len(lengths):
        raise ValueError("no parts")
    chunks = map(Chunk, names, [_KINDS[kind] for kind in kinds], firsts, lasts)
    return tuple(map(Part, chunks, characters, lengths))


def row_of_rules(found: Mapping[str, LeftOut], place: Mapping[str, int]) -> str:
    """What was left out, by rule: how many files, and the places of some among all paths of the tree."""
    rules = {rule: [one.count, *(place[path] for path in one.examples)] for rule, one in found.items()}
    return json.dumps(rules, separators=(",", ":"))


def rules_of_row(text: Any, paths: Sequence[str]) -> dict[str, LeftOut] | None:
    """The same again. The paths are those of the tree itself: no row can name what is not there."""
    try:
        found = json.loads(text)
        return {rule: _left_out(rule, numbers, paths) for rule, numbers in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _left_out(rule: str, numbers: Any, paths: Sequence[str]) -> LeftOut:
    """Raises ValueError or TypeError where it is none."""
    count, *places = numbers
    whole = all(type(each) is int and 0 <= each < _MOST for each in numbers) and len(places) <= min(count, MOST_TOLD)
    if not whole or not _RULE.fullmatch(rule) or max(places, default=-1) >= len(paths):
        raise ValueError("no rule")
    return LeftOut(count, [paths[place][:200] for place in places])


def sealed(found: "array[int]", names: str = "") -> bytes:
    """Numbers with a checksum behind them; of the names, too, that stand beside them."""
    body = found.tobytes()
    return body + _seal(body, names.encode()).to_bytes(4, "little")


def unsealed(body: Any, names: Any = "") -> "array[int] | None":
    """Those numbers again."""
    if not isinstance(body, bytes) or len(body) < 4 or not isinstance(names, str):
        return None
    if _seal(body[:-4], names.encode("utf-8", "replace")) != int.from_bytes(body[-4:], "little"):
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


__all__ = [
    "parts_of_row",
    "row_of_parts",
    "row_of_rules",
    "row_of_words",
    "rules_of_row",
    "sealed",
    "unsealed",
    "words_of_row",
]
