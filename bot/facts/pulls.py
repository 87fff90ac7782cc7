"""Where a pull request stands, and whether it comes from a fork: asked for `ok` only. Called by the facts."""

from bot.github import GitHub, GitHubRefused
from handlers.events import PullHead, Thread


async def pull_head(github: GitHub, thread: Thread) -> PullHead | None:
    """The head of the thread's pull request, or None where there is none any more."""
    path = f"/repos/{thread.repository}/pulls/{thread.number}"
    try:
        found = await github.call("GET", path, installation=thread.installation)
    except GitHubRefused as refused:
        if refused.status in (404, 410):
            return None
        raise
    head = found["head"]
    return PullHead(commit=head["sha"], fork=(head.get("repo") or {}).get("id") != thread.repository_id)
