"""What a test or the demo does as a person: users, repositories, issues, comments, labels, pushes, merges.

Each verb changes the world as GitHub would and sends the webhooks. A person who may not do it gets PermissionError:
that is a mistake of the story, never something the bot caused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from bot.standins.github import acts, issue_acts, pull_acts, push_acts
from bot.standins.github.acts import Actor, Place
from bot.standins.github.commits import Files, NewCommit, commit, files_of
from bot.standins.github.verbs_of_branches import BranchVerbs
from bot.standins.github.verbs_of_forks import ForkVerbs
from bot.standins.github.verbs_of_repositories import RepositoryVerbs
from bot.standins.github.verbs_of_reviews import ReviewVerbs
from bot.standins.github.world import Comment, ReactionContent, Repository, Role, Thread

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$")


class Verbs(BranchVerbs, ReviewVerbs, ForkVerbs, RepositoryVerbs):
    """Mixed into the stand-in."""

    def grant(self, repository: str, login: str, *, role: Role) -> None:
        self._repository(repository).roles[self.create_user(login).login.lower()] = role

    async def create_repository(
        self, full_name: str, files: Files | Path | None = None, *, private: bool = False, default_branch: str = "main"
    ) -> Repository:
        """A repository with one first commit; its owner becomes an organization if nobody has the name."""
        if not NAME.match(full_name) or self.site.world.repository(full_name):
            raise ValueError(f"not a new repository's name: {full_name}")
        repository = self.site.world.add_repository(full_name, private=private, default_branch=default_branch)
        git = await self.site.create_git(repository)
        content = files_of(files) if isinstance(files, Path) else files or {"README.md": f"# {repository.name}\n"}
        author = pull_acts.email(Actor(repository.owner))
        first = NewCommit(files=content, message="First commit", author=author, at=repository.created_at)
        await commit(git, default_branch, first, parent=None)
        return repository

    async def open_issue(
        self, repository: str, title: str, *, body: str = "", by: str, labels: Sequence[str] = ()
    ) -> Thread:
        """Opens an issue; labels given with it are in `opened`, and each is told as `labeled` right after it."""
        repo, actor = self._writable(repository, by, needs="read")
        thread = acts.open_issue(self.site, repo, actor, text=(title, body), labels=labels)
        for name in dict.fromkeys(labels):
            await pull_acts.tell_label(self.site, Place(repo, thread), actor, name=name)
        return thread

    def upload(self, repository: str, data: bytes, *, media_type: str = "image/png") -> str:
        """A person drops a file into a text of the repository; gives the address that then stands in the text."""
        upload = self.site.uploads.add(self._repository(repository), data, media_type)
        return f"{self.site.url}/user-attachments/assets/{upload.name}"

    async def edit_issue(
        self, repository: str, number: int, *, by: str, title: str | None = None, body: str | None = None
    ) -> None:
        """A new title or body, of an issue or a pull request."""
        place, actor = self._thread(repository, number, by=by)
        self._own(place.repository, actor, place.thread.author)
        given = {"title": title, "body": body}
        changes = {name: value for name, value in given.items() if value is not None}
        await pull_acts.edit(self.site, place, actor, changes=changes)

    async def transfer_issue(self, repository: str, number: int, *, to: str, by: str) -> Thread:
        """Moves an issue to another repository of the same owner; the old address leads there."""
        place, actor = self._thread(repository, number, by=by, needs="write")
        target, _ = self._writable(to, by, needs="write")
        if place.thread.pull or target.owner is not place.repository.owner:
            raise ValueError(f"{repository}#{number} cannot be transferred to {to}")
        return issue_acts.transfer(self.site, place, actor, to=target)

    async def delete_issue(self, repository: str, number: int, *, by: str) -> None:
        place, actor = self._thread(repository, number, by=by, needs="admin")
        issue_acts.delete(self.site, place, actor)

    async def comment(self, repository: str, number: int, *, body: str, by: str) -> Comment:
        place, actor = self._thread(repository, number, by=by)
        return acts.add_comment(self.site, place, actor, body=body)

    async def edit_comment(self, repository: str, comment: Comment, *, body: str, by: str) -> None:
        place, actor = self._of_comment(repository, comment, by=by)
        self._own(place.repository, actor, comment.author)
        acts.edit_comment(self.site, place, actor, comment=comment, body=body)

    async def delete_comment(self, repository: str, comment: Comment, *, by: str) -> None:
        place, actor = self._of_comment(repository, comment, by=by)
        self._own(place.repository, actor, comment.author)
        acts.delete_comment(self.site, place, actor, comment=comment)

    async def react(self, repository: str, comment: Comment, *, content: ReactionContent, by: str) -> None:
        _, actor = self._of_comment(repository, comment, by=by)
        acts.react(self.site, actor, comment.reactions, content=content)

    async def label(self, repository: str, number: int, *, name: str, by: str) -> None:
        place, actor = self._thread(repository, number, by=by, needs="triage")
        await pull_acts.label(self.site, place, actor, names=[name])

    async def unlabel(self, repository: str, number: int, *, name: str, by: str) -> None:
        place, actor = self._thread(repository, number, by=by, needs="triage")
        await pull_acts.unlabel(self.site, place, actor, name=name)

    async def assign(self, repository: str, number: int, *, to: str, by: str) -> None:
        """`to` may be the App's own bot user."""
        place, actor = self._thread(repository, number, by=by, needs="triage")
        await pull_acts.assign(self.site, place, actor, user=self.create_user(to))

    async def unassign(self, repository: str, number: int, *, to: str, by: str) -> None:
        place, actor = self._thread(repository, number, by=by, needs="triage")
        await pull_acts.unassign(self.site, place, actor, user=self.create_user(to))

    async def close(self, repository: str, number: int, *, by: str, reason: str | None = None) -> None:
        """Closes an issue, or a pull request without merging it. Its author may, and whoever may triage."""
        place, actor = self._thread(repository, number, by=by)
        if place.thread.author.id != actor.user.id:
            self._allowed(repository, by, needs="triage")
        await pull_acts.set_state(self.site, place, actor, closed=True, reason=reason)

    async def reopen(self, repository: str, number: int, *, by: str) -> None:
        place, actor = self._thread(repository, number, by=by, needs="triage")
        await pull_acts.set_state(self.site, place, actor, closed=False)

    async def merge_pull_request(self, repository: str, number: int, *, by: str) -> str:
        place, actor = self._thread(repository, number, by=by, needs="write")
        sha = await push_acts.merge_pull(self.site, place, actor)
        if sha is None:
            raise ValueError(f"{repository}#{number} cannot be merged")
        return sha

    def _of_comment(self, repository: str, comment: Comment, *, by: str) -> tuple[Place, Actor]:
        repo, actor = self._writable(repository, by, needs="read")
        found = repo.comment(comment.id)
        if found is None:
            raise LookupError(f"comment {comment.id}")
        return Place(repo, found[0]), actor
