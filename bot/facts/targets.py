"""The threads that commands name as their targets: whether they are there, and what the person may do in them.

Called by the facts. What the person cannot read is answered as what is not there: a question must not tell them apart.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.errors import Suspended
from bot.facts.ground import ground_of
from bot.facts.people import People
from bot.facts.project import project_of
from bot.facts.sessions import Sessions
from bot.github import GitHub, GitHubRefused
from bot.github import threads as github_threads
from bot.github.repositories import facts, installation_of
from bot.settings import Settings
from handlers.asked import Memory
from handlers.events import Asked, Elsewhere, Permission, Thread
from handlers.grammar.words import Command, Read, Target

MOST = 10
"""Targets of one text that are looked up."""


@dataclass(frozen=True)
class Targets:
    github: GitHub
    sessions: Sessions
    people: People
    settings: Settings
    remembered: Callable[[Thread], Awaitable[Memory]] | None = None
    """Asked where something is to be told of what is remembered."""

    async def of(
        self, asked: Asked, commands: Sequence[Read], bot_ids: Collection[int]
    ) -> Mapping[Target, Elsewhere | None]:
        """Each target with what is known of it."""
        named = {read.target for read in commands if isinstance(read, Command) and read.target is not None}
        return {target: await self._seen(asked, target, bot_ids) for target in list(named)[:MOST]}

    async def _seen(self, asked: Asked, target: Target, bot_ids: Collection[int]) -> Elsewhere | None:
        try:
            return await self._one(asked, target, bot_ids)
        except Suspended as asleep:
            if asleep.installation == asked.thread.installation:
                raise
            return None  # the answer does not wait until somebody wakes the App in another place

    async def _one(self, asked: Asked, target: Target, bot_ids: Collection[int]) -> Elsewhere | None:
        here = asked.thread
        if target.repository is None or target.repository.lower() == here.repository.lower():
            if target.number == here.number:
                return Elsewhere(here, asked.actor, asked.ground, asked.sessions, asked.bounds, asked.memory)
            place: Thread | None = replace(here, number=target.number, body=None)
        else:
            place = await self._repository(target.repository, target.number)
        thread = await self._thread(place) if place else None
        if thread is None:
            return None
        ground, bounds = ground_of(thread.repository, self.settings), asked.bounds
        if ground.namespace != asked.ground.namespace:
            # Another owner's namespace: what is granted there, and which bots may speak there, is that owner's to say.
            project = await project_of(self.sessions.cluster, ground.namespace)
            bounds, bot_ids = project.bounds(self.settings), project.bot_ids
        actor = await self.people.actor(asked.actor.person, thread, bot_ids)
        if thread.private and actor.permission < Permission.READ:
            return None
        sessions = await self.sessions.of_thread(thread, receipts=self.remembered is not None)
        memory = await self.remembered(thread) if self.remembered else Memory()
        return Elsewhere(thread, actor, ground, sessions, bounds, memory)

    async def _repository(self, name: str, number: int) -> Thread | None:
        installation = await installation_of(self.github, name)
        found = await facts(self.github, name, installation) if installation is not None else None
        if installation is None or found is None:
            return None
        return Thread(found.full_name, found.id, number, installation, private=found.private)

    async def _thread(self, place: Thread) -> Thread | None:
        try:
            found = await github_threads.issue(self.github, place)
        except GitHubRefused as refused:
            if refused.status in (403, 404, 410):
                return None
            raise
        return replace(
            place,
            title=found["title"],
            url=found["html_url"],
            pull_request=found.get("pull_request") is not None,
            body=found.get("body") or "",
        )
