"""What GitHub has marked in a thread: which comments are hidden, which conversations resolved, when reviews changed.

Only its GraphQL API tells, in one query. Called by bot/talk.py and the rooms of bot/linked.py. It never fails: better a
session without the marks than none.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.errors import Later
from bot.github.client import GitHub, GitHubRefused
from handlers.events import Thread

Json = dict[str, Any]

MOST_PAGES = 5
"""The newest 500 of each kind."""
LONGEST_REASON = 40
_SAID = "url isMinimized minimizedReason"
_PAGE = "pageInfo { hasPreviousPage startCursor }"
_COMMENTS = f"comments(last: 100, before: $comments) {{ {_PAGE} nodes {{ {_SAID} }} }}"
QUERY = f"""
query($owner: String!, $name: String!, $number: Int!, $comments: String, $reviews: String, $threads: String) {{
  repository(owner: $owner, name: $name) {{
    databaseId
    issueOrPullRequest(number: $number) {{
      ... on Issue {{ {_COMMENTS} }}
      ... on PullRequest {{
        {_COMMENTS}
        reviews(last: 100, before: $reviews) {{ {_PAGE} nodes {{ {_SAID} lastEditedAt }} }}
        reviewThreads(last: 100, before: $threads) {{
          {_PAGE} nodes {{ isResolved isOutdated comments(first: 50) {{ nodes {{ {_SAID} }} }} }}
        }}
      }}
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Marks:
    """By the fragments of their addresses, as in `issuecomment-5`."""

    hidden: dict[str, str] = field(default_factory=dict)
    """Why it is hidden, in a word of GitHub's."""
    settled: set[str] = field(default_factory=set)
    """Remarks whose conversation is resolved, or whose line is no more."""
    reviews: dict[str, str] = field(default_factory=dict)
    """When each review was last edited; empty where it never was."""

    def add(self, thread: Json) -> None:
        """What one page of the thread says."""
        for one in [*_nodes(thread, "comments"), *_nodes(thread, "reviews")]:
            self._hide(one)
        for review in _nodes(thread, "reviews"):
            self.reviews[fragment(review["url"])] = review["lastEditedAt"] or ""
        for conversation in _nodes(thread, "reviewThreads"):
            for one in _nodes(conversation, "comments"):
                self._hide(one)
                if conversation["isResolved"] or conversation["isOutdated"]:
                    self.settled.add(fragment(one["url"]))

    def _hide(self, one: Json) -> None:
        if one["isMinimized"]:
            self.hidden[fragment(one["url"])] = str(one["minimizedReason"] or "")[:LONGEST_REASON]


async def marks_of(github: GitHub, thread: Thread) -> Marks:
    """What is marked in the thread; as much of it as GitHub tells."""
    marks = Marks()
    with suppress(GitHubRefused, Later, KeyError, TypeError):  # a server of another age knows other fields
        await _read(github, thread, marks)
    return marks


async def _read(github: GitHub, thread: Thread, marks: Marks) -> None:
    owner, _, name = thread.repository.partition("/")
    cursors: Json = {}
    for _ in range(MOST_PAGES):
        variables = {"owner": owner, "name": name, "number": thread.number, **cursors}
        data = await github.graphql(QUERY, variables, installation=thread.installation)
        if data["repository"]["databaseId"] != thread.repository_id:
            return  # another repository has the name by now
        found = data["repository"]["issueOrPullRequest"]
        marks.add(found)
        more = dict(_further(found))
        if not more:
            return
        cursors = {**cursors, **more}


def _further(thread: Json) -> Iterator[tuple[str, str]]:
    """Where the next page of each list begins, of those that have one."""
    for variable, name in (("comments", "comments"), ("reviews", "reviews"), ("threads", "reviewThreads")):
        page = (thread.get(name) or {}).get("pageInfo") or {}
        if page.get("hasPreviousPage"):
            yield variable, page["startCursor"]


def _nodes(thing: Json, name: str) -> list[Json]:
    return list((thing.get(name) or {}).get("nodes") or ())


def fragment(address: str) -> str:
    """The part of a page's address that names what stands there."""
    return address.rpartition("#")[2]
