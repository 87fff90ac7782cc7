"""Which other issues, pull requests and files a conversation names: read from its text, most telling first. Pure.

Called by bot/linked.py, which reads what of it may be read. The text is foreign: what stands in code is no reference,
and no more than a few are followed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from handlers.grammar.refs import REPOSITORY, is_branch

MOST_THREADS, MOST_FILES = 8, 4
"""Issues and pull requests, and files, that are followed; one step away and no further."""
LONGEST_TEXT = 256 * 1024
"""Characters of a text that are looked at."""
_CODE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_CLOSES = re.compile(r"\b(?:fix(?:es|ed)?|close[sd]?|resolve[sd]?)\s*:?\s+$", re.IGNORECASE)
_RELATED = re.compile(
    r"\b(?:duplicate of|depends on|blocked by|follow-up (?:to|of)|part of|related to|see(?: also)?|caused by"
    r"|regression (?:of|from))\s*:?\s+$",
    re.IGNORECASE,
)
_REVERTS = re.compile(rf"\s*Reverts ({REPOSITORY})?#([1-9][0-9]{{0,8}})\b", re.ASCII)


def reverted(body: str, repository: str) -> int:
    """The pull request that another one takes back, as GitHub's button begins its text; 0 where it takes back none."""
    found = _REVERTS.match(body)
    same = found is not None and (found[1] or repository).lower() == repository.lower()
    return int(found[2]) if found and same else 0


@dataclass(frozen=True)
class ThreadReference:
    """An issue or pull request that is named."""

    repository: str
    """`owner/name`; as it was written, where it was."""
    number: int
    relation: str
    """`fixes`, `linked` or `mentioned`."""


@dataclass(frozen=True)
class FileReference:
    """A file that is linked, at the branch or commit of the link."""

    repository: str
    ref: str
    path: str
    first: int = 0
    """First line that is pointed at, from 1; 0 where the whole file is."""
    last: int = 0


@dataclass(frozen=True)
class References:
    threads: tuple[ThreadReference, ...] = ()
    files: tuple[FileReference, ...] = ()


def references(texts: Iterable[str], *, repository: str, number: int, github_url: str) -> References:
    """What the texts name beside the thread that they stand in (`repository`, `number`), the first texts first."""
    plain = [_CODE.sub(" ", text[:LONGEST_TEXT]) for text in texts]
    threads = _threads(plain, repository, github_url)
    own = (repository.lower(), number)
    kept = [one for key, one in threads.items() if key != own]
    kept.sort(key=lambda one: ("fixes", "linked", "mentioned").index(one.relation))
    return References(tuple(kept[:MOST_THREADS]), _files(plain, github_url))


def _threads(texts: Sequence[str], repository: str, github_url: str) -> dict[tuple[str, int], ThreadReference]:
    found: dict[tuple[str, int], ThreadReference] = {}
    for text in texts:
        for match in _thread_pattern(github_url).finditer(text):
            name = match["short"] or match["long"] or repository
            number = int(match["number"] or match["page"])
            found.setdefault((name.lower(), number), ThreadReference(name, number, _relation(text, match)))
    return found


def _relation(text: str, match: re.Match[str]) -> str:
    before = text[max(0, match.start() - 40) : match.start()]
    if _CLOSES.search(before):
        return "fixes"
    return "linked" if match["page"] or _RELATED.search(before) else "mentioned"


@lru_cache(maxsize=8)
def _thread_pattern(github_url: str) -> re.Pattern[str]:
    short = rf"(?<![\w/&#.@-])(?:(?P<short>{REPOSITORY})?#|GH-)(?P<number>[1-9][0-9]{{0,8}})(?![\w-])"
    page = rf"{_host(github_url)}(?P<long>{REPOSITORY})/(?:issues|pull)/(?P<page>[1-9][0-9]{{0,8}})(?![\w-])"
    return re.compile(rf"{page}|{short}", re.ASCII)


@lru_cache(maxsize=8)
def _file_pattern(github_url: str) -> re.Pattern[str]:
    where = rf"{_host(github_url)}(?P<repository>{REPOSITORY})/blob/(?P<ref>[^/\s#?<>]{{1,200}})/"
    where += r"(?P<path>[^\s#?<>()\"']{1,400})"
    return re.compile(rf"{where}(?:\?[^\s#<>()]*)?(?:#L(?P<first>[0-9]{{1,6}})(?:C\d+)?(?:-L(?P<last>[0-9]{{1,6}}))?)?")


def _host(github_url: str) -> str:
    return rf"https?://(?:www\.)?{re.escape(github_url.split('://', 1)[-1].strip('/'))}/"


def _files(texts: Sequence[str], github_url: str) -> tuple[FileReference, ...]:
    found: dict[FileReference, None] = {}
    for text in texts:
        for match in _file_pattern(github_url).finditer(text):
            if one := _file(match):
                found.setdefault(one)
    return tuple(found)[:MOST_FILES]


def _file(match: re.Match[str]) -> FileReference | None:
    path, ref = unquote(match["path"]).rstrip(".,;:!"), unquote(match["ref"])
    climbs = any(part in ("", ".", "..") for part in path.split("/"))
    if climbs or not path.isprintable() or not is_branch(ref):
        return None
    first = int(match["first"] or 0)
    return FileReference(match["repository"], ref, path, first, max(first, int(match["last"] or first)))
