"""Tells machines' messages in brief, but for what they found: remarks, reviews, failures keep their words. Pure.

Called by `fold.py`, and by `prepare.py`, which asks what will be shown. A report gives way to a newer one of the same
job and to no other; what is no report known here is told whole while it is new.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from runner.context.extract import failure_in
from runner.context.talk.bots import HEADING, is_bot, kind_of
from runner.context.talk.reports import failed, job_of
from runner.context.talk.said import Said
from runner.context.talk.telling import telling
from runner.context.talk.walls import without_housekeeping

REMARKS = ("diff", "review")
"""Kinds of talk that say something of the changes, whoever says it."""
MOST_WHOLE = 6
"""Messages of one machine in a thread that are no report, of which the newest are told whole."""
MOST_FAILURES = 12
"""Failures of one machine in a thread that are told whole, the newest first."""
_MAY_FAIL = ("a build", "a scan", "a preview")
"""Kinds of report in which the word is enough for a failure; of others it is a frame of a traceback."""


def in_brief(said: Sequence[Said]) -> list[Said]:
    """The messages, which come in the order of their time, with machines' told in less or folded."""
    seen = _Seen()
    newest_first = [_told(one, seen) for one in reversed(said)]
    return newest_first[::-1]


@dataclass
class _Seen:
    """What newer messages have told."""

    jobs: set[tuple[str, str, str]] = field(default_factory=set)
    whole: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)


def _told(one: Said, seen: _Seen) -> Said:
    if one.is_task or not is_bot(one.talk, one.clean):
        return one
    if one.talk.kind in REMARKS:
        return _whole(one)
    about, whose = kind_of(one.clean), (one.talk.thread, one.talk.author)
    if about:
        key = (*whose, job_of(one.clean) or about)
        if key in seen.jobs:
            return replace(one, folded=f"a machine's earlier message about {about}")
        seen.jobs.add(key)
    if _failed(one.clean, about):
        seen.failures[whose] += 1
        return _whole(one) if seen.failures[whose] <= MOST_FAILURES else _brief(one)
    seen.whole[whose] += not about
    return _brief(one) if about or seen.whole[whose] > MOST_WHOLE else _whole(one)


def _failed(text: str, about: str) -> bool:
    """A list of what an update brings speaks of failures that it mends, so of that the first lines count."""
    if about == "dependencies":
        return failed(text[:HEADING])
    return failed(text) if about in _MAY_FAIL else failure_in(text)


def _whole(one: Said) -> Said:
    text = without_housekeeping(one.text)
    if text == one.text:
        return one
    return replace(one, text=text, notes=(*one.notes, "without the machine's notes on itself"), cut=True)


def _brief(one: Said) -> Said:
    return replace(one, text=telling(one.text, 2), notes=(*one.notes, "a machine's message in two lines"), cut=True)
