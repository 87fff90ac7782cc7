"""Folds what adds nothing but its number: agreement, asking for news, machines, what was said already. Pure.

Called by `offer.py`. What is folded is counted in one line, and each message keeps its row in the receipt.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from crds.receipt import Trust
from runner.context.sanitise import one_line
from runner.context.talk.alike import repeats
from runner.context.talk.bots import is_bot
from runner.context.talk.machines import in_brief
from runner.context.talk.noise import noise_in
from runner.context.talk.remarks import place_of
from runner.context.talk.said import Said
from runner.context.words import plain_words

TWICE = "says what another message says"
MOST_NAMES = 12
_RANK = {"maintainer": 2, "contributor": 3, "bystander": 5, "": 4, "bot": 6}


def folded(said: Sequence[Said]) -> list[Said]:
    """The messages, in the order of their time as they come, each with why it is folded if it is."""
    return _remarks_once(_once(in_less(said)))


def in_less(said: Sequence[Said]) -> list[Said]:
    """The messages without noise, and with machines' in brief: each by itself, whatever the others say."""
    return [_without_noise(one) for one in in_brief(said)]


def _without_noise(one: Said) -> Said:
    """A maintainer's "+1" decides something, so it is no noise; nor is what the asker asks."""
    decides = one.talk.standing == "maintainer" or one.talk.trust is Trust.REQUESTER
    if one.folded or one.is_task or decides:
        return one
    kind = noise_in(one.text)
    return replace(one, folded=f"{kind}: counted, not shown") if kind else one


def _once(said: Sequence[Said]) -> list[Said]:
    """Without what is said twice; whoever stands nearer to the task or the project is the one who said it.

    A machine says the same twice only where it does so to the letter: its reports are alike but for what they found.
    """
    order = sorted(range(len(said)), key=lambda number: _standing(said[number]))
    shown = [number for number in order if _may_repeat(said[number])]
    machines = [is_bot(said[number].talk, said[number].clean) for number in shown]
    found = list(said)
    for number, known in zip(shown, repeats([said[each].text for each in shown], machines), strict=True):
        if known is not None and not found[number].is_task:
            found[number] = replace(found[number], folded=TWICE)
    return found


def _remarks_once(said: Sequence[Said]) -> list[Said]:
    """Without what a machine remarks on the same line again, as it does after each push.

    A remark on a line is said of that line: "typo" on two of them are two remarks.
    """
    known: set[tuple[str, str, int, str]] = set()
    found = list(said)
    for number in sorted(range(len(said)), key=lambda each: (said[each].talk.settled, _standing(said[each]))):
        one = said[number]
        place = place_of(one.text) if one.talk.kind == "diff" and is_bot(one.talk, one.clean) else None
        if place is None:
            continue
        key = (one.talk.author, place.path, place.line, " ".join(plain_words(place.rest)))
        if key in known and not one.is_task:
            found[number] = replace(one, folded=TWICE)
        known.add(key)
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
    many = "1 short message is" if len(noise) == 1 else f"{len(noise)} short messages are"
    return f"{many} counted instead of shown: {told}{by}."
