"""The store: all that must outlive the process, in one SQLite file or one PostgreSQL database.

Rooms, each with its own few calls: inbox, intents, orders, results, progress, ledger, transcripts, Slack's (links,
identities, defaults, questions), marks, releases, notes, summaries, images, runs, shared code, retention.
Every call is one transaction; what it returns from, the disk has. Trouble that time may mend is raised as `Later`.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from bot.store.database import Database, opened
from bot.store.images import StoredImages
from bot.store.inbox import Inbox
from bot.store.intents import Intents, Orders
from bot.store.ledger import Ledger
from bot.store.notes import Notes
from bot.store.progress import ProgressLog
from bot.store.questions import Questions
from bot.store.raises import Raises
from bot.store.releases import Releases
from bot.store.results import Results
from bot.store.retention import Marks, Retention
from bot.store.runs import Runs
from bot.store.shared_code import SharedCodeRoom
from bot.store.slack import ChannelDefaults, Identities, SlackLinks
from bot.store.summaries import Summaries
from bot.store.transcripts import Transcripts
from bot.store.words import (
    Conflict,
    Content,
    Delivery,
    FailedDelivery,
    Hold,
    Identity,
    Intent,
    Leased,
    Purged,
    Question,
    SchemaTooNew,
    SlackLink,
    SlackPlace,
    StoredResult,
    TooMuch,
    Used,
)

__all__ = [
    "Conflict",
    "Content",
    "Delivery",
    "FailedDelivery",
    "Hold",
    "Identity",
    "Intent",
    "Leased",
    "Purged",
    "Question",
    "SchemaTooNew",
    "SlackLink",
    "SlackPlace",
    "Store",
    "StoredResult",
    "TooMuch",
    "Used",
]


class Store:
    """One open database. `clock` gives UTC seconds since the epoch."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self.inbox = Inbox(database, clock)
        self.intents = Intents(database, clock)
        self.orders = Orders(database, clock)
        self.results = Results(database, clock)
        self.progress = ProgressLog(database, clock)
        self.ledger = Ledger(database, clock)
        self.transcripts = Transcripts(database)
        self.slack_links = SlackLinks(database, clock)
        self.identities = Identities(database, clock)
        self.channel_defaults = ChannelDefaults(database, clock)
        self.questions = Questions(database, clock)
        self.raises = Raises(database, clock)
        self.runs = Runs(database, clock)
        self.marks = Marks(database)
        self.releases = Releases(database, clock)
        self.notes = Notes(database, clock)
        self.summaries = Summaries(database, clock)
        self.images = StoredImages(database, clock)
        self.shared_code = SharedCodeRoom(database, clock)
        self.retention = Retention(database)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, clock: Callable[[], float] = time.time) -> AsyncIterator[Self]:
        """`sqlite:///path` (or sqlite+aiosqlite) or `postgresql://…`; makes what is missing, raises SchemaTooNew."""
        database = await opened(url)
        try:
            yield cls(database, clock)
        finally:
            await database.close()
