"""What a pull request or a commit changes, as GitHub lists it. Called by bot/changes.py and the rooms of bot/linked.py.

GitHub lists 3,000 files of a pull request at most, and leaves a file's patch out where it is binary or too large.
"""

from typing import Any

from bot.github.client import PAGE, GitHub
from bot.github.repositories import at
from handlers.events import Thread

Json = dict[str, Any]


async def pull_request(github: GitHub, thread: Thread) -> Json:
    """The pull request itself: its head, its base, how much it changes."""
    found: Json = await github.call("GET", _path(thread), installation=thread.installation)
    return found


async def files_of(github: GitHub, thread: Thread, *, most: int) -> list[Json]:
    """The first files that the pull request changes, with their patches."""
    found: list[Json] = []
    params = {"per_page": min(PAGE, most)}
    async for file in github.pages(f"{_path(thread)}/files", installation=thread.installation, params=params):
        found.append(file)
        if len(found) == most:
            break
    return found


async def commit(github: GitHub, place: Thread, sha: str) -> Json:
    """A commit with its message and the first of the files that it changes."""
    path = f"{at(place.repository, place.repository_id)}/commits/{sha}"
    found: Json = await github.call("GET", path, installation=place.installation)
    return found


def _path(thread: Thread) -> str:
    return f"{at(thread.repository, thread.repository_id)}/pulls/{thread.number}"
