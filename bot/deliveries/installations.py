"""`installation`, `installation_repositories`: the App comes, goes, sleeps, loses repositories. Called by `read`."""

from bot.deliveries.heard import Heard, Ignored, InstallationChanged
from bot.deliveries.payload import Json, Payload, User, validated
from handlers.grammar.words import Dialect

KNOWN = ("created", "deleted", "suspend", "unsuspend", "new_permissions_accepted", "added", "removed")


class _Account(Payload):
    id: int
    account: User


class _Named(Payload):
    id: int


class _Changed(Payload):
    action: str
    installation: _Account
    repositories_removed: tuple[_Named, ...] = ()


def installation(payload: Json, dialect: Dialect) -> Heard | Ignored:
    """What an event about the App itself says."""
    if payload.get("action") not in KNOWN:
        return Ignored("unknown_action")
    event = validated(_Changed, payload)
    if isinstance(event, Ignored):
        return event
    return InstallationChanged(
        action=event.action,
        installation=event.installation.id,
        account=event.installation.account.login,
        gone=tuple(one.id for one in event.repositories_removed) if event.action == "removed" else None,
    )
