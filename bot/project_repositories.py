"""The repositories that the owner of a namespace has every session read beside its own. Called by orders.py.

They pass the rules of bot/reading.py like all others. Nobody asked for them by name, so that one which this session may
not read never ends it: it is left out, and the receipt says so, without its name, for that may be a secret here.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.git import GitRefused
from bot.github import GitHubRefused
from bot.reading import Allowed, Reading
from bot.starts import OrderRefused
from bot.store import Intent
from crds.agentic_session import RepositoryRef
from crds.spelling import Repository
from crds.work_order import LeftOut, OrderedRepository
from handlers import wording
from handlers.naming import repository_folder
from handlers.session import Session

log = structlog.get_logger()


@dataclass(frozen=True)
class Beside:
    """What a session is given of them."""

    repositories: tuple[OrderedRepository, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class ProjectRepositories:
    reading: Reading
    pin: Callable[[Allowed], Awaitable[OrderedRepository]]
    """How the order names a repository that may be read. Raises OrderRefused, GitHubRefused, GitRefused."""

    async def beside(
        self, session: Session, intent: Intent | None, own: Sequence[Allowed], wanted: Sequence[RepositoryRef]
    ) -> Beside:
        """Those of `wanted` that the session may read and does not read anyhow, at their commits. Raises Later.

        `own`: the session's own repositories.
        """
        entries = [Repository(url=ref.url, branch=ref.branch, push=False) for ref in wanted]
        taken, found, left_out = list(own), list[OrderedRepository](), list[LeftOut]()
        for place, allowed in enumerate(await self.reading.each(session, intent, entries)):
            if any(_same(allowed, one) for one in taken):
                continue
            made = await self._ordered(allowed, taken)
            if isinstance(made, OrderedRepository):
                taken.append(allowed)
                found.append(made)
                continue
            log.info("project_repository_left_out", session=session.key, repository=allowed.entry.url, reason=made[1])
            source = f"spec.contextRepos[{place}] of the project's settings" if allowed.refused else allowed.entry.url
            left_out.append(LeftOut(source=source, kind="repository", author="", at="", reason=made[0]))
        return Beside(tuple(found), tuple(left_out))

    async def _ordered(self, allowed: Allowed, taken: Sequence[Allowed]) -> OrderedRepository | tuple[str, str]:
        """The repository as the order names it; else why not, for the receipt and for the log."""
        if allowed.refused:
            return wording.linked_unreadable(), allowed.refused
        why = self._why_not(allowed, taken)
        if why:
            return why, why
        try:
            return await self.pin(allowed)
        except (OrderRefused, GitHubRefused, GitRefused) as refused:
            return wording.not_pinned(str(refused)), str(refused)

    def _why_not(self, allowed: Allowed, taken: Sequence[Allowed]) -> str:
        folder = repository_folder(allowed.entry.url).lower()
        taken_by = any(repository_folder(one.entry.url).lower() == folder for one in taken)
        return wording.folder_taken(folder) if taken_by else ""


def _same(one: Allowed, other: Allowed) -> bool:
    if one.facts is not None and other.facts is not None:
        return one.facts.id == other.facts.id
    return one.entry.url.lower() == other.entry.url.lower()
