"""Folds what adds nothing but its number: agreement, asking for news, machines, what was said already. Pure.

Called by `offer.py`. What is folded is counted in one line, and each message keeps its row in the receipt.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from crds.receipt import Trust
from runner.context.extract import failure_in
from runner.context.sanitise import one_line
from runner.context.talk.alike import repeats
from runner.context.talk.bots import is_bot, kind_of
from runner.context.talk.noise import noise_in
from runner.context.talk.said import Said

TWICE = "says what another message says"
MOST_NAMES = 12
_RANK = {"maintainer": 2, "contributor": 3, "bystander": 5, "": 4, "bot": 6}


def folded(said: Sequence[Said]) -> list[Said]:
    """The messages, in the order given, each with why it is folded if it is."""
    found = [_without_noise(one) for one in _machines(said)]
    return _once(found)


def _without_noise(one: Said) -> Said:
    """A maintainer's "+1" decides something, so it is no noise."""
    if one.folded or one.is_task or one.talk.standing == "maintainer":
        return one
    kind = noise_in(one.text)
    return replace(one, folded=f"{kind}: counted, not shown") if kind else one


def _machines(said: Sequence[Said]) -> list[Said]:
    """Of each machine's messages about a thing the newest is told in two lines; whole only where it shows a failure."""
    newest: set[tuple[str, str, str]] = set()
    found: list[Said] = []
    for one in sorted(said, key=lambda one: (-one.moment, one.talk.source)):
        if one.is_task or not is_bot(one.talk, one.clean):
            found.append(one)
            continue
        key = (one.talk.thread, one.talk.author, kind_of(one.clean))
        found.append(_machine(one, key[2], earlier=key in newest))
        newest.add(key)
    return sorted(found, key=lambda one: (one.moment, one.talk.source))


def _machine(one: Said, about: str, *, earlier: bool) -> Said:
    if earlier:
        return replace(one, folded=f"a machine's earlier message{f' about {about}' if about else ''}")
    if failure_in(one.text):
        return one
    return replace(one, text=telling(one.text, 2), notes=(*one.notes, "a machine's message in two lines"), cut=True)


def telling(text: str, most: int = 1) -> str:
    """The first lines of a sanitised text that say something."""
    lines = (" ".join(line.split())[:240].strip("#*|>- ") for line in text[:4000].split("\n"))
    says = (line for line in lines if len(line) > 12 and not line.startswith(("[image", "[quotes")))
    return "\n".join(islice(says, most)) or " ".join(text[:240].split())


def _once(said: Sequence[Said]) -> list[Said]:
    """Without what is said twice; whoever stands nearer to the task or the project is the one who said it.

    A remark on a line is said of that line: "typo" on two of them are two remarks.
    """
    order = sorted(range(len(said)), key=lambda number: _standing(said[number]))
    shown = [number for number in order if _may_repeat(said[number])]
    found = list(said)
    for number, known in zip(shown, repeats([said[number].text for number in shown]), strict=True):
        if known is not None and not found[number].is_task:
            found[number] = replace(found[number], folded=TWICE)
    return found


def _may_repeat(one: Said) -> bool:
    return bool(not one.folded and one.text.strip() and one.talk.kind != "diff")


def _standing(one: Said) -> tuple[int, bool, float, str]:
    rank = 0 if one.is_task else 1 if one.talk.trust is Trust.REQUESTER else _RANK[one.talk.standing]
    return rank, bool(one.talk.thread), -one.moment, one.talk.source


def counted(said: Sequence[Said]) -> str:
    """One line about what was folded as noise; empty where nothing was."""
    noise = [one for one in said if one.folded.endswith(": counted, not shown")]
    if not noise:
        return ""
    kinds = Counter(one.folded.partition(":")[0] for one in noise)
    told = ", ".join(f"{times} {kind}" for kind, times in sorted(kinds.items(), key=lambda each: (-each[1], each[0])))
    names = list(dict.fromkeys(one_line(one.talk.author, 40) for one in noise if one.talk.author))
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    by = f" (by {', '.join(names[:MOST_NAMES])}{more})" if names else ""
    return f"{len(noise)} short messages are counted instead of shown: {told}{by}."
