"""What a person does to branches: pushes, forced pushes, deletions."""

from __future__ import annotations

from bot.standins.github import pull_acts, push_acts
from bot.standins.github.acts import Actor
from bot.standins.github.admission import Admission
from bot.standins.github.commits import Files, NewCommit, commit
from bot.standins.github.git import ZERO
from bot.standins.github.world import Repository


class BranchVerbs(Admission):
    """Mixed into the stand-in."""

    async def push_commit(
        self, repository: str, branch: str, *, files: Files, by: str, message: str = "Change files"
    ) -> str:
        """One commit on the branch, which starts at the default branch if it is new. Returns the commit's id."""
        repo, actor = self._writable(repository, by, needs="write")
        tip = await self.site.git(repo).branch(branch)
        parent = tip or await self.site.git(repo).branch(repo.default_branch)
        return await self._push(repo, actor, branch=branch, new=self._new(actor, files, message), parent=parent)

    async def force_push(
        self, repository: str, branch: str, *, files: Files, by: str, message: str = "Change files again"
    ) -> str:
        """Replaces the branch's last commit by another one."""
        repo, actor = self._writable(repository, by, needs="write")
        facts = await self.site.git(repo).commit_facts(f"refs/heads/{branch}")
        new = self._new(actor, files, message)
        return await self._push(repo, actor, branch=branch, new=new, parent=next(iter(facts.parents), None))

    async def delete_branch(self, repository: str, branch: str, *, by: str) -> None:
        """Its open pull requests close."""
        repo, actor = self._writable(repository, by, needs="write")
        git = self.site.git(repo)
        tip = await git.branch(branch)
        if tip is None or branch == repo.default_branch:
            raise LookupError(branch)
        await git.run("update-ref", "-d", f"refs/heads/{branch}")
        update = push_acts.RefUpdate(f"refs/heads/{branch}", tip, ZERO)
        await push_acts.pushed(self.site, repo, actor, updates=[update])

    def _new(self, actor: Actor, files: Files, message: str) -> NewCommit:
        return NewCommit(files=files, message=message, author=pull_acts.email(actor), at=self.site.world.now())

    async def _push(self, repo: Repository, actor: Actor, *, branch: str, new: NewCommit, parent: str | None) -> str:
        git = self.site.git(repo)
        before = await git.branch(branch)
        sha = await commit(git, branch, new, parent=parent)
        update = push_acts.RefUpdate(f"refs/heads/{branch}", before or ZERO, sha)
        await push_acts.pushed(self.site, repo, actor, updates=[update])
        return sha
