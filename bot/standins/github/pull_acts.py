"""What is done to pull requests: opening, editing, labelling, assigning, closing, and the events each one sends.

REST and the verbs share these; pushes and merges are in `push_acts`. Numbers come from git at the moment they
are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.standins.github import acts
from bot.standins.github.acts import Actor, Place
from bot.standins.github.events import announce
from bot.standins.github.git import ZERO, Person
from bot.standins.github.schema import issues, people, pulls
from bot.standins.github.site import Site
from bot.standins.github.world import PullRequest, Repository, Thread, User


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A pull request to be: both branches exist, and the head has commits that the base has not."""

    title: str
    body: str
    head: str
    base: str
    draft: bool = False
    fork: Repository | None = None


async def open_pull(site: Site, repository: Repository, actor: Actor, *, proposal: Proposal) -> Thread:
    git, now = site.git(repository), site.world.now()
    pull = PullRequest(
        id=site.world.new_id(),
        head_ref=proposal.head,
        head_sha=await site.git(proposal.fork or repository).branch(proposal.head) or ZERO,
        fork=proposal.fork,
        base_ref=proposal.base,
        base_sha=await git.branch(proposal.base) or ZERO,
        draft=proposal.draft,
    )
    thread = Thread(
        id=site.world.new_id(),
        number=repository.next_number,
        title=proposal.title,
        body=proposal.body,
        author=actor.user,
        created_at=now,
        updated_at=now,
        via_app=actor.via_app,
        pull=pull,
    )
    repository.threads[thread.number] = thread
    await publish_head(site, Place(repository, thread), pull)
    await tell_pull(site, Place(repository, thread), actor, action="opened")
    return thread


async def publish_head(site: Site, place: Place, pull: PullRequest) -> None:
    """`refs/pull/N/head` of the repository that the pull request is made to; a fork's commits are brought there."""
    git, ref = site.git(place.repository), f"refs/pull/{place.thread.number}/head"
    if pull.fork:
        await git.fetch(site.git(pull.fork), f"+refs/heads/{pull.head_ref}:{ref}")
    await git.set_ref(ref, pull.head_sha)


async def numbers(site: Site, place: Place) -> pulls.PullNumbers:
    pull = place.thread.pull
    if pull is None:
        raise LookupError(place.thread.number)
    git = site.git(place.repository)
    base = await git.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    changes = await git.changes(f"{base}..{pull.head_sha}")
    still_open = place.thread.state == "open"
    tip = await git.branch(pull.base_ref) or pull.base_sha
    return pulls.PullNumbers(
        commits=len(await git.commits(f"{base}..{pull.head_sha}")),
        additions=sum(one.additions for one in changes),
        deletions=sum(one.deletions for one in changes),
        changed_files=len(changes),
        mergeable=await git.merged_tree(tip, pull.head_sha) is not None if still_open else None,
    )


async def tell_pull(site: Site, place: Place, actor: Actor, *, action: str, **more: object) -> None:
    """A `pull_request` event."""
    if place.thread.pull is None:
        return
    pair = (place.thread, place.thread.pull)
    document = pulls.full_pull(site, place.repository, pair, numbers=await numbers(site, place))
    event = {"name": "pull_request", "action": action, "number": place.thread.number, "pull_request": document}
    announce(site, place.repository, actor.user, **event, **more)


async def tell(site: Site, place: Place, actor: Actor, *, action: str, **more: object) -> None:
    """The event of a thread's own kind."""
    if place.thread.pull:
        await tell_pull(site, place, actor, action=action, **more)
    else:
        acts.tell_thread(site, place, actor, action=action, **more)


async def label(site: Site, place: Place, actor: Actor, *, names: list[str]) -> None:
    for name in acts.add_labels(site, place, names):
        await tell_label(site, place, actor, name=name)


async def tell_label(site: Site, place: Place, actor: Actor, *, name: str) -> None:
    document = issues.label(site, place.repository, site.world.label(place.repository, name))
    await tell(site, place, actor, action="labeled", label=document)


async def unlabel(site: Site, place: Place, actor: Actor, *, name: str) -> bool:
    if not acts.remove_label(place, name):
        return False
    document = issues.label(site, place.repository, site.world.label(place.repository, name))
    await tell(site, place, actor, action="unlabeled", label=document)
    return True


async def set_state(site: Site, place: Place, actor: Actor, *, closed: bool, reason: str | None = None) -> None:
    if acts.set_state(site, place, actor, closed=closed, reason=reason):
        await tell(site, place, actor, action="closed" if closed else "reopened")


async def assign(site: Site, place: Place, actor: Actor, *, user: User) -> None:
    if user not in place.thread.assignees:
        place.thread.assignees.append(user)
        place.thread.updated_at = site.world.now()
        await tell(site, place, actor, action="assigned", assignee=people.user(site, user))


async def unassign(site: Site, place: Place, actor: Actor, *, user: User) -> None:
    if user in place.thread.assignees:
        place.thread.assignees.remove(user)
        place.thread.updated_at = site.world.now()
        await tell(site, place, actor, action="unassigned", assignee=people.user(site, user))


async def edit(site: Site, place: Place, actor: Actor, *, changes: dict[str, str]) -> None:
    """New title or body; `edited` says what each was before."""
    before = {name: getattr(place.thread, name) for name in changes}
    changed = {name: value for name, value in changes.items() if value != before[name]}
    for name, value in changed.items():
        setattr(place.thread, name, value)
    if changed:
        place.thread.updated_at = site.world.now()
        told = {name: {"from": before[name]} for name in changed}
        await tell(site, place, actor, action="edited", changes=told)


def email(actor: Actor) -> Person:
    """Who commits are by, with the address that GitHub gives to those who hide theirs."""
    user = actor.user
    return Person(user.login, f"{user.id}+{user.login}@users.noreply.github.com")
