"""What administrators do to repositories and installations: rename, transfer, archive, hide, delete, suspend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.standins.github import events
from bot.standins.github.acts import Actor
from bot.standins.github.admission import Admission
from bot.standins.github.schema import people
from bot.standins.github.world import Installation, Repository


class RepositoryVerbs(Admission):
    """Mixed into the stand-in. Whoever does it is the repository's owner where nobody is named."""

    def rename(self, repository: str, name: str, *, by: str | None = None) -> Repository:
        """A new name below the same owner; the old one leads there."""
        repo, actor = self._administrator(repository, by)
        self._free(f"{repo.owner.login}/{name}")
        before = repo.name
        self.site.world.rename(repo, owner=repo.owner, name=name)
        self._tell(repo, actor, action="renamed", changes={"repository": {"name": {"from": before}}})
        return repo

    def transfer(self, repository: str, owner: str, *, by: str | None = None) -> Repository:
        """To another account. Only an installation there is told."""
        repo, actor = self._administrator(repository, by)
        self._free(f"{owner}/{repo.name}")
        before = repo.owner
        new_owner = self.site.world.add_user(owner, "Organization")
        self.site.world.rename(repo, owner=new_owner, name=repo.name)
        is_organization = before.type == "Organization"
        document = (people.organization if is_organization else people.user)(self.site, before)
        changes = {"owner": {"from": {"organization" if is_organization else "user": document}}}
        self._tell(repo, actor, action="transferred", changes=changes)
        return repo

    def archive(self, repository: str, *, by: str | None = None) -> None:
        """Everything in it can be read and nothing written."""
        repo, actor = self._administrator(repository, by)
        repo.archived = True
        self._tell(repo, actor, action="archived")

    def unarchive(self, repository: str, *, by: str | None = None) -> None:
        repo, actor = self._administrator(repository, by)
        repo.archived = False
        self._tell(repo, actor, action="unarchived")

    def make_private(self, repository: str, *, by: str | None = None) -> None:
        repo, actor = self._administrator(repository, by)
        repo.private = True
        self._tell(repo, actor, action="privatized")

    def make_public(self, repository: str, *, by: str | None = None) -> None:
        repo, actor = self._administrator(repository, by)
        repo.private = False
        self._tell(repo, actor, action="publicized")

    def delete_repository(self, repository: str, *, by: str | None = None) -> None:
        repo, actor = self._administrator(repository, by)
        self._tell(repo, actor, action="deleted")
        del self.site.world.repositories[repo.full_name.lower()]

    def install(self, account: str, *, repositories: Sequence[str] | None = None) -> Installation:
        """Installs the App for an account: on all of its repositories, or on those named (`owner/name`)."""
        ids = None if repositories is None else frozenset(self._repository(name).id for name in repositories)
        owner = self.site.world.add_user(account, "Organization")
        world = self.site.world
        made = Installation(id=world.new_id(), account=owner, created_at=world.now(), repository_ids=ids)
        world.installations[made.id] = made
        events.announce_installation(self.site, made, owner, action="created")
        return made

    def change_installation(self, installation: Installation, repositories: Sequence[str] | None) -> None:
        """Chooses anew where the App is: on those named, or on all with None."""
        world = self.site.world
        before = [one for one in world.repositories.values() if installation.covers(one)]
        ids = None if repositories is None else frozenset(self._repository(name).id for name in repositories)
        installation.repository_ids = ids
        after = [one for one in world.repositories.values() if installation.covers(one)]
        added, removed = [one for one in after if one not in before], [one for one in before if one not in after]
        if added:
            events.announce_coverage(self.site, installation, action="added", repositories=added)
        if removed:
            events.announce_coverage(self.site, installation, action="removed", repositories=removed)

    def revoke_installation(self, installation: Installation) -> None:
        """Uninstalls the App: its tokens are worth nothing from now on."""
        events.announce_installation(self.site, installation, installation.account, action="deleted")
        del self.site.world.installations[installation.id]

    def suspend(self, installation: Installation) -> None:
        """Its tokens are refused and none is given; nothing is told until `unsuspend`."""
        installation.suspended_at, installation.suspended_by = self.site.world.now(), installation.account
        events.announce_installation(self.site, installation, installation.account, action="suspend")

    def unsuspend(self, installation: Installation) -> None:
        installation.suspended_at = installation.suspended_by = None
        events.announce_installation(self.site, installation, installation.account, action="unsuspend")

    def _administrator(self, repository: str, by: str | None) -> tuple[Repository, Actor]:
        return self._allowed(repository, by or self._repository(repository).owner.login, needs="admin")

    def _free(self, name: str) -> None:
        if self.site.world.repository(name):
            raise ValueError(f"{name} is there already")

    def _tell(self, repository: Repository, actor: Actor, **event: Any) -> None:
        events.announce(self.site, repository, actor.user, name="repository", **event)
