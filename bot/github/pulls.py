"""Pull requests: what they are, whose, and ours found before one is opened. Called by publish, starts and the worker.

Ours is what our App opened, known by its id as GitHub tells it; the marker in its body says what it was made for.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.github.client import GitHub, GitHubRefused
from handlers.naming import made_for
from handlers.starting import PullFacts

Json = dict[str, Any]

HEADS = "refs/heads/"


@dataclass(frozen=True)
class Place:
    """A repository, as calls about its pull requests need it."""

    name: str
    """`owner/name`."""
    id: int
    installation: int
    home: int = 0
    """Repository (by id) of the threads that our pull requests here are made for."""


@dataclass(frozen=True)
class PullRequestDraft:
    head: str
    base: str
    title: str
    body: str
    draft: bool = False


async def pull_facts(github: GitHub, place: Place, number: int) -> PullFacts | None:
    """The pull request of this number, or None where there is none."""
    try:
        found = await github.call("GET", f"/repos/{place.name}/pulls/{number}", installation=place.installation)
    except GitHubRefused as refused:
        if refused.status in (404, 410):
            return None
        raise
    return await _facts(github, place, found)


async def is_merged(github: GitHub, repository: str, installation: int, number: int) -> bool | None:
    """Whether a closed pull request was merged; None for one that is open, or is not there."""
    try:
        found = await github.call("GET", f"/repos/{repository}/pulls/{number}", installation=installation)
    except GitHubRefused as refused:
        if refused.status in (404, 410):
            return None
        raise
    return None if found["state"] == "open" else bool(found.get("merged_at"))


async def open_pull_of(github: GitHub, place: Place, branch: str) -> PullFacts | None:
    """The open pull request of a branch of the repository itself, or None."""
    found = await _open_of(github, place, branch)
    return await _facts(github, place, found) if found else None


@dataclass(frozen=True)
class Sought:
    """Where our open pull requests for one number may be."""

    about: int
    stem: str
    """How the branches begin that are named after it."""
    named: tuple[str, ...] = ()
    """Branches with other names that work for it was pushed to."""


async def our_open_pulls(github: GitHub, place: Place, sought: Sought) -> tuple[PullFacts, ...]:
    """Our open pull requests made for this number, from those branches; the oldest first."""
    stem = sought.stem
    heads = [head for head in await _branches_from(github, place, stem) if head == stem or head[len(stem)] == "-"]
    found = [await open_pull_of(github, place, head) for head in dict.fromkeys([*heads, *sought.named])]
    mine = [pull for pull in found if pull is not None and pull.ours and pull.about == sought.about]
    return tuple(sorted(mine, key=lambda pull: pull.number))


async def _branches_from(github: GitHub, place: Place, stem: str) -> list[str]:
    path = f"/repos/{place.name}/git/matching-refs/heads/{quote(stem, safe='/')}"
    try:
        refs = [ref["ref"] async for ref in github.pages(path, installation=place.installation)]
    except GitHubRefused as refused:
        if refused.status in (404, 409):  # 409: the repository is empty
            return []
        raise
    return [name.removeprefix(HEADS) for name in refs]


async def _open_of(github: GitHub, place: Place, branch: str) -> Json | None:
    owner = place.name.partition("/")[0]
    params = {"head": f"{owner}:{branch}", "state": "open"}
    path = f"/repos/{place.name}/pulls"
    # GitHub takes the name for a prefix in places: only the very branch counts.
    async for pull in github.pages(path, installation=place.installation, params=params):
        if pull["head"]["ref"] == branch:
            return dict(pull)
    return None


async def _facts(github: GitHub, place: Place, found: Json) -> PullFacts:
    about = made_for(found.get("body") or "", place.home)
    head = found["head"]
    return PullFacts(
        number=found["number"],
        head=head["ref"],
        commit=head["sha"],
        base=found["base"]["ref"],
        title=found["title"],
        open=found["state"] == "open",
        merged=bool(found.get("merged_at")),
        ours=about is not None and await _is_ours(github, place, found["number"]),
        about=about or 0,
        author=(found.get("user") or {}).get("id") or 0,
        fork=(head.get("repo") or {}).get("id") != place.id,
        url=found["html_url"],
    )


async def _is_ours(github: GitHub, place: Place, number: int) -> bool:
    """Whether our App opened it: only the issue side of a pull request tells the App's id."""
    issue = await github.call("GET", f"/repos/{place.name}/issues/{number}", installation=place.installation)
    return (issue.get("performed_via_github_app") or {}).get("id") == github.app_id


async def opened(github: GitHub, place: Place, wanted: PullRequestDraft) -> Json:
    """The open pull request of this branch, opened if it is not there yet."""
    return await _open_of(github, place, wanted.head) or await _open(github, place, wanted)


async def _open(github: GitHub, place: Place, wanted: PullRequestDraft) -> Json:
    body = {
        "title": wanted.title,
        "head": wanted.head,
        "base": wanted.base,
        "body": wanted.body,
        "draft": wanted.draft,
    }
    path = f"/repos/{place.name}/pulls"
    try:
        made: Json = await github.call("POST", path, installation=place.installation, body=body)
    except GitHubRefused as refused:
        if "already exists" not in refused.message:
            raise
        found = await _open_of(github, place, wanted.head)
        if found is None:
            raise
        return found
    return made


async def body_of(github: GitHub, place: Place, number: int) -> str:
    """What a pull request says."""
    found = await github.call("GET", f"/repos/{place.name}/pulls/{number}", installation=place.installation)
    return str(found.get("body") or "")


async def say(github: GitHub, place: Place, number: int, *, body: str) -> None:
    """Lets a pull request say this; its title stays."""
    path = f"/repos/{place.name}/pulls/{number}"
    await github.call("PATCH", path, installation=place.installation, body={"body": body})
