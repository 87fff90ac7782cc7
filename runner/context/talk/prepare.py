"""From the order's talk to what is offered of it: sanitised, without quotes, long logs cut, images named. Pure.

Called by `offer.py`. What asks for the session and what it asks about keep their quotes: they are read as they stand.
"""

from collections.abc import Sequence
from dataclasses import replace

from crds.work_order import Talk
from runner.context.sanitise import Sanitised
from runner.context.talk.logs import without_long_logs
from runner.context.talk.media import NONE, Numbers, named
from runner.context.talk.quotes import without_quotes
from runner.context.talk.said import Said, moment_of


def prepared(talk: Sequence[tuple[Talk, Sanitised]], numbers: Numbers = NONE) -> list[Said]:
    """All messages in the order of their time. `numbers`: of the images that may go along."""
    said = [Said(one, clean.text, clean.text.strip("\n"), moment=moment_of(one.at)) for one, clean in talk]
    said.sort(key=lambda one: (one.moment, one.talk.source))
    return [_prepared(one, numbers) for one in without_quotes(said)]


def _prepared(one: Said, numbers: Numbers) -> Said:
    seen = named(one.text, numbers)
    text = seen.text if one.is_task else without_long_logs(seen.text)
    if seen.text == one.text == text and not seen.images and not seen.files:
        return one
    notes = [*one.notes, *(["with its log cut"] if text != seen.text else [])]
    notes += (
        [f"names {_counted(seen.images, 'image')}{'' if seen.numbers else ', not attached'}"] if seen.images else []
    )
    notes += [f"names {_counted(seen.files, 'attachment')}"] if seen.files else []
    return replace(one, text=text, notes=tuple(notes), cut=one.cut or text != seen.text, images=seen.numbers)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
