"""A closed or moved thread → what becomes of its sessions. Called by `decide`; pure.

Closing stops what waits: nobody needs it any more. What works goes on, for it may be what closed the issue, and is
said to do so. A merged pull request lets later sessions use what its own have noted; one that takes another back takes
back what was noted for that. A moved issue takes the place
away from under its sessions: they are stopped, which is said where it is.
"""

from handlers import wording
from handlers.answering import login
from handlers.asked import IssueClosed, IssueMoved
from handlers.effects import Effect, Reply, StopSession
from handlers.memory.effects import SettleNotes
from handlers.naming import marker


def issue_closed(event: IssueClosed) -> list[Effect]:
    """Stops what waits, says of the rest that it goes on, and settles what was noted for a pull request."""
    return [*_notes(event), *_sessions(event)]


def _notes(event: IssueClosed) -> list[Effect]:
    number, pull = event.thread.repository_id, event.thread.number
    settled: list[Effect] = [SettleNotes(number, pull, event.merged)] if event.remembers else []
    return [*settled, *([SettleNotes(number, event.reverts, merged=False, reverted=True)] if event.reverts else [])]


def _sessions(event: IssueClosed) -> list[Effect]:
    who = login(event)
    stops: list[Effect] = [
        StopSession(one.namespace, one.name, wording.the_closing(who)) for one in event.sessions if one.waiting
    ]
    working = [one.name for one in event.sessions if not one.ended and not one.waiting and one.phase != "Stopping"]
    if not working:
        return stops
    words = wording.goes_on_though_closed(
        tuple(working), pull_request=event.thread.pull_request, prefix=event.dialect.prefix
    )
    return [*stops, Reply(event.thread, marker("reply", f"closed-{working[-1]}"), words)]


def issue_moved(event: IssueMoved) -> list[Effect]:
    """Stops what waits or works, and says so at the new place."""
    alive = [one for one in event.sessions if not one.ended]
    stops: list[Effect] = [StopSession(one.namespace, one.name, wording.the_transfer(login(event))) for one in alive]
    if not alive or event.to is None:
        return stops
    words = wording.stopped_by_transfer(login(event), tuple(one.name for one in alive))
    return [*stops, Reply(event.to, marker("reply", f"moved-{alive[-1].name}"), words)]
