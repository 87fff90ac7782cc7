"""What strangers do: fork a repository, and propose from there. The App is not installed in a fork."""

from __future__ import annotations

from bot.standins.github import events, pull_acts
from bot.standins.github.acts import Actor, Place
from bot.standins.github.admission import Admission
from bot.standins.github.schema import repositories
from bot.standins.github.world import Repository, Thread


class ForkVerbs(Admission):
    """Mixed into the stand-in."""

    async def fork(self, repository: str, *, by: str) -> Repository:
        """`by`'s own copy of a repository, of the same name, with all branches."""
        repo, actor = self._allowed(repository, by, needs="read")
        name = f"{actor.user.login}/{repo.name}"
        if self.site.world.repository(name):
            raise ValueError(f"{name} is there already")
        fork = self.site.world.add_repository(name, private=repo.private, default_branch=repo.default_branch)
        fork.fork_of = repo
        git = await self.site.create_git(fork)
        await git.fetch(self.site.git(repo), "+refs/heads/*:refs/heads/*")
        forkee = repositories.full_repository(self.site, fork)
        events.announce(self.site, repo, actor.user, name="fork", forkee={**forkee, "public": not fork.private})
        return fork

    async def open_pull_request(
        self, repository: str, branch: str, *, title: str, by: str, body: str = "", fork: str | None = None
    ) -> Thread:
        """A person's pull request to the default branch, from a branch of the same repository or of their `fork`."""
        repo, actor = self._allowed(repository, by, needs="read" if fork else "write")
        head = self._allowed(fork, by, needs="write")[0] if fork else None
        if head and head.fork_of is not repo:
            raise ValueError(f"{fork} is no fork of {repository}")
        proposal = pull_acts.Proposal(title=title, body=body, head=branch, base=repo.default_branch, fork=head)
        return await pull_acts.open_pull(self.site, repo, Actor(actor.user), proposal=proposal)

    async def delete_fork(self, fork: str, *, by: str) -> None:
        """Its open pull requests close; what they proposed stays at `refs/pull/N/head`."""
        repo, actor = self._allowed(fork, by, needs="admin")
        for base in list(self.site.world.repositories.values()):
            for thread in base.threads.values():
                if thread.pull and thread.pull.fork is repo:
                    thread.pull.fork_gone = True
                    await pull_acts.set_state(self.site, Place(base, thread), actor, closed=True)
        del self.site.world.repositories[repo.full_name.lower()]
