"""Whether what was parsed of a repository is worth handing in for its later sessions, and for which of them. Pure.

Called by runner/shared_code.py.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from runner.context.cache_file import FORMAT
from runner.context.ranking.languages import BY_SUFFIX

MOST_PACKED = 32 << 20
"""Bytes of a file as it travels; the bot's bound as well."""
MOST_UNPACKED = 128 << 20
"""Bytes of a cache; what unpacks to more is no cache."""
LEAST_SAVED = 0.2
"""Seconds that a later session must be saved. Below that nobody feels it."""
# Seen with a tree of xarray (274 files, 150 of them in parts; CPU of one core): counting 0.7 s, parsing 1.1 s; to pack
# its cache of 5.5 MB, send, keep and fetch it 0.2 s. A session's prompt takes 1.8 s without it, and 0.4 s with it.
_A_CONTENT = 0.0025
_PARTS_OF_ONE = 0.007
_A_BYTE = 0.2 / 5_500_000


@dataclass(frozen=True)
class Held:
    """What a cache holds."""

    contents: int = 0
    parsed: int = 0
    """Contents whose parts are known as well."""
    trees: frozenset[str] = frozenset()
    """Keys of the trees whose index is known."""


def is_worth_sharing(before: Held, now: Held, size: int) -> bool:
    """Whether what is new saves a later session more than handing it in costs. `size`: of the cache, in bytes."""
    contents, parsed = max(0, now.contents - before.contents), max(0, now.parsed - before.parsed)
    saved = contents * _A_CONTENT + parsed * _PARTS_OF_ONE
    return saved >= max(LEAST_SAVED, size * _A_BYTE)


@cache
def format_name() -> str:
    """Which runners understand a cache of this one: same rows, same byte order, same grammars."""
    names = sorted({language.module for language in BY_SUFFIX.values()})
    grammars = {name: _version(name.replace("_", "-")) for name in ("tree_sitter", *names)}
    return f"{FORMAT}-{_digest(grammars)}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # packaged in another way: then the format alone must tell
        return ""


def _digest(versions: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(versions.items())).encode()).hexdigest()[:16]
