"""Pull requests: create, list, look at, change. An App opens them from branches of its own repository only."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bot.standins.github import pull_acts
from bot.standins.github.acts import Place
from bot.standins.github.rest.call import Answer, Call, Endpoint, paged
from bot.standins.github.rest.issues import checked_body
from bot.standins.github.schema import commits, pulls
from bot.standins.github.strict import Page, Strict, invalid, not_found
from bot.standins.github.world import PullRequest, Repository, Thread

MOST_FILES = 3000
MOST_COMMITS = 250


class PullsQuery(Page):
    """GitHub ignores a `head` without its owner and lists everything; here that is refused."""

    state: Literal["open", "closed", "all"] = "open"
    head: str | None = Field(default=None, pattern=r"^[^:/]+:.+$")
    base: str | None = None
    sort: Literal["created", "updated"] = "created"
    direction: Literal["asc", "desc"] = "desc"


class NewPull(Strict):
    title: str
    head: str
    base: str
    body: str | None = None
    draft: bool = False
    maintainer_can_modify: bool = True


class PullPatch(Strict):
    title: str | None = None
    body: str | None = None
    state: Literal["open", "closed"] | None = None
    base: str | None = None
    maintainer_can_modify: bool | None = None


async def create_pull(call: Call) -> Answer:
    repository = call.repository("pull_requests", "write")
    new: NewPull = call.body
    proposal = await _checked(call, repository, new)
    thread = await pull_acts.open_pull(call.site, repository, call.actor, proposal=proposal)
    return Answer(await _full(call, Place(repository, thread)), 201)


async def _checked(call: Call, repository: Repository, new: NewPull) -> pull_acts.Proposal:
    """Refuses in GitHub's order and words: bad branches, one that is there already, nothing to merge."""
    git, head = call.site.git(repository), _own_branch(repository, new.head)
    if not new.title.strip():
        raise invalid("PullRequest", "missing_field", field="title")
    if head is None or not await git.branch(head):
        raise invalid("PullRequest", "invalid", field="head")
    if not await git.branch(new.base):
        raise invalid("PullRequest", "invalid", field="base")
    if any(pull.base_ref == new.base for _, pull in repository.open_pulls(head)):
        message = f"A pull request already exists for {repository.owner.login}:{head}."
        raise invalid("PullRequest", "custom", message=message)
    if not await git.commits(f"refs/heads/{new.base}..refs/heads/{head}", limit=1):
        raise invalid("PullRequest", "custom", message=f"No commits between {new.base} and {head}")
    body = checked_body(new.body or "", "PullRequest")
    return pull_acts.Proposal(title=new.title, body=body, head=head, base=new.base, draft=new.draft)


def _own_branch(repository: Repository, head: str) -> str | None:
    """The branch that `head` or `owner:head` names; None when it names another repository's."""
    owner, separator, branch = head.partition(":")
    if not separator:
        return head
    return branch if owner.lower() == repository.owner.login.lower() else None


async def _full(call: Call, place: Place) -> dict[str, Any]:
    pull = _pull(place)
    found = await pull_acts.numbers(call.site, place)
    return pulls.full_pull(call.site, place.repository, (place.thread, pull), numbers=found)


def _pull(place: Place) -> PullRequest:
    if place.thread.pull is None:
        raise not_found()
    return place.thread.pull


async def list_pulls(call: Call) -> Answer:
    repository = call.repository("pull_requests", "read")
    query: PullsQuery = call.query
    found = [(one, one.pull) for one in repository.threads.values() if one.pull and _matches(repository, one, query)]
    found.sort(
        key=lambda pair: (getattr(pair[0], f"{query.sort}_at"), pair[0].number), reverse=query.direction == "desc"
    )
    return paged(call, [pulls.short_pull(call.site, repository, pair) for pair in found])


def _matches(repository: Repository, thread: Thread, query: PullsQuery) -> bool:
    pull = thread.pull
    if pull is None or query.state not in ("all", thread.state):
        return False
    if query.base and pull.base_ref != query.base:
        return False
    if not query.head:
        return True
    owner, _, branch = query.head.partition(":")
    return branch == pull.head_ref and owner.lower() == (pull.fork or repository).owner.login.lower()


async def get_pull(call: Call) -> Answer:
    place = place_of_pull(call, "read")
    return Answer(await _full(call, place))


def place_of_pull(call: Call, level: str) -> Place:
    """The pull request of the path."""
    repository = call.repository("pull_requests", level)
    thread = repository.threads.get(call.path["number"])
    if thread is None or thread.pull is None:
        raise not_found()
    return Place(repository, thread)


async def update_pull(call: Call) -> Answer:
    place, patch = place_of_pull(call, "write"), call.body
    given = {name: getattr(patch, name) for name in ("title", "body") if getattr(patch, name) is not None}
    if patch.base:
        await _change_base(call, place, patch.base)
    changes = {name: checked_body(value, "PullRequest") for name, value in given.items()}
    await pull_acts.edit(call.site, place, call.actor, changes=changes)
    if patch.state:
        await pull_acts.set_state(call.site, place, call.actor, closed=patch.state == "closed")
    return Answer(await _full(call, place))


async def _change_base(call: Call, place: Place, base: str) -> None:
    sha = await call.site.git(place.repository).branch(base)
    if sha is None:
        raise invalid("PullRequest", "invalid", field="base")
    pull = _pull(place)
    pull.base_ref, pull.base_sha = base, sha


async def list_files(call: Call) -> Answer:
    """What the pull request changes, with the hunks."""
    place = place_of_pull(call, "read")
    pull, git = _pull(place), call.site.git(place.repository)
    base = await git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    span = f"{base}..{pull.head_sha}"
    patches = await git.patches(span)
    documents = [
        commits.file_change(call.site, place.repository, pull.head_sha, change=one, patch=patches.get(one.path))
        for one in (await git.changes(span))[:MOST_FILES]
    ]
    return paged(call, documents)


async def list_commits(call: Call) -> Answer:
    place = place_of_pull(call, "read")
    pull, git = _pull(place), call.site.git(place.repository)
    shas = await git.commits(f"{pull.base_sha}..{pull.head_sha}", limit=MOST_COMMITS)
    facts = [await git.commit_facts(sha) for sha in shas]
    return paged(call, [commits.commit(call.site, place.repository, one) for one in facts])


PULLS = "/repos/{owner}/{repo}/pulls"
ENDPOINTS = [
    Endpoint(method="GET", path=PULLS, handler=list_pulls, query=PullsQuery),
    Endpoint(method="POST", path=PULLS, handler=create_pull, body=NewPull),
    Endpoint(method="GET", path=f"{PULLS}/{{number:int}}", handler=get_pull),
    Endpoint(method="PATCH", path=f"{PULLS}/{{number:int}}", handler=update_pull, body=PullPatch),
    Endpoint(method="GET", path=f"{PULLS}/{{number:int}}/files", handler=list_files, query=Page),
    Endpoint(method="GET", path=f"{PULLS}/{{number:int}}/commits", handler=list_commits, query=Page),
]
