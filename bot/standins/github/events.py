"""Tells the App what has happened: builds a webhook payload and puts it into the delivery log's queue.

The acts call this. An event goes out only if the App is installed on the repository and has asked for it.
"""

from __future__ import annotations

from typing import Any

from bot.standins.github.schema import people, repositories
from bot.standins.github.schema.repositories import short_repository
from bot.standins.github.site import Site
from bot.standins.github.world import Installation, Repository, User

__all__ = ["announce", "announce_coverage", "announce_installation", "announce_revocation", "ping"]


def announce(site: Site, repository: Repository, sender: User, **event: Any) -> None:
    """`event` holds `name`, usually `action`, and the payload's own fields."""
    installation = site.world.installation_for(repository)
    name = event.pop("name")
    if installation is None or installation.suspended_at or name not in site.app.events:
        return
    payload = {
        **event,
        "repository": repositories.repository(site, repository),
        "sender": people.user(site, sender),
        "installation": {"id": installation.id, "node_id": f"MDIzO{installation.id}"},
    }
    site.log.queue(name, payload | _organization(site, repository))


def _organization(site: Site, repository: Repository) -> dict[str, Any]:
    owner = repository.owner
    return {"organization": people.organization(site, owner)} if owner.type == "Organization" else {}


def announce_installation(site: Site, installation: Installation, sender: User, *, action: str) -> None:
    """`installation` events reach every App; they cannot be switched off."""
    covered = [repo for repo in site.world.repositories.values() if installation.covers(repo)]
    site.log.queue(
        "installation",
        {
            "action": action,
            "installation": people.installation(site, installation),
            "repositories": [short_repository(repo) for repo in covered],
            "requester": None,
            "sender": people.user(site, sender),
        },
    )


def announce_coverage(site: Site, installation: Installation, *, action: str, repositories: list[Repository]) -> None:
    """`installation_repositories` reaches every App too: the App was given repositories, or lost them."""
    shown = [short_repository(one) for one in repositories]
    document = people.installation(site, installation)
    site.log.queue(
        "installation_repositories",
        {
            "action": action,
            "installation": document,
            "repository_selection": document["repository_selection"],
            "repositories_added": shown if action == "added" else [],
            "repositories_removed": shown if action == "removed" else [],
            "requester": None,
            "sender": people.user(site, installation.account),
        },
    )


def announce_revocation(site: Site, user: User) -> None:
    """`github_app_authorization`: a person no longer lets the App act for them."""
    site.log.queue("github_app_authorization", {"action": "revoked", "sender": people.user(site, user)})


def ping(site: Site) -> None:
    hook = people.hook(site)
    site.log.queue("ping", {"zen": "Non-blocking is better than blocking.", "hook_id": hook["id"], "hook": hook})
