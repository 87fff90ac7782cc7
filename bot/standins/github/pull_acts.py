"""What is done to pull requests and branches: opening, pushing, closing, merging, and the events each one sends.

REST, the git door and the verbs share these. Numbers come from git at the moment they are asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.standins.github import acts, review_acts
from bot.standins.github.acts import Actor, Place
from bot.standins.github.commits import NewCommit, merge
from bot.standins.github.events import announce
from bot.standins.github.git import EMPTY_TREE, ZERO, BareRepository, Person
from bot.standins.github.schema import commits, issues, people, pulls
from bot.standins.github.site import Site
from bot.standins.github.world import PullRequest, Repository, Thread, User

CLOSING_WORDS = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)", re.IGNORECASE)
HEADS = "refs/heads/"
MOST_PUSHED = 2048
"""Commits that one `push` event lists."""


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
    await _publish_head(site, Place(repository, thread), pull)
    await tell_pull(site, Place(repository, thread), actor, action="opened")
    return thread


async def _publish_head(site: Site, place: Place, pull: PullRequest) -> None:
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


@dataclass(frozen=True)
class RefUpdate:
    """One reference moved by a push; an id of zeros means that it was not there before, or is gone now."""

    ref: str
    before: str
    after: str


def ref_updates(before: dict[str, str], after: dict[str, str]) -> list[RefUpdate]:
    names = sorted(before.keys() | after.keys())
    pairs = (RefUpdate(name, before.get(name, ZERO), after.get(name, ZERO)) for name in names)
    return [one for one in pairs if one.before != one.after]


async def pushed(site: Site, repository: Repository, actor: Actor, *, updates: list[RefUpdate]) -> None:
    """What follows a push: a `push` event for each reference, and the pull requests of the branches move along."""
    repository.pushed_at = site.world.now()
    for update in updates:
        await _tell_push(site, repository, actor, update=update)
        await _move_pulls(site, repository, actor, update=update)


async def _tell_push(site: Site, repository: Repository, actor: Actor, *, update: RefUpdate) -> None:
    git = site.git(repository)
    created, deleted = update.before == ZERO, update.after == ZERO
    listed = [] if deleted else await _push_commits(site, repository, update)
    kept = created or deleted or await git.succeeds("merge-base", "--is-ancestor", update.before, update.after)
    before, after = update.before[:12], update.after[:12]
    compared = f"compare/{before}...{after}" if not created and not deleted else f"commit/{after}"
    announce(
        site,
        repository,
        actor.user,
        name="push",
        ref=update.ref,
        before=update.before,
        after=update.after,
        created=created,
        deleted=deleted,
        forced=not kept,
        base_ref=await _base_ref(git, update) if created and not listed else None,
        compare=f"{site.url}/{repository.full_name}/{compared}",
        commits=listed,
        head_commit=None if deleted else await _push_commit(site, repository, update.after),
        pusher={"name": actor.user.login, "email": email(actor).email},
    )


async def _push_commits(site: Site, repository: Repository, update: RefUpdate) -> list[dict[str, Any]]:
    """The commits that are new to the branch, oldest first; of a new branch those that the default one has not."""
    before = f"refs/heads/{repository.default_branch}" if update.before == ZERO else update.before
    shas = await site.git(repository).commits(f"{before}..{update.after}", limit=MOST_PUSHED)
    return [await _push_commit(site, repository, sha) for sha in shas]


async def _push_commit(site: Site, repository: Repository, sha: str) -> dict[str, Any]:
    git = site.git(repository)
    facts = await git.commit_facts(sha)
    changes = await git.changes(f"{facts.parents[0] if facts.parents else EMPTY_TREE}..{sha}")
    return commits.push_commit(site, repository, facts, changes=changes)


async def _base_ref(git: BareRepository, update: RefUpdate) -> str | None:
    """The branch that a new one was made from, where it brought nothing of its own."""
    return next((ref for ref, sha in (await git.refs()).items() if sha == update.after and ref != update.ref), None)


async def _move_pulls(site: Site, repository: Repository, actor: Actor, *, update: RefUpdate) -> None:
    """The pull requests of the branch, those of a fork in the repository that it was made from."""
    branch = update.ref.removeprefix(HEADS)
    for base, thread, pull in site.world.pulls_from(repository, branch):
        place = Place(base, thread)
        if update.after == ZERO:
            await set_state(site, place, actor, closed=True)
            continue
        pull.head_sha = update.after
        thread.updated_at = site.world.now()
        await _publish_head(site, place, pull)
        await review_acts.follow_head(site, place)
        await tell_pull(site, place, actor, action="synchronize", before=update.before, after=update.after)


async def merge_pull(site: Site, place: Place, actor: Actor) -> str | None:
    """Merges as the button does: a merge commit, `closed` with merged=true, and the issues that it fixes close.

    Returns the merge commit, or None when the branches conflict.
    """
    pull, git = place.thread.pull, site.git(place.repository)
    if pull is None or place.thread.state != "open":
        return None
    before = await git.refs()
    owner = (pull.fork or place.repository).owner.login
    title = f"Merge pull request #{place.thread.number} from {owner}/{pull.head_ref}"
    message = NewCommit(files={}, message=f"{title}\n\n{place.thread.title}", author=email(actor), at=site.world.now())
    pull.merge_sha = await merge(git, pull.base_ref, pull.head_sha, message)
    if pull.merge_sha is None:
        return None
    pull.merged_at, pull.merged_by = site.world.now(), actor.user
    await set_state(site, place, actor, closed=True)
    await pushed(site, place.repository, actor, updates=ref_updates(before, await git.refs()))
    await _close_fixed(site, place, actor)
    return pull.merge_sha


async def _close_fixed(site: Site, place: Place, actor: Actor) -> None:
    for number in map(int, CLOSING_WORDS.findall(place.thread.body)):
        fixed = place.repository.threads.get(number)
        if fixed and not fixed.pull:
            await set_state(site, Place(place.repository, fixed), actor, closed=True)


def email(actor: Actor) -> Person:
    """Who commits are by, with the address that GitHub gives to those who hide theirs."""
    user = actor.user
    return Person(user.login, f"{user.id}+{user.login}@users.noreply.github.com")
