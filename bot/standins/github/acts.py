"""What people and Apps do to threads: each act changes the records and announces it. REST and the verbs share these.

Permission has been checked by the caller. Pull requests are in `pull_acts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.standins.github.events import announce
from bot.standins.github.schema import issues
from bot.standins.github.site import Site
from bot.standins.github.world import Comment, Reaction, ReactionContent, Repository, Thread, User


@dataclass(frozen=True)
class Actor:
    """Who does it; `via_app` marks what an App's token did."""

    user: User
    via_app: bool = False


@dataclass(frozen=True)
class Place:
    """A thread in its repository."""

    repository: Repository
    thread: Thread


def open_issue(
    site: Site, repository: Repository, actor: Actor, *, text: tuple[str, str], labels: Sequence[str] = ()
) -> Thread:
    """`text` is the title and the body. `opened` carries the labels already; the caller tells each one after it."""
    now = site.world.now()
    thread = Thread(
        id=site.world.new_id(),
        number=repository.next_number,
        title=text[0],
        body=text[1],
        author=actor.user,
        created_at=now,
        updated_at=now,
        via_app=actor.via_app,
    )
    repository.threads[thread.number] = thread
    add_labels(site, Place(repository, thread), labels)
    tell_thread(site, Place(repository, thread), actor, action="opened")
    return thread


def tell_thread(site: Site, place: Place, actor: Actor, *, action: str, **more: object) -> None:
    """An `issues` event. Pull requests have theirs from `pull_acts`."""
    issue = issues.issue(site, place.repository, place.thread)
    announce(site, place.repository, actor.user, name="issues", action=action, issue=issue, **more)


def _tell_comment(site: Site, place: Place, actor: Actor, *, action: str, comment: Comment, **more: object) -> None:
    announce(
        site,
        place.repository,
        actor.user,
        name="issue_comment",
        action=action,
        issue=issues.issue(site, place.repository, place.thread),
        comment=issues.comment(site, place.repository, (place.thread, comment)),
        **more,
    )


def add_comment(site: Site, place: Place, actor: Actor, *, body: str) -> Comment:
    now = site.world.now()
    comment = Comment(
        id=site.world.new_id(), author=actor.user, body=body, created_at=now, updated_at=now, via_app=actor.via_app
    )
    place.thread.comments.append(comment)
    place.thread.updated_at = now
    _tell_comment(site, place, actor, action="created", comment=comment)
    return comment


def edit_comment(site: Site, place: Place, actor: Actor, *, comment: Comment, body: str) -> None:
    """An edit that changes nothing is answered but neither marked nor announced."""
    before, comment.body = comment.body, body
    if before == body:
        return
    comment.updated_at = site.world.now()
    comment.edits += 1
    _tell_comment(site, place, actor, action="edited", comment=comment, changes={"body": {"from": before}})


def delete_comment(site: Site, place: Place, actor: Actor, *, comment: Comment) -> None:
    place.thread.comments.remove(comment)
    _tell_comment(site, place, actor, action="deleted", comment=comment)


def react(site: Site, actor: Actor, reactions: list[Reaction], *, content: ReactionContent) -> tuple[Reaction, bool]:
    """The reaction, and whether it is new: a person reacts once in each way. GitHub announces no reactions."""
    mine = (one for one in reactions if one.user.id == actor.user.id and one.content == content)
    known = next(mine, None)
    if known:
        return known, False
    made = Reaction(id=site.world.new_id(), user=actor.user, content=content, created_at=site.world.now())
    reactions.append(made)
    return made, True


def add_labels(site: Site, place: Place, names: Sequence[str]) -> list[str]:
    """Puts labels on a thread and says which ones are new to it."""
    have = {label.name.lower() for label in place.thread.labels}
    added = [name for name in dict.fromkeys(names) if name.lower() not in have]
    place.thread.labels += [site.world.label(place.repository, name) for name in added]
    if added:
        place.thread.updated_at = site.world.now()
    return added


def remove_label(place: Place, name: str) -> bool:
    before = len(place.thread.labels)
    place.thread.labels = [label for label in place.thread.labels if label.name.lower() != name.lower()]
    return len(place.thread.labels) < before


def set_state(site: Site, place: Place, actor: Actor, *, closed: bool, reason: str | None = None) -> bool:
    """Closes or opens again; False when that was so already. The caller announces it."""
    state = "closed" if closed else "open"
    if place.thread.state == state:
        return False
    now = site.world.now()
    place.thread.state = "closed" if closed else "open"
    place.thread.state_reason = (reason or "completed") if closed else "reopened"
    place.thread.closed_at = now if closed else None
    place.thread.closed_by = actor.user if closed else None
    place.thread.updated_at = now
    return True
