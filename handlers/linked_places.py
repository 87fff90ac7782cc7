"""Files, folders, commits and discussions of the forge that a text links to, as their addresses say. Pure.

Called by references.py. A branch's name may have slashes, which an address does not tell from those of the path: every
reading is given, and who follows the link asks which is there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from handlers.grammar.refs import REPOSITORY, is_branch

MOST_READINGS = 4
"""Parts that the name of a branch is taken to have, at most."""
MOST_DISCUSSIONS = 4
GITHUB, RAW = "github.com", "raw.githubusercontent.com"
_SHA = re.compile(r"[0-9a-f]{40}")
_REFS = ("refs/heads/", "refs/tags/")


@dataclass(frozen=True)
class FileReference:
    """A file or folder that is linked, at the branch or commit of the link."""

    repository: str
    ref: str
    """The first part of what may be the branch."""
    path: str
    first: int = 0
    """First line that is pointed at, from 1; 0 where the whole file is."""
    last: int = 0
    folder: bool = False

    @property
    def readings(self) -> tuple[tuple[str, str], ...]:
        """Branch and path as they may be meant, the shortest branch first."""
        parts = [part for part in (*self.ref.split("/"), *self.path.split("/")) if part]
        last = len(parts) if self.folder else len(parts) - 1
        most = 1 if _SHA.fullmatch(parts[0]) else min(MOST_READINGS, last)
        found = [("/".join(parts[:number]), "/".join(parts[number:])) for number in range(1, most + 1)]
        return tuple(one for one in found if is_branch(one[0]))


@dataclass(frozen=True)
class CommitReference:
    repository: str
    sha: str
    """Seven letters of it or more."""


@dataclass(frozen=True)
class Places:
    files: tuple[FileReference, ...]
    commits: tuple[CommitReference, ...]
    discussions: tuple[str, ...]


def places_in(texts: Sequence[str], github_url: str) -> Places:
    """All that are linked, each once, in the order of the texts."""
    files: dict[FileReference, None] = {}
    commits: dict[CommitReference, None] = {}
    discussions: dict[str, None] = {}
    for text in texts:
        for match in _pattern(github_url).finditer(text):
            if match["commit"]:
                commits.setdefault(CommitReference(match["repository"], match["commit"]))
            elif match["discussion"]:
                discussions.setdefault(f"{match['repository']}/discussions/{match['discussion']}")
            elif one := _file(match):
                files.setdefault(one)
    return Places(tuple(files), tuple(commits), tuple(discussions)[:MOST_DISCUSSIONS])


@lru_cache(maxsize=8)
def _pattern(github_url: str) -> re.Pattern[str]:
    host = github_url.split("://", 1)[-1].strip("/")
    place = r"(?P<place>[^\s#?<>()\"']{1,600})(?:\?[^\s#<>()]{0,200})?"
    lines = r"(?:#L(?P<first>[0-9]{1,6})(?:C\d+)?(?:-L(?P<last>[0-9]{1,6}))?)?"
    page = rf"https?://(?:www\.)?{re.escape(host)}/(?P<repository>{REPOSITORY})/"
    page += r"(?:(?P<kind>blob|blame|raw|tree)/" + place + lines
    page += r"|(?:commits?|pull/\d{1,9}/commits)/(?P<commit>[0-9a-f]{7,40})(?![\w-])"
    page += r"|discussions/(?P<discussion>[1-9][0-9]{0,8})(?![\w-]))"
    if host == GITHUB:
        page += rf"|https?://{re.escape(RAW)}/(?P<raw>{REPOSITORY})/(?P<raw_place>[^\s#?<>()\"']{{1,600}})"
    else:
        page += r"|(?!)(?P<raw>)(?P<raw_place>)"
    return re.compile(page)


def _file(match: re.Match[str]) -> FileReference | None:
    place = unquote(match["place"] or match["raw_place"]).rstrip(".,;:!")
    for prefix in _REFS:
        place = place.removeprefix(prefix)
    folder = match["kind"] == "tree"
    parts = (place.rstrip("/") if folder else place).split("/")
    climbs = any(part in ("", ".", "..") for part in parts)
    if climbs or not place.isprintable() or not is_branch(parts[0]) or (len(parts) < 2 and not folder):
        return None
    first = int(match["first"] or 0)
    last = max(first, int(match["last"] or first))
    name = match["repository"] or match["raw"]
    return FileReference(name, parts[0], "/".join(parts[1:]), first, last, folder)
