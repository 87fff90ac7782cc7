"""What has happened, in order, so that a watch can go on from any revision that is still remembered.

`store` appends committed events; `watch` and paged lists read. Nothing is copied: an event holds the stored object
itself, so the memory that history costs is that of superseded objects only.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

type EventType = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it is kept: its JSON, and the little that is asked of it without parsing."""

    rv: int
    namespace: str
    name: str
    uid: str
    body: bytes
    labels: dict[str, str]
    owners: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return (self.namespace, self.name)


@dataclass(frozen=True, slots=True)
class Event:
    """One committed write. `previous` is the object before it; None where there was none."""

    resource: str
    type: EventType
    object: Stored
    previous: Stored | None
    at: float = field(default_factory=monotonic)

    @property
    def rv(self) -> int:
        return self.object.rv


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is remembered. A watcher that falls further behind is told 410 and lists again."""

    events: int = 20_000
    bytes: int = 32 * 1024 * 1024
    seconds: float = 900.0


class History:
    """Events by resource, bounded by count, size and age."""

    def __init__(self, bounds: Bounds, *, compacted: int = 0) -> None:
        self.compacted = compacted
        self._bounds = bounds
        self._all: deque[Event] = deque()
        self._by_resource: dict[str, list[Event]] = {}
        self._bytes = 0

    def append(self, event: Event) -> None:
        self._all.append(event)
        self._by_resource.setdefault(event.resource, []).append(event)
        self._bytes += len(event.object.body)

    def since(self, resource: str, rv: int, *, most: int = 500) -> list[Event]:
        """The next events of a resource after `rv`; the caller has checked `remembers(rv)`."""
        events = self._by_resource.get(resource)
        if not events or events[-1].object.rv <= rv:
            return []
        start = bisect_right(events, rv, key=lambda event: event.object.rv)
        return events[start : start + most]

    def remembers(self, rv: int) -> bool:
        return rv >= self.compacted

    def forget_all(self) -> list[Event]:
        """Compact everything up to now: what etcd does every five minutes."""
        gone = list(self._all)
        self._drop(gone)
        return gone

    def over_bounds(self) -> list[Event]:
        """Drop what exceeds the bounds and return it, oldest first."""
        gone = list(self._excess())
        self._drop(gone)
        return gone

    def _excess(self) -> Iterator[Event]:
        oldest = monotonic() - self._bounds.seconds
        count, size = len(self._all), self._bytes
        for event in self._all:
            if count <= self._bounds.events and size <= self._bounds.bytes and event.at >= oldest:
                return
            count -= 1
            size -= len(event.object.body)
            yield event

    def _drop(self, gone: list[Event]) -> None:
        if not gone:
            return
        self.compacted = gone[-1].rv
        for event in gone:
            self._all.popleft()
            self._bytes -= len(event.object.body)
        for resource in {event.resource for event in gone}:
            kept = [event for event in self._by_resource[resource] if event.rv > self.compacted]
            self._by_resource[resource] = kept


def superseded(gone: list[Event]) -> list[int]:
    """Revisions that no present or remembered object needs once these events are forgotten."""
    rows = [event.previous.rv for event in gone if event.previous is not None]
    return rows + [event.rv for event in gone if event.type == "DELETED"]
