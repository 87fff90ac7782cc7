"""`ok <sha>`: lets sessions write for a fork's pull request, at the commit that was read. For `carry_out`; pure."""

import re

from handlers import wording
from handlers.answering import login, reply, seen
from handlers.asked import CommandGiven, Elsewhere
from handlers.effects import Effect, ReleaseFork
from handlers.grammar.words import Command

_SHA = re.compile(r"[0-9a-f]{7,64}")


def release(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """The release, where the commit that was named is the one that the pull request stands at."""
    sha = command.text.strip().strip("`").lower()
    if why := _why_not(event, sha, place):
        return [reply(event, f"ok-{command.ordinal}", wording.not_released(login(event), why))]
    head = event.pull.commit if event.pull else sha
    words = wording.released(login(event), head)
    return [
        seen(event),
        ReleaseFork(place.thread, head, login(event)),
        reply(event, f"ok-{command.ordinal}", words),
    ]


def _why_not(event: CommandGiven, sha: str, place: Elsewhere) -> str:
    if place.thread != event.thread or not place.thread.pull_request or event.pull is None:
        return wording.ok_is_for_its_pull_request()
    if not event.pull.fork:
        return wording.ok_is_for_forks()
    if not _SHA.fullmatch(sha):
        return wording.ok_needs_a_commit(event.pull.commit)
    if not event.pull.commit.startswith(sha):
        return wording.ok_names_another_commit(sha, event.pull.commit)
    return ""
