"""Issues that go elsewhere: transferred to another repository, or deleted. The verbs call these."""

from __future__ import annotations

from bot.standins.github import acts
from bot.standins.github.acts import Actor, Place
from bot.standins.github.events import announce
from bot.standins.github.schema import issues, repositories
from bot.standins.github.site import Site
from bot.standins.github.world import Repository, Thread


def transfer(site: Site, place: Place, actor: Actor, *, to: Repository) -> Thread:
    """The same talk under a new number; both repositories hear of it, and the old address leads to the new one."""
    old, thread = place.repository, place.thread
    before = issues.issue(site, old, thread)
    del old.threads[thread.number]
    old_number, thread.number, thread.id = thread.number, to.next_number, site.world.new_id()
    thread.labels = [to.labels[one.name.lower()] for one in thread.labels if one.name.lower() in to.labels]
    to.threads[thread.number] = thread
    old.moved[old_number] = (to, thread.number)
    after = issues.issue(site, to, thread)
    there = {"new_issue": after, "new_repository": repositories.repository(site, to)}
    announce(site, old, actor.user, name="issues", action="transferred", issue=before, changes=there)
    here = {"old_issue": before, "old_repository": repositories.repository(site, old)}
    acts.tell_thread(site, Place(to, thread), actor, action="opened", changes=here)
    return thread


def delete(site: Site, place: Place, actor: Actor) -> None:
    del place.repository.threads[place.thread.number]
    place.repository.moved[place.thread.number] = None
    acts.tell_thread(site, place, actor, action="deleted")
