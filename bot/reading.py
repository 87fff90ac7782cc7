"""What a session may read: gathers the facts that handlers/policy.py decides on. Called by reconcile.py and orders.py.

No confused deputy (the App may read much, a session may not borrow that): every repository of a session passes here
before its Job is made, and again when its order and its tokens are.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Suspended
from bot.git import GitRefused, Remote, git
from bot.github import GitHub
from bot.github.repositories import RepositoryFacts, facts, installation_of, permission, public_facts
from bot.publish import repository_name
from bot.settings import Settings
from bot.store import Intent
from bot.threads import requester_of
from crds.spelling import Repository
from handlers.events import Permission
from handlers.policy import Readable, namespace_for, unseen_repository, why_not_read
from handlers.session import Session


@dataclass(frozen=True)
class Allowed:
    """One repository of a session, and why it may not be read, where it may not."""

    entry: Repository
    facts: RepositoryFacts | None = None
    """What GitHub knows of it; None for a local folder."""
    refused: str = ""


@dataclass(frozen=True)
class Reading:
    github: GitHub | None
    settings: Settings

    async def look(self, session: Session, intent: Intent | None) -> list[Allowed]:
        """All repositories of the session, the main one first. Raises Later."""
        work = session.work
        return await self.each(session, intent, [*work.repositories, *work.context_repositories])

    async def each(self, session: Session, intent: Intent | None, entries: Sequence[Repository]) -> list[Allowed]:
        """Each of these, by the session's rights. Raises Later."""
        return [await self._one(session, intent, entry) for entry in entries]

    async def other(self, session: Session, intent: Intent, name: str) -> Allowed:
        """Another repository of the forge, `owner/name`, by the same rules. Raises Later."""
        entry = Repository(url=f"{self.settings.github_url.rstrip('/')}/{name}.git", push=False)
        return await self._one(session, intent, entry)

    async def _one(self, session: Session, intent: Intent | None, entry: Repository) -> Allowed:
        if entry.url.startswith("file://"):
            return self._local(entry)
        name = repository_name(entry.url, self.settings.github_url)
        if name is None or self.github is None:
            return Allowed(entry, refused=f"{entry.url} is on no forge that this bot knows")
        return await self._on_github(self.github, session, intent, (entry, name))

    def _local(self, entry: Repository) -> Allowed:
        path = Path(entry.url.removeprefix("file://"))
        if path in self.settings.local_repositories:
            return Allowed(entry)
        return Allowed(entry, refused=f"{entry.url} is no repository that this bot serves")

    async def _on_github(
        self, github: GitHub, session: Session, intent: Intent | None, wanted: tuple[Repository, str]
    ) -> Allowed:
        entry, name = wanted
        found = await self._found(github, session, intent, wanted)
        if found is None:
            return Allowed(entry, refused=unseen_repository(name))
        readable = Readable(
            repository=name,  # as it was written: another spelling would tell that it is there
            private=found.private,
            requester_permission=await self._permission(github, intent, found),
            served_here=namespace_for(found.full_name, self.settings.namespaces) == session.namespace,
        )
        public = None if intent is None else intent.visibility == "public" or await _opened(github, intent, found)
        return Allowed(entry, found, why_not_read(readable, asked_in_public=public) or "")

    async def _found(
        self, github: GitHub, session: Session, intent: Intent | None, wanted: tuple[Repository, str]
    ) -> RepositoryFacts | None:
        """What the App knows of it. Where the App is absent or asleep, and nothing is to be written: what everybody
        knows."""
        entry, name = wanted
        number = number_of(name, intent)
        installation = await installation_of(github, name, number=number)
        if installation is not None:
            with suppress(Suspended):
                return await facts(github, name, installation, number=number)
        by = None if entry.push else await self._home(github, session, intent)
        if by is None or by == installation:
            return None
        with suppress(Suspended):
            return await public_facts(github, name, by=by)
        return None

    async def _home(self, github: GitHub, session: Session, intent: Intent | None) -> int | None:
        """The installation of the place where it was asked; else that of the session's own repository."""
        if intent is not None:
            return intent.installation_id or None
        own = [repository_name(one.url, self.settings.github_url) for one in session.work.repositories[:1]]
        return await installation_of(github, own[0]) if own and own[0] else None

    async def _permission(self, github: GitHub, intent: Intent | None, found: RepositoryFacts) -> Permission:
        if intent is None or not found.private:
            return Permission.READ if not found.private else Permission.NONE
        return await permission(github, found.full_name, found.installation, requester_of(intent))

    async def local_head(self, entry: Repository) -> tuple[str, str]:
        """Branch and commit of a local folder's repository. Raises GitRefused where it has no commit."""
        folder, remote = Path(entry.url.removeprefix("file://")), Remote(entry.url)
        branch = (
            entry.branch or (await git(folder, "rev-parse", "--abbrev-ref", "HEAD", remote=remote)).decode().strip()
        )
        try:
            commit = await git(folder, "rev-parse", "--verify", f"{branch}^{{commit}}", remote=remote)
        except GitRefused:
            raise GitRefused(f"{folder.name} has no commit on {branch} yet") from None
        return branch, commit.decode().strip()


async def _opened(github: GitHub, intent: Intent, wanted: RepositoryFacts) -> bool:
    """Whether the place of the answer has become public since it was asked, and something private is wanted there."""
    if (
        not wanted.private
        or wanted.id == intent.repository_id
        or not intent.repository_id
        or intent.installation_id is None
    ):
        return False
    here = await facts(github, intent.repository, intent.installation_id, number=intent.repository_id)
    return here is not None and not here.private


def number_of(name: str, intent: Intent | None) -> int:
    """The repository's number, where it is the one that was asked in: it may have another name by now. Else 0."""
    return intent.repository_id if intent is not None and name.lower() == intent.repository.lower() else 0
