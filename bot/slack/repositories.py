"""Which repositories and issues a person in Slack can mean, and what they may do there. Called by facts.py.

The permission is GitHub's answer for the linked account, known by its number: a login that was given up and taken by
somebody else is nobody's.
"""

import asyncio
from dataclasses import dataclass, replace
from urllib.parse import quote

import structlog

from bot.errors import Suspended
from bot.github import GitHub, GitHubRefused
from bot.github import threads as github_threads
from bot.github.repositories import facts, installation_of, level
from bot.settings import Settings
from bot.store import Identity
from handlers.events import Permission, Thread
from handlers.policy import namespace_for

log = structlog.get_logger()

MOST = 100
"""Repositories that can be chosen from: as many as a menu holds."""
LOOKED_AT = 300
AT_ONCE = 8


@dataclass(frozen=True)
class SlackRepositories:
    github: GitHub
    settings: Settings

    async def thread(self, repository: str, number: int) -> Thread | None:
        """The issue, or with number 0 the repository alone; None where the App sees no such thing, or is suspended."""
        try:
            return await self._thread(repository, number)
        except Suspended:
            return None

    async def _thread(self, repository: str, number: int) -> Thread | None:
        installation = await installation_of(self.github, repository)
        found = await facts(self.github, repository, installation) if installation is not None else None
        if installation is None or found is None:
            return None
        url = f"{self.settings.github_url.rstrip('/')}/{found.full_name}"
        thread = Thread(found.full_name, found.id, number, installation, url=url, private=found.private)
        return await self._issue(thread) if number else thread

    async def _issue(self, thread: Thread) -> Thread | None:
        try:
            found = await github_threads.issue(self.github, thread)
        except GitHubRefused as refused:
            if refused.status in (403, 404, 410):
                return None
            raise
        pull = found.get("pull_request") is not None
        said = {"title": found["title"], "body": found.get("body") or ""}
        return replace(thread, **said, url=found["html_url"], pull_request=pull)

    async def permission(self, thread: Thread, identity: Identity | None) -> Permission:
        """What the person may do there; who is nobody on GitHub may read what everybody may."""
        if identity is None:
            return Permission.NONE if thread.private else Permission.READ
        try:
            return await self._of(thread.repository, thread.installation, identity)
        except Suspended:
            return Permission.NONE

    async def _of(self, repository: str, installation: int, identity: Identity) -> Permission:
        path = f"/repos/{repository}/collaborators/{quote(identity.login, safe='')}/permission"
        try:
            found = await self.github.call("GET", path, installation=installation)
        except GitHubRefused as refused:
            if refused.status == 404:
                return Permission.NONE
            raise
        if (found.get("user") or {}).get("id") != identity.github_id:
            log.warning("identity_renamed", login=identity.login)
            return Permission.NONE
        return level(str(found.get("role_name") or ""), str(found["permission"]))

    async def choice(self, identity: Identity | None) -> tuple[str, ...]:
        """The repositories that this bot serves and the person may read, by their names."""
        served = await self._served()
        limit = asyncio.Semaphore(AT_ONCE)

        async def readable(repository: Thread) -> bool:
            if not repository.private or identity is None:
                return not repository.private
            async with limit:
                return await self._of(repository.repository, repository.installation, identity) >= Permission.READ

        may = await asyncio.gather(*(readable(one) for one in served))
        return tuple(sorted(one.repository for one, so in zip(served, may, strict=True) if so)[:MOST])

    async def _served(self) -> list[Thread]:
        found: list[Thread] = []
        async for installation in self.github.pages("/app/installations", installation=None):
            if installation.get("suspended_at"):
                continue
            number = int(installation["id"])
            pages = self.github.pages("/installation/repositories", installation=number, key="repositories")
            async for one in pages:
                if namespace_for(one["full_name"], self.settings.namespaces) and not one.get("archived"):
                    found.append(Thread(one["full_name"], one["id"], 0, number, private=bool(one["private"])))
                if len(found) >= LOOKED_AT:
                    return found
        return found
