"""Decides how a session goes on with an earlier conversation: whole, shortened, or its oldest part in brief.

Pure; called by `runner/continuing.py`, which gives the share (`crds/windows.py`: a part of the model's window and a
multiple of the prompt's budget, so that what was said never crowds out the work) and has the small model summarise the
oldest part in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import PurePosixPath

from runner.context import count
from runner.conversation.entries import Entry, Home, entries, folder_of, moved
from runner.conversation.mask import Masked, size
from runner.conversation.messages import Said, Unusable, read
from runner.conversation.oldest import Parted, brief_room, digest, parted, with_brief
from runner.conversation.shorten import fitted

DIGEST_TOKENS = 1500
"""What is kept of a conversation that is not gone on with."""


@dataclass(frozen=True)
class Brief:
    """What stands for the oldest part of a conversation."""

    messages: int
    """How many it stands for."""
    tokens: int
    """Of those messages, as far as they were shortened."""
    text: str
    by: str = ""
    """The model that made it; empty where it is made of the conversation's own sentences."""
    why: str = ""
    """Why no model has made it."""


@dataclass(frozen=True)
class Resumed:
    """A conversation that can be gone on with."""

    entries: list[Entry]
    heard: str
    """All that people and the runner have said in it: what stands there is not said again."""
    conversation: Masked
    brief: Brief | None = None


@dataclass(frozen=True)
class Afresh:
    """One that cannot: why, in words, and what it came to."""

    why: str
    digest: str = ""


@dataclass(frozen=True)
class TooLong:
    """One whose oldest part has to be told in brief: a model's brief, or else its own sentences."""

    parts: Parted
    home: Home
    share: int
    asked: frozenset[str] = field(repr=False)

    def told(self, summary: str, *, by: str = "", why: str = "") -> Resumed:
        """The conversation with this summary of its oldest part; without one, with its own most telling sentences."""
        room, by = brief_room(self.share), by if summary else ""
        text = count.head(summary, room) or digest(self.parts.oldest, tokens=room, asked=self.asked)
        messages, of = with_brief(self.parts, text, by=by), self.parts.of
        brief = Brief(len(self.parts.oldest), size(self.parts.oldest, count.count), text, by, "" if by else why)
        # What stands in the brief was not told by people: all of that is told again, as far as the order has it.
        heard = "\n".join([*(one["text"] for one in self.parts.asked), *_by_people(messages[1:])])
        tokens = size(messages, count.count)
        smaller = replace(of, messages=messages, tokens=tokens, saved=of.tokens + of.saved - tokens)
        return Resumed(entries(messages, self.home), heard, smaller, brief)


def resumed(
    raw: Sequence[object], home: Home, *, share: int, asked: frozenset[str] = frozenset()
) -> Resumed | TooLong | Afresh:
    """The conversation of these entries for this home, or why there is none. `asked`: terms of the new request."""
    try:
        messages = read(raw)
    except (Unusable, RecursionError) as reason:
        return Afresh(f"the earlier conversation cannot be read: {reason}")
    known = cache(count.count)  # each text is looked at in several steps
    found = fitted(_moved(messages, folder_of(raw), home.folder), share=share, count=known, asked=asked)
    if found.whole.tokens <= share:
        heard = "\n".join(_by_people(found.whole.messages))
        return Resumed(entries(found.whole.messages, home), heard, found.whole)
    parts = parted(found, share=share, count=known)
    if parts is None:
        why = f"the last answer of the earlier conversation is too long: {share:,} tokens are gone on with"
        return Afresh(why, digest(messages, tokens=DIGEST_TOKENS, asked=asked))
    return TooLong(parts, home, share, asked)


def _by_people(messages: Sequence[Said]) -> list[str]:
    return [said.text for said in messages if said.role == "user"]


def _moved(messages: Sequence[Said], old: str, new: str) -> tuple[Said, ...]:
    """Paths of the old workspace become the new one's, where both stand in a repository of the same name."""
    before, after = PurePosixPath(old or "/"), PurePosixPath(new)
    if before.name != after.name:
        return tuple(messages)
    return moved(messages, old=str(before.parent), new=str(after.parent))
