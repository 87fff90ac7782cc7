"""Pull requests: found by their head branch before one is opened. Called by bot/publish.py."""

from dataclasses import dataclass
from typing import Any

from bot.github.client import GitHub, GitHubRefused

Json = dict[str, Any]


@dataclass(frozen=True)
class PullRequestDraft:
    head: str
    base: str
    title: str
    body: str
    draft: bool = False


async def opened(github: GitHub, repository: str, installation: int, wanted: PullRequestDraft) -> Json:
    """The open pull request of this branch, opened if it is not there yet."""
    found = await find(github, repository, installation, wanted.head)
    return found or await _open(github, repository, installation, wanted)


async def find(github: GitHub, repository: str, installation: int, branch: str) -> Json | None:
    """The open pull request of a branch of the repository itself, or None."""
    owner = repository.partition("/")[0]
    params = {"head": f"{owner}:{branch}", "state": "open"}
    pulls = await github.call("GET", f"/repos/{repository}/pulls", installation=installation, params=params)
    return pulls[0] if pulls else None


async def _open(github: GitHub, repository: str, installation: int, wanted: PullRequestDraft) -> Json:
    body = {
        "title": wanted.title,
        "head": wanted.head,
        "base": wanted.base,
        "body": wanted.body,
        "draft": wanted.draft,
    }
    try:
        made: Json = await github.call("POST", f"/repos/{repository}/pulls", installation=installation, body=body)
    except GitHubRefused as refused:
        if "already exists" not in refused.message:
            raise
        found = await find(github, repository, installation, wanted.head)
        if found is None:
            raise
        return found
    return made
