"""What the bot knows of Slack: which thread belongs to which on GitHub, who is who, and what a channel is about.

Called by bot/slack and the worker. A link and an identity are replaced by the next one, never guessed; nothing here
holds a token.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select

from bot.store.database import Database, insert
from bot.store.schema import slack_defaults, slack_identities, slack_links
from bot.store.words import Identity, SlackLink

_LINK = TypeAdapter(SlackLink)


class SlackLinks:
    """Threads in Slack and the GitHub threads that they are about; several may be about the same one."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def put(self, link: SlackLink) -> None:
        """The thread in Slack is about this from now on."""
        stamped = replace(link, linked_at=self._clock())
        place, row = _place(link), {**_place(link), **_about(stamped)}

        def write(connection: Connection) -> None:
            new = insert(connection, slack_links).values(**row)
            connection.execute(new.on_conflict_do_update(index_elements=list(place), set_=_about(stamped)))

        await self._database.write(write)

    async def get(self, team: str, channel: str, ts: str) -> SlackLink | None:
        """What a thread in Slack is about."""
        table = slack_links.c
        asked = select(table.document).where(table.team == team, table.channel == channel, table.ts == ts)
        found = await self._database.read(lambda connection: connection.scalar(asked))
        return None if found is None else _LINK.validate_json(found)

    async def newest(self, repository_id: int, number: int) -> SlackLink | None:
        """The thread in Slack that was linked last to an issue or pull request."""
        table = slack_links.c
        asked = (
            select(table.document)
            .where(table.repository_id == repository_id, table.number == number)
            .order_by(table.linked_at.desc())
            .limit(1)
        )
        found = await self._database.read(lambda connection: connection.scalar(asked))
        return None if found is None else _LINK.validate_json(found)


def _place(link: SlackLink) -> dict[str, object]:
    return {"team": link.team, "channel": link.channel, "ts": link.ts}


def _about(link: SlackLink) -> dict[str, object]:
    return {
        "repository_id": link.repository_id,
        "number": link.number,
        "document": _LINK.dump_json(link),
        "linked_at": link.linked_at,
    }


class Identities:
    """Who of a workspace is who on GitHub, as they have proven there themselves."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def put(self, team: str, user: str, *, login: str, github_id: int) -> None:
        """This user is that person, whoever they were before."""
        person = {"login": login, "github_id": github_id, "linked_at": self._clock()}

        def write(connection: Connection) -> None:
            new = insert(connection, slack_identities).values(team=team, user=user, **person)
            connection.execute(new.on_conflict_do_update(index_elements=["team", "user"], set_=person))

        await self._database.write(write)

    async def get(self, team: str, user: str) -> Identity | None:
        """Who a user of Slack is on GitHub, or None where they have not said."""
        table = slack_identities
        asked = select(table).where(table.c.team == team, table.c.user == user)
        row = await self._database.read(lambda connection: connection.execute(asked).first())
        return None if row is None else _identity(row)


def _identity(row: Row[*tuple[Any, ...]]) -> Identity:
    return Identity(row.team, row.user, row.login, row.github_id, row.linked_at)


class ChannelDefaults:
    """The repository that a channel's people mean where they name none."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock

    async def put(self, team: str, channel: str, repository: str, *, by: str) -> None:
        """This channel is about this repository from now on."""
        what = {"repository": repository, "set_by": by, "set_at": self._clock()}

        def write(connection: Connection) -> None:
            new = insert(connection, slack_defaults).values(team=team, channel=channel, **what)
            connection.execute(new.on_conflict_do_update(index_elements=["team", "channel"], set_=what))

        await self._database.write(write)

    async def get(self, team: str, channel: str) -> str | None:
        """The channel's repository, or None where nobody has said."""
        table = slack_defaults.c
        asked = select(table.repository).where(table.team == team, table.channel == channel)
        return await self._database.read(lambda connection: connection.scalar(asked))
