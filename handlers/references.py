"""Which other issues, pull requests, files and commits a conversation names: read from its text. Pure.

Called by bot/linked.py, which reads what of it may be read. The text is foreign: what stands in code is no reference,
and no more than a few are followed: those that the asker named first, then by how telling they are.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from handlers.grammar.refs import REPOSITORY
from handlers.linked_places import CommitReference, FileReference, places_in

MOST_THREADS, MOST_FILES, MOST_COMMITS = 8, 4, 4
"""Issues and pull requests, files and folders, and commits, that are followed; one step away and no further."""
MOST_COMMENTS = 4
"""Messages of one thread that are followed by their links."""
LONGEST_TEXT = 256 * 1024
"""Characters of a text that are looked at."""
RELATIONS = ("fixes", "fixed by", "linked", "names this one", "mentioned")
"""The most telling first."""
NEAR, LINK = 40, 160
"""Characters before a reference that say how it is meant, and those in which the text of its link may stand."""
_CODE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_CLOSES = re.compile(r"\b(?:fix(?:es|ed)?|close[sd]?|resolve[sd]?)\s*:?\s+$", re.IGNORECASE)
_RELATED = re.compile(
    r"\b(?:duplicate of|depends on|blocked by|follow-up (?:to|of)|part of|related to|see(?: also)?|caused by"
    r"|regression (?:of|from))\s*:?\s+$",
    re.IGNORECASE,
)
_REVERTS = re.compile(rf"\s*Reverts ({REPOSITORY})?#([1-9][0-9]{{0,8}})\b", re.ASCII)
_KINDS = {"issuecomment-": "comment", "discussion_r": "remark", "r": "remark", "pullrequestreview-": "review"}


def reverted(body: str, repository: str) -> int:
    """The pull request that another one takes back, as GitHub's button begins its text; 0 where it takes back none."""
    found = _REVERTS.match(body)
    same = found is not None and (found[1] or repository).lower() == repository.lower()
    return int(found[2]) if found and same else 0


@dataclass(frozen=True)
class Here:
    """The thread in which the texts stand."""

    repository: str
    number: int
    github_url: str


@dataclass(frozen=True)
class MessageReference:
    """One message of a thread, by the fragment of its link."""

    kind: str
    """`comment`, `remark` (on a line) or `review`."""
    id: int


@dataclass(frozen=True)
class ThreadReference:
    """An issue or pull request that is named."""

    repository: str
    """`owner/name`; as it was written, where it was."""
    number: int
    relation: str
    """One of RELATIONS."""
    messages: tuple[MessageReference, ...] = ()
    """Those that somebody has linked to."""

    @property
    def key(self) -> tuple[str, int]:
        return self.repository.lower(), self.number


@dataclass(frozen=True)
class References:
    threads: tuple[ThreadReference, ...] = ()
    files: tuple[FileReference, ...] = ()
    commits: tuple[CommitReference, ...] = ()
    discussions: tuple[str, ...] = ()
    """Those that are named, as `owner/name/discussions/5`: nobody reads them."""
    more_threads: int = 0
    """How many are named beyond those that are followed."""
    more_files: int = 0
    """The same of files and commits together."""


def references(texts: Sequence[Iterable[str]], here: Here) -> References:
    """What the texts name beside the thread that they stand in. They come in groups, that of the asker first."""
    plain = [[_CODE.sub(" ", text[:LONGEST_TEXT]) for text in group] for group in texts]
    threads = _threads(plain, here)
    places = places_in([text for group in plain for text in group], here.github_url)
    # What lies in the session's own repository lies in its work tree, and its path stands in the talk.
    files = [one for one in places.files if one.repository.lower() != here.repository.lower()]
    return References(
        threads=tuple(threads[:MOST_THREADS]),
        files=tuple(files[:MOST_FILES]),
        commits=places.commits[:MOST_COMMITS],
        discussions=places.discussions,
        more_threads=max(0, len(threads) - MOST_THREADS),
        more_files=max(0, len(files) - MOST_FILES) + max(0, len(places.commits) - MOST_COMMITS),
    )


def closes(text: str, here: Here, *, written_in: str = "") -> bool:
    """Whether a pull request with this text closes the thread. `written_in`: its repository, where it is another."""
    own = here.repository.lower(), here.number
    there = replace(here, repository=written_in or here.repository)
    found = _in_text(_CODE.sub(" ", text[:LONGEST_TEXT]), there)
    return any(one.key == own and one.relation == "fixes" for one in found)


def _threads(groups: Sequence[Sequence[str]], here: Here) -> list[ThreadReference]:
    found: dict[tuple[str, int], tuple[int, ThreadReference]] = {}
    for rank, group in enumerate(groups):
        for text in group:
            for one in _in_text(text, here):
                first, known = found.get(one.key, (rank, one))
                found[one.key] = first, _together(known, one)
    found.pop((here.repository.lower(), here.number), None)
    return [one for _, one in sorted(found.values(), key=lambda each: (each[0], RELATIONS.index(each[1].relation)))]


def _together(known: ThreadReference, one: ThreadReference) -> ThreadReference:
    """What is said of a thread in several places: its most telling relation, and all messages that are linked."""
    relation = min(known.relation, one.relation, key=RELATIONS.index)
    if relation == known.relation and not set(one.messages) - set(known.messages):
        return known
    messages = tuple(dict.fromkeys([*known.messages, *one.messages]))[:MOST_COMMENTS]
    return replace(known, relation=relation, messages=messages)


def _in_text(text: str, here: Here) -> Iterable[ThreadReference]:
    for match in _pattern(here.github_url).finditer(text):
        name = match["short"] or match["long"] or here.repository
        message = (MessageReference(_KINDS[match["kind"]], int(match["id"])),) if match["id"] else ()
        yield ThreadReference(name, int(match["number"] or match["page"]), _relation(text, match), message)


def _relation(text: str, match: re.Match[str]) -> str:
    before = _before(text, match.start())
    if _CLOSES.search(before):
        return "fixes"
    return "linked" if match["page"] or _RELATED.search(before) else "mentioned"


def _before(text: str, start: int) -> str:
    """What stands before a reference: of the address of a link, before the whole link."""
    before = text[max(0, start - LINK) : start]
    opening = before.rfind("[", 0, -2) if before.endswith("](") else -1
    return (before[:opening] if opening >= 0 else before)[-NEAR:]


@lru_cache(maxsize=8)
def _pattern(github_url: str) -> re.Pattern[str]:
    """A short name, which as the text of a link to elsewhere names nothing; or an address, maybe of one message."""
    host = re.escape(github_url.split("://", 1)[-1].strip("/"))
    short = rf"(?<![\w/&#.@-])(?:(?P<short>{REPOSITORY})?#|GH-)(?P<number>[1-9][0-9]{{0,8}})(?![\w-])"
    short += r"(?![^\[\]\n]{0,80}\]\(<?https?://)"
    page = rf"https?://(?:www\.)?{host}/(?P<long>{REPOSITORY})/(?:issues|pull)/(?P<page>[1-9][0-9]{{0,8}})(?![\w-])"
    page += r"(?:/[\w./-]{0,100})?(?:\?[^\s#<>()]{0,200})?"
    page += r"(?:#(?P<kind>issuecomment-|discussion_r|pullrequestreview-|r)(?P<id>[1-9][0-9]{0,17})(?![\w-]))?"
    return re.compile(rf"{page}|{short}", re.ASCII)
