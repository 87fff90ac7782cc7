"""What people do on GitHub in the house's stories, beyond issues and comments. Mixed into tests/house.py's House."""

from collections.abc import Mapping

from bot.standins.github import GitHubStandIn
from bot.standins.github.world import Comment

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
