"""Decides how a session goes on with an earlier conversation: whole, masked, or (too long) by its closing words.

Pure; called by `runner/continuing.py`. The share is a part of the model's window and a multiple of the prompt's budget,
so that what was said before never crowds out the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from runner.context import count
from runner.conversation.entries import Entry, Home, entries, folder_of, moved
from runner.conversation.mask import Masked, masked
from runner.conversation.messages import Said, Unusable, read

PROMPTS = 3
"""The share is at most so many budgets of the prompt: what is said before is sent with every turn."""
OF_WINDOW = 3
"""And at most this part of the window."""
DIGEST_TOKENS = 1500
"""What is kept of a conversation that is too long, by its closing words."""


@dataclass(frozen=True)
class Resumed:
    """A conversation that can be gone on with."""

    entries: list[Entry]
    heard: str
    """All that people and the runner have said in it: what stands there is not said again."""
    conversation: Masked


@dataclass(frozen=True)
class Afresh:
    """One that cannot: why, in words, and what it came to."""

    why: str
    digest: str = ""


def share_of(window: int, prompt: int) -> int:
    """Tokens that an earlier conversation may take. `window`: the model's; `prompt`: the budget of the new prompt."""
    return min(window // OF_WINDOW, PROMPTS * prompt)


def resumed(raw: Sequence[object], home: Home, *, share: int) -> Resumed | Afresh:
    """The conversation of these entries for this home, or why there is none."""
    try:
        messages = read(raw)
    except (Unusable, RecursionError) as reason:
        return Afresh(f"the earlier conversation cannot be read: {reason}")
    smaller = masked(_moved(messages, folder_of(raw), home.folder), share=share, count=count.count)
    if smaller.tokens > share:
        why = f"the earlier conversation takes {smaller.tokens:,} tokens, and {share:,} are gone on with"
        return Afresh(why, digest(messages, tokens=DIGEST_TOKENS))
    heard = "\n".join(said.text for said in smaller.messages if said.role == "user")
    return Resumed(entries(smaller.messages, home), heard, smaller)


def _moved(messages: Sequence[Said], old: str, new: str) -> tuple[Said, ...]:
    """Paths of the old workspace become the new one's, where both stand in a repository of the same name."""
    before, after = PurePosixPath(old or "/"), PurePosixPath(new)
    if before.name != after.name:
        return tuple(messages)
    return moved(messages, old=str(before.parent), new=str(after.parent))


def digest(messages: Sequence[Said], *, tokens: int) -> str:
    """What the conversation came to: the closing words of each of its runs, the newest kept longest."""
    closings = [text for text in _closings(messages) if text]
    kept: list[str] = []
    for text in reversed(closings):
        room = tokens - sum(count.count(one) for one in kept)
        if room < 50:
            break
        kept.append(text if count.count(text) <= room else count.head(text, room - 2) + " …")
    return "\n\n".join(reversed(kept))


def _closings(messages: Sequence[Said]) -> list[str]:
    """The model's last words before each new prompt, and at the end."""
    ends = [number for number, said in enumerate(messages) if said.role == "assistant" and not said.calls and said.text]
    return [messages[number].text.strip() for number in ends]
