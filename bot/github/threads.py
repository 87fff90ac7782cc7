"""What the bot says and reads in an issue's or pull request's thread. Called by bot/perform.py and bot/orders.py.

A comment is looked for by its hidden marker and our App before it is posted: an answer that was lost on the way back
must not become a second comment.
"""

from dataclasses import dataclass
from typing import Any

from bot.github.client import PAGE, GitHub, GitHubRefused
from bot.github.repositories import at
from handlers.events import Thread

Json = dict[str, Any]

MOST_EVENTS = 300
"""Of a timeline: three pages; a thread that has seen more is a busy one, and its text names what counts."""


@dataclass(frozen=True)
class Comments:
    """The comments of threads, as the App."""

    github: GitHub

    async def find(self, thread: Thread, marker: str) -> int | None:
        """Our comment with this marker in its body, or None."""
        path = f"{_place(thread)}/issues/{thread.number}/comments"
        async for comment in self.github.pages(path, installation=thread.installation):
            if marker in (comment.get("body") or "") and _ours(comment, self.github.app_id):
                return int(comment["id"])
        return None

    async def post_once(self, thread: Thread, marker: str, body: str) -> int:
        """The comment with this marker, posted if it is not there yet."""
        known = await self.find(thread, marker)
        return known if known is not None else await self._post(thread, _marked(body, marker))

    async def upsert(self, thread: Thread, known: int | None, marker: str, body: str) -> int:
        """The comment with this marker, saying this now; posted again where somebody deleted it."""
        comment = known if known is not None else await self.find(thread, marker)
        if comment is None:
            return await self._post(thread, _marked(body, marker))
        path = f"{_place(thread)}/issues/comments/{comment}"
        try:
            await self.github.call(
                "PATCH", path, installation=thread.installation, body={"body": _marked(body, marker)}
            )
        except GitHubRefused as refused:
            if refused.status not in (404, 410):
                raise
            return await self._post(thread, _marked(body, marker))
        return comment

    async def _post(self, thread: Thread, body: str) -> int:
        path = f"{_place(thread)}/issues/{thread.number}/comments"
        made = await self.github.call("POST", path, installation=thread.installation, body={"body": body})
        return int(made["id"])

    async def react(self, thread: Thread, comment: int | None, content: str, *, remark: bool = False) -> None:
        """A reaction on a comment, or on the issue itself; GitHub keeps one of a kind. `remark`: one on a diff."""
        place = f"issues/{thread.number}"
        if comment is not None:
            place = f"{'pulls' if remark else 'issues'}/comments/{comment}"
        path = f"{_place(thread)}/{place}/reactions"
        await self.github.call("POST", path, installation=thread.installation, body={"content": content})


async def issue(github: GitHub, thread: Thread) -> Json:
    """The issue (or the issue side of a pull request), as GitHub tells it."""
    found: Json = await github.call("GET", f"{_place(thread)}/issues/{thread.number}", installation=thread.installation)
    return found


async def comments(github: GitHub, thread: Thread) -> list[Json]:
    """All comments of the thread, oldest first."""
    path = f"{_place(thread)}/issues/{thread.number}/comments"
    return [comment async for comment in github.pages(path, installation=thread.installation)]


async def newest_comments(github: GitHub, thread: Thread, count: int) -> list[Json]:
    """Of so many comments the last page of GitHub's, and the one before it: no fewer than a page, where there are."""
    last = -(-count // PAGE)
    found: list[Json] = []
    for page in range(max(1, last - 1), last + 1):
        params = {"per_page": PAGE, "page": page}
        path = f"{_place(thread)}/issues/{thread.number}/comments"
        found += await github.call("GET", path, installation=thread.installation, params=params)
    return found[-PAGE:]


async def newest_remarks(github: GitHub, thread: Thread, most: int) -> list[Json]:
    """The newest comments on lines, at most a page of GitHub's."""
    path = f"{_place(thread)}/pulls/{thread.number}/comments"
    params = {"per_page": most, "sort": "created", "direction": "desc"}
    found: list[Json] = await github.call("GET", path, installation=thread.installation, params=params)
    return found


async def newest_reviews(github: GitHub, thread: Thread, most: int) -> list[Json]:
    """The newest reviews that say something, among the first: GitHub lists the oldest first."""
    path, found = f"{_place(thread)}/pulls/{thread.number}/reviews", list[Json]()
    seen = 0
    async for review in github.pages(path, installation=thread.installation):
        seen += 1
        found += [review] if (review.get("body") or "").strip() else []
        if seen == MOST_EVENTS:
            break
    return found[-most:]


async def message(github: GitHub, thread: Thread, which: tuple[str, int]) -> Json:
    """One message by its number: a `comment`, a `remark` on a line, or a `review` of this pull request."""
    kind, number = which
    rooms = {"comment": "issues/comments", "remark": "pulls/comments"}
    room = rooms.get(kind, f"pulls/{thread.number}/reviews")
    found: Json = await github.call("GET", f"{_place(thread)}/{room}/{number}", installation=thread.installation)
    return found


async def named_by(github: GitHub, thread: Thread) -> list[Json]:
    """GitHub's account of who has named the thread elsewhere, oldest first, among its first events."""
    path = f"{_place(thread)}/issues/{thread.number}/timeline"
    found: list[Json] = []
    seen = 0
    async for event in github.pages(path, installation=thread.installation):
        seen += 1
        found += [event] if event.get("event") == "cross-referenced" else []
        if seen == MOST_EVENTS:
            break
    return found


async def reviews(github: GitHub, thread: Thread) -> list[Json]:
    """All reviews of a pull request, oldest first."""
    path = f"{_place(thread)}/pulls/{thread.number}/reviews"
    return [review async for review in github.pages(path, installation=thread.installation)]


async def remarks(github: GitHub, thread: Thread) -> list[Json]:
    """All comments on lines of a pull request, oldest first."""
    path = f"{_place(thread)}/pulls/{thread.number}/comments"
    return [remark async for remark in github.pages(path, installation=thread.installation)]


def _place(thread: Thread) -> str:
    """By number: the name may be another repository's by now."""
    return at(thread.repository, thread.repository_id)


def _ours(comment: Json, app_id: int) -> bool:
    app = comment.get("performed_via_github_app") or {}
    return app.get("id") == app_id


def _marked(body: str, marker: str) -> str:
    return body if marker in body else f"{marker}\n{body}"
