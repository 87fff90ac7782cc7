"""What people do on GitHub in the house's stories, beyond issues and comments. Mixed into tests/house.py's House."""

from collections.abc import Mapping, Sequence

from bot.standins.github import GitHubStandIn
from bot.standins.github.world import Comment, Review, ReviewComment, ReviewState

SHOP = "acme/shop"


class GitHubVerbs:
    github: GitHubStandIn

    async def push(
        self, files: Mapping[str, str | None], *, branch: str = "main", by: str = "ada", message: str = "Change files"
    ) -> str:
        """A person's push of one commit; its id."""
        return await self.github.push_commit(SHOP, branch, files=dict(files), by=by, message=message)

    async def edit_comment(self, comment: Comment, body: str, *, by: str = "ada") -> None:
        await self.github.edit_comment(SHOP, comment, body=body, by=by)

    async def delete_comment(self, comment: Comment, *, by: str = "ada") -> None:
        await self.github.delete_comment(SHOP, comment, by=by)

    async def edit_issue(
        self, *, title: str | None = None, body: str | None = None, by: str = "grace", number: int = 1
    ) -> None:
        await self.github.edit_issue(SHOP, number, title=title, body=body, by=by)

    async def assign(self, to: str = "vteam[bot]", *, by: str = "ada", number: int = 1) -> None:
        await self.github.assign(SHOP, number, to=to, by=by)

    async def unlabel(self, name: str, *, by: str = "ada", number: int = 1) -> None:
        await self.github.unlabel(SHOP, number, name=name, by=by)

    async def open_pull_request(
        self, files: Mapping[str, str | None], *, branch: str = "change", title: str = "A change", by: str = "ada"
    ) -> int:
        """A person's own pull request to main; its number."""
        await self.push(files, branch=branch, by=by)
        return (await self.github.open_pull_request(SHOP, branch, title=title, by=by)).number

    async def review(
        self,
        number: int,
        body: str = "",
        *,
        state: ReviewState = "commented",
        comments: Sequence[tuple[str, int, str]] = (),
        by: str = "ada",
    ) -> Review:
        """`comments` are (path, line, text)."""
        return await self.github.review(SHOP, number, body=body, state=state, comments=comments, by=by)

    async def comment_on_line(
        self, number: int, body: str, *, path: str = "src/a.py", line: int = 1, by: str = "ada"
    ) -> ReviewComment:
        return await self.github.comment_on_line(SHOP, number, path=path, line=line, body=body, by=by)

    async def reply_inline(self, comment: ReviewComment, body: str, *, by: str = "ada") -> ReviewComment:
        return await self.github.reply_inline(SHOP, comment, body=body, by=by)

    async def fork_pull_request(
        self, files: Mapping[str, str | None], *, branch: str = "change", title: str = "A change", by: str = "grace"
    ) -> int:
        """A pull request of somebody who may not write here, from a fork of their own (made on first use)."""
        fork = f"{by}/{SHOP.partition('/')[2]}"
        if self.github.site.world.repository(fork) is None:
            await self.github.fork(SHOP, by=by)
        await self.push_to_fork(files, branch=branch, by=by)
        return (await self.github.open_pull_request(SHOP, branch, title=title, by=by, fork=fork)).number

    async def push_to_fork(self, files: Mapping[str, str | None], *, branch: str = "change", by: str = "grace") -> str:
        """Moves the fork's pull request along; the commit's id."""
        return await self.github.push_commit(f"{by}/{SHOP.partition('/')[2]}", branch, files=dict(files), by=by)
