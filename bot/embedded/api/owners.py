"""Owner references, read: who is there, who waits for whom. Pure but for looking owners up; `garbage` acts on it."""

from typing import Any

import orjson

from bot.embedded.api.history import Stored
from bot.embedded.api.plane import Plane
from bot.embedded.api.registry import Served

type Document = dict[str, Any]


def owner_is_there(plane: Plane, served: Served, stored: Stored, reference: Document) -> bool:
    """Whether the object that a reference names exists: by uid, kind and name, in a namespace that can own it.

    An owner that is being deleted in the background is still there until it is gone.
    """
    key = plane.store.by_uid(reference["uid"])
    if key is None:
        return False
    resource, namespace, name = key
    owner = plane.registry.by_key(resource)
    if owner is None or name != reference["name"] or owner.type.kind != reference["kind"]:
        return False
    if reference["apiVersion"].rpartition("/")[0] != owner.type.group:
        return False
    return not owner.type.namespaced or (served.type.namespaced and namespace == stored.namespace)


def is_owned_by(document: Document, owner: Stored) -> bool:
    """Whether `document` names `owner`, in a namespace that `owner` can own things in."""
    if owner.namespace and document["metadata"].get("namespace") != owner.namespace:
        return False
    return any(item["uid"] == owner.uid for item in document["metadata"].get("ownerReferences", ()))


def blocks(document: Document, uid: str) -> bool:
    """Whether the owner's foreground deletion waits for this dependent."""
    references = document["metadata"].get("ownerReferences", ())
    return any(item["uid"] == uid and item.get("blockOwnerDeletion") is True for item in references)


def without_owners(document: Document, uids: set[str]) -> Document:
    """The object without its references to these owners."""
    kept = [item for item in document["metadata"].get("ownerReferences", ()) if item["uid"] not in uids]
    metadata = {key: value for key, value in document["metadata"].items() if key != "ownerReferences"}
    if kept:
        metadata["ownerReferences"] = kept
    return {**document, "metadata": metadata}


def is_deleting(stored: Stored) -> bool:
    """Whether the object's own metadata, not some field of its spec, says that it is being deleted."""
    return b'"deletionTimestamp":' in stored.body and "deletionTimestamp" in orjson.loads(stored.body)["metadata"]
