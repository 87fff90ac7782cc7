"""What is kept no longer than it must be, and the small marks that loops leave for their next start.

A purge removes what people wrote: deliveries that are dealt with, questions that are closed, and orders, talk, images
and work of old sessions. Intents and the ledger stay: they are the proof of who asked and of what it cost.
"""

from sqlalchemy import Connection, delete, select

from bot.store.database import Database, insert
from bot.store.schema import bundles, images, inbox, marks, orders, progress, questions, results, transcripts
from bot.store.words import Purged


class Retention:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def purge(self, before: float) -> Purged:
        """Remove deliveries that ended, and all of the sessions whose order was made, before then."""
        return await self._database.write(lambda connection: _purge(connection, before))


def _purge(connection: Connection, before: float) -> Purged:
    old_ones = (inbox.c.state == "done") & (inbox.c.ended_at < before)
    forgotten = (inbox.c.state == "parked") & (inbox.c.received_at < before)
    deliveries = connection.execute(delete(inbox).where(old_ones | forgotten)).rowcount
    old = select(orders.c.session_uid).where(orders.c.created_at < before)
    for table in (transcripts, bundles, results, progress):
        connection.execute(delete(table).where(table.c.session_uid.in_(old)))
    connection.execute(delete(images).where(images.c.at < before))
    connection.execute(delete(questions).where(questions.c.closed_at < before))
    sessions = connection.execute(delete(orders).where(orders.c.created_at < before)).rowcount
    return Purged(deliveries, sessions)


class Marks:
    """Names with a value, such as how far the redelivery sweep has got."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        statement = select(marks.c.value).where(marks.c.name == name)
        return await self._database.read(lambda connection: connection.scalar(statement))

    async def set(self, name: str, value: str) -> None:
        def put(connection: Connection) -> None:
            new = insert(connection, marks).values(name=name, value=value)
            connection.execute(new.on_conflict_do_update(index_elements=["name"], set_={"value": new.excluded.value}))

        await self._database.write(put)
