"""The timeline of an issue or pull request: its mentions by other threads of the same repository, and no other events.

As on GitHub an event stands at the moment of the mention, and only the first mention by a thread makes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from bot.standins.github.acts import Place
from bot.standins.github.records import User
from bot.standins.github.rest.call import Answer, Call, Endpoint, paged
from bot.standins.github.schema.issues import Json, full_issue
from bot.standins.github.schema.people import user
from bot.standins.github.site import Site, timestamp
from bot.standins.github.strict import Page
from bot.standins.github.world import Thread


async def list_timeline(call: Call) -> Answer:
    place = call.thread()
    mentions = [(one, *found) for one in place.repository.threads.values() if (found := _mention(place, one))]
    events = sorted(mentions, key=lambda event: event[1])
    return paged(call, [_event(call.site, place, event) for event in events])


def _mention(place: Place, other: Thread) -> tuple[datetime, User] | None:
    """When and by whom this thread first named the place's."""
    if other is place.thread:
        return None
    name = rf"(?<![\w/&#])(?:{re.escape(place.repository.full_name)})?#{place.thread.number}(?!\w)"
    return next(((at, by) for text, at, by in _said(other) if re.search(name, text)), None)


def _said(thread: Thread) -> Iterator[tuple[str, datetime, User]]:
    yield f"{thread.title}\n{thread.body}", thread.created_at, thread.author
    for comment in thread.comments:
        yield comment.body, comment.created_at, comment.author


def _event(site: Site, place: Place, event: tuple[Thread, datetime, User]) -> Json:
    other, at, by = event
    return {
        "event": "cross-referenced",
        "actor": user(site, by),
        "created_at": timestamp(at),
        "updated_at": timestamp(at),
        "source": {"type": "issue", "issue": full_issue(site, place.repository, other)},
    }


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/repos/{owner}/{repo}/issues/{number:int}/timeline",
        handler=list_timeline,
        query=Page,
    )
]
