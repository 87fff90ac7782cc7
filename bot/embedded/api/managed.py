"""Who owns which field, for objects that have been applied. See `apply` for the rules; a placeholder-free first part:
an object without managedFields is not tracked, as Kubernetes does for objects that were never applied."""

from typing import Any

from bot.embedded.api.registry import Served


def track_update(
    document: dict[str, Any], before: dict[str, Any], served: Served, *, manager: str, subresource: str
) -> None:
    """Keep the ownership records of `before`."""
    if "managedFields" in before["metadata"]:
        document["metadata"]["managedFields"] = before["metadata"]["managedFields"]
    else:
        document["metadata"].pop("managedFields", None)
