"""Who may do what in the verbs: a person of the story is looked up, and refused what GitHub would refuse.

Every family of verbs builds on this.
"""

from __future__ import annotations

from bot.standins.github.acts import Actor, Place
from bot.standins.github.site import Site
from bot.standins.github.world import Repository, Role, User

RANK: dict[Role, int] = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


class Admission:
    """`site` is the state of the stand-in that this is mixed into."""

    site: Site

    def create_user(self, login: str) -> User:
        return self.site.world.add_user(login)

    def _repository(self, full_name: str) -> Repository:
        found = self.site.world.repository(full_name)
        if found is None:
            raise LookupError(full_name)
        return found

    def _allowed(self, repository: str, login: str, *, needs: Role) -> tuple[Repository, Actor]:
        repo, user = self._repository(repository), self.create_user(login)
        if RANK[repo.role_of(user)] < RANK[needs]:
            raise PermissionError(f"{login} may not {needs} in {repository}")
        return repo, Actor(user)

    def _thread(self, repository: str, number: int, *, by: str, needs: Role = "read") -> tuple[Place, Actor]:
        repo, actor = self._writable(repository, by, needs=needs)
        return Place(repo, repo.threads[number]), actor

    def _writable(self, repository: str, login: str, *, needs: Role) -> tuple[Repository, Actor]:
        """Nothing can be said or changed in an archived repository."""
        repo, actor = self._allowed(repository, login, needs=needs)
        if repo.archived:
            raise PermissionError(f"{repository} was archived so is read-only")
        return repo, actor

    def _own(self, repo: Repository, actor: Actor, author: User) -> None:
        """What others have written may be changed by those who may write."""
        if actor.user.id != author.id:
            self._allowed(repo.full_name, actor.user.login, needs="write")
