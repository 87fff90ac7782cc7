"""Who somebody is, and what they may do: the API's answer, never a name's look. Called by the facts.

A bot that is listed by its number may do what somebody with write access may: the list is its permission, for GitHub
knows no collaborator of that name.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import quote

from bot.github import GitHub
from bot.github.repositories import permission
from handlers.events import Actor, Permission, Person, Thread


@dataclass
class People:
    github: GitHub
    bot_ids: tuple[int, ...] = ()
    """Bots that the administrator lets speak, by their number."""
    _own_id: int | None = field(default=None, init=False)

    async def actor(self, person: Person, thread: Thread, bot_ids: Collection[int]) -> Actor:
        """The person with what they may do in the thread's repository. `bot_ids`: whom the owner lets speak."""
        if person.kind == "Bot" and person.id in (*self.bot_ids, *bot_ids):
            return Actor(person, Permission.WRITE, listed=True)
        if person.kind != "User":
            return Actor(person, Permission.NONE)
        return Actor(person, await permission(self.github, thread.repository, thread.installation, person.login))

    async def is_the_bot(self, person: Person, thread: Thread) -> bool:
        """Whether this is our App's own user, by its number."""
        if person.kind != "Bot":
            return False
        if self._own_id is None:
            self._own_id = await self._looked_up(thread.installation)
        return person.id == self._own_id

    async def _looked_up(self, installation: int) -> int:
        app = await self.github.call("GET", "/app", installation=None)
        login = quote(f"{app['slug']}[bot]", safe="")
        user = await self.github.call("GET", f"/users/{login}", installation=installation)
        return int(user["id"])
