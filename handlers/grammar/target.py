"""The issue or pull request that a command names: `owner/repo#12`, `#12`, or its address. Pure, called by parse.py."""

import re
from functools import lru_cache

from handlers.grammar.refs import REPOSITORY
from handlers.grammar.words import Target

_BEHIND = r"[,;:.!?)]*+(?=\s|$)"
_SHORT = re.compile(rf"(?:({REPOSITORY})[ \t]{{0,4}}+)?#([1-9][0-9]{{0,8}}){_BEHIND}", re.ASCII)
"""People put a blank before the `#`; a repository without a number behind it is no target."""


@lru_cache(maxsize=16)
def _address(github_url: str) -> re.Pattern[str]:
    host = github_url.split("://", 1)[-1].strip("/")
    where = rf"<?https?://(?:www\.)?{re.escape(host)}/({REPOSITORY})/(?:issues|pull|pulls)/([1-9][0-9]{{0,8}})"
    more = r"(?:/[A-Za-z0-9._/-]*+)?+(?:\?[^\s#>]*+)?+(?:#[A-Za-z0-9._-]*+)?+>?"
    return re.compile(where + more + _BEHIND, re.ASCII | re.IGNORECASE)


def target_at(line: str, at: int, github_url: str) -> tuple[Target, int] | None:
    """The target that stands at this place of the line, and where it ends; None where there is none."""
    found = _SHORT.match(line, at) or _address(github_url).match(line, at)
    return (Target(int(found[2]), found[1]), found.end()) if found else None
