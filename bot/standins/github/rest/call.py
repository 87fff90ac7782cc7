"""One REST call as the endpoints see it, and the answers they give.

`door` makes the call after it has checked path, parameters, body and token; endpoints only look things up and act.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.standins.github.acts import Actor, Place
from bot.standins.github.site import Site
from bot.standins.github.strict import Nothing, Page, Refusal, Strict, forbidden, moved, not_found
from bot.standins.github.tokens import AsApp, AsInstallation, AsUser, Caller, check
from bot.standins.github.world import Comment, Repository


@dataclass(frozen=True)
class Answer:
    content: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Call:
    site: Site
    caller: Caller
    method: str
    url: str
    search: str
    path: Mapping[str, Any]
    query: Any
    body: Any

    @property
    def actor(self) -> Actor:
        """An App's token acts as the App's bot user, a person's as the person."""
        if isinstance(self.caller, AsUser):
            return Actor(self.caller.user, via_app=True)
        return Actor(self.site.world.add_user(self.site.app.bot_login, "Bot"), via_app=True)

    def repository(self, permission: str = "metadata", level: str = "read") -> Repository:
        """The repository of the path, if the caller may do this to it."""
        found = self.named_repository()
        check(self.caller, found, permission, level)
        if level == "write" and found.archived:
            raise Refusal(403, "Repository was archived so is read-only.")
        return found

    def named_repository(self) -> Repository:
        """By name or by id; a former name leads on to the id, for those who may see what is there."""
        world = self.site.world
        if "repository_id" in self.path:
            found = world.repository_by_id(self.path["repository_id"])
        else:
            name = f"{self.path['owner']}/{self.path['repo']}"
            found = world.repository(name)
            former = None if found else world.formerly(name)
            if former:
                if not isinstance(self.caller, AsApp):  # a JWT asks for the installation there
                    check(self.caller, former, "metadata", "read")
                raise self._moved(former, self.url.removeprefix(f"{self.site.api}/repos/{name}"))
        if found is None:
            raise not_found()
        return found

    def _moved(self, repository: Repository, rest: str) -> Refusal:
        search = f"?{self.search}" if self.search else ""
        return moved(f"{self.site.api}/repositories/{repository.id}{rest}{search}", method=self.method)

    def thread(self, level: str = "read") -> Place:
        """The issue or pull request of the path."""
        repository = self.repository()
        number = self.path["number"]
        if number in repository.moved:
            raise self._gone(repository.moved[number], number)
        thread = repository.threads.get(number)
        if thread is None:
            raise not_found()
        place = Place(repository, thread)
        self._check_thread(place, level)
        return place

    def _gone(self, now: tuple[Repository, int] | None, number: int) -> Refusal:
        """An issue that was transferred is found where it went; one that was deleted is gone."""
        if now is None:
            return Refusal(410, "This issue was deleted")
        check(self.caller, now[0], "metadata", "read")
        rest = self.url.partition(f"/issues/{number}")[2]
        return self._moved(now[0], f"/issues/{now[1]}{rest}")

    def comment(self, level: str = "read") -> tuple[Place, Comment]:
        repository = self.repository()
        found = repository.comment(self.path["comment_id"])
        if found is None:
            raise not_found()
        place = Place(repository, found[0])
        self._check_thread(place, level)
        return place, found[1]

    def _check_thread(self, place: Place, level: str) -> None:
        """A pull request's talk may be touched with either of two permissions, as on GitHub."""
        either = isinstance(self.caller, AsInstallation) and self.caller.allows("pull_requests", level)
        permission = "pull_requests" if place.thread.pull and either else "issues"
        self.repository(permission, level)

    def installation(self) -> AsInstallation:
        if not isinstance(self.caller, AsInstallation):
            raise forbidden()
        return self.caller


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """`auth` is who may knock at all: the App by JWT, or anybody (the handler checks the repository)."""

    method: str
    path: str
    handler: Handler
    query: type[Strict] = Nothing
    body: type[Strict] | None = None
    auth: str = "token"


def paged(call: Call, items: Sequence[Any]) -> Answer:
    """One page of items, with GitHub's Link header."""
    page: Page = call.query
    start = (page.page - 1) * page.per_page
    return Answer(list(items[start : start + page.per_page]), headers=page_links(call, len(items)))


def page_links(call: Call, total: int) -> dict[str, str]:
    page: Page = call.query
    last = max(1, math.ceil(total / page.per_page))
    wanted = {"prev": page.page - 1, "next": page.page + 1, "last": last, "first": 1}
    if page.page >= last:
        del wanted["next"], wanted["last"]
    if page.page <= 1:
        del wanted["prev"], wanted["first"]
    return link_header(call, {rel: {"page": number} for rel, number in wanted.items()})


def link_header(call: Call, links: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    """`links` maps a relation to the query parameters that differ from this call's."""
    given = call.query.model_dump(exclude_unset=True, by_alias=True, mode="json")
    parts = [f'<{call.url}?{urlencode({**given, **changed})}>; rel="{rel}"' for rel, changed in links.items()]
    return {"Link": ", ".join(parts)} if parts else {}
