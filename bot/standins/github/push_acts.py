"""What moves branches: pushes and merges, the `push` events, and the pull requests that move along.

The git door and the verbs share these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.standins.github import pull_acts, review_acts
from bot.standins.github.acts import Actor, Place
from bot.standins.github.commits import NewCommit, merge
from bot.standins.github.events import announce
from bot.standins.github.git import EMPTY_TREE, ZERO, BareRepository
from bot.standins.github.schema import commits
from bot.standins.github.site import Site
from bot.standins.github.world import Repository

CLOSING_WORDS = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)", re.IGNORECASE)
HEADS = "refs/heads/"
MOST_PUSHED = 2048
"""Commits that one `push` event lists."""


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
        pusher={"name": actor.user.login, "email": pull_acts.email(actor).email},
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
            await pull_acts.set_state(site, place, actor, closed=True)
            continue
        pull.head_sha = update.after
        thread.updated_at = site.world.now()
        await pull_acts.publish_head(site, place, pull)
        await review_acts.follow_head(site, place)
        await pull_acts.tell_pull(site, place, actor, action="synchronize", before=update.before, after=update.after)


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
    message = NewCommit(
        files={}, message=f"{title}\n\n{place.thread.title}", author=pull_acts.email(actor), at=site.world.now()
    )
    pull.merge_sha = await merge(git, pull.base_ref, pull.head_sha, message)
    if pull.merge_sha is None:
        return None
    pull.merged_at, pull.merged_by = site.world.now(), actor.user
    await pull_acts.set_state(site, place, actor, closed=True)
    await pushed(site, place.repository, actor, updates=ref_updates(before, await git.refs()))
    await _close_fixed(site, place, actor)
    return pull.merge_sha


async def _close_fixed(site: Site, place: Place, actor: Actor) -> None:
    for number in map(int, CLOSING_WORDS.findall(place.thread.body)):
        fixed = place.repository.threads.get(number)
        if fixed and not fixed.pull:
            await pull_acts.set_state(site, Place(place.repository, fixed), actor, closed=True)
