"""Writing objects: create, update and status, each one synchronous step from the latest state to a staged revision.

`writes` and `apply` (HTTP) and `garbage` (owners, namespaces) call here. Nothing awaits between reading the latest
object and staging its successor, so no update is lost; the caller awaits `Outcome.done` before it says that it is done.
"""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import orjson

from bot.embedded.api import managed
from bot.embedded.api.admission import (
    NAMESPACES,
    Place,
    admit,
    check_document,
    check_preconditions,
    merge_halves,
    require_account,
    require_namespace,
)
from bot.embedded.api.bootstrap import default_account
from bot.embedded.api.escalation import check_grant
from bot.embedded.api.history import Stored
from bot.embedded.api.kinds import strategy_of
from bot.embedded.api.metadata import carry_over, generated_name, new_uid, now, read_metadata
from bot.embedded.api.plane import Plane
from bot.embedded.api.rbac import GROUP as RBAC_GROUP
from bot.embedded.api.registry import Served
from bot.embedded.api.request import WriteOptions
from bot.embedded.api.status_errors import ApiError, already_exists, bad_request
from bot.embedded.api.tokens import MASTERS
from bot.embedded.api.validate.settle import settle

type Document = dict[str, Any]
type Own = Callable[[Document, Document], None]
type Merge = Callable[[Document], Document]

UNSET_ON_CREATE = ("deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion")


@dataclass(slots=True)
class Outcome:
    """What a write answers: the object's JSON, once `done` (None: nothing had to be written)."""

    code: int
    body: bytes
    done: asyncio.Future[None] | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Write:
    """One write: into which server, to which place in it, and how it was asked for."""

    plane: Plane
    place: Place
    options: WriteOptions

    @property
    def served(self) -> Served:
        return self.place.served


def create(write: Write, document: Document, *, own: Own | None = None) -> Outcome:
    """Admit a new object. ApiError: 400, 403 (namespace ends), 404 (no namespace), 409, 422.

    `own` writes the managedFields of an applied object, from the object and from what was applied.
    """
    plane, served = write.plane, write.served
    if served.terminating:
        raise ApiError(405, "MethodNotAllowed", "create not allowed while custom resource definition is terminating")
    warnings = admit(document, write.place, write.options, defaults=own is None)
    applied = deepcopy(document) if own is not None else document
    if own is not None:
        settle(served.schema, document)
    _name(document["metadata"])
    require_namespace(plane, write.place, document["metadata"])
    _prepare_new(served, document)
    check_document(served, document, None)
    _check_rights(write, document)
    if served.key == "pods":
        require_account(plane, document, served)
    metadata = document["metadata"]
    if plane.store.latest(served.key, metadata.get("namespace", ""), metadata["name"]) is not None:
        raise already_exists(served.type, metadata["name"])
    if own is None:
        managed.track_create(document, served, manager=write.options.manager)
    else:
        own(document, applied)
    return _staged_new(write, _ordered(served, document), warnings)


def _check_rights(write: Write, document: Document) -> None:
    """What depends on who writes."""
    user = write.options.user
    if write.served.type.group == RBAC_GROUP and MASTERS not in user.groups:
        check_grant(write.plane, write.served, document, user)


def _name(metadata: Document) -> None:
    if metadata.get("resourceVersion"):
        raise bad_request("resourceVersion should not be set on objects to be created")
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = generated_name(metadata["generateName"])


def _prepare_new(served: Served, document: Document) -> None:
    metadata, strategy = document["metadata"], strategy_of(served.type)
    for key in UNSET_ON_CREATE:
        metadata.pop(key, None)
    metadata["uid"], metadata["creationTimestamp"] = new_uid(), now()
    if served.type.has_status and not strategy.keeps_status_on_create:
        document.pop("status", None)
    strategy.prepare_create(document)
    if served.type.has_generation:
        metadata["generation"] = 1


def _staged_new(write: Write, document: Document, warnings: list[str]) -> Outcome:
    served, store = write.served, write.plane.store
    if write.options.dry_run:
        return Outcome(201, presented(served, orjson.dumps(document)), warnings=warnings)
    stored, done = store.stage(served.key, "ADDED", document)
    if served.key == NAMESPACES:
        store.stage("serviceaccounts", "ADDED", default_account(stored.name))
    return Outcome(201, presented(served, stored.body), done, warnings)


def update(write: Write, old: Stored, document: Document, *, merge: Merge | None = None) -> Outcome:
    """Replace `old`, or its status, by `document`. ApiError: 400, 409, 422.

    `merge` makes the new object of what was applied; without it, `document` is the new object.
    """
    place, served = write.place, write.served
    warnings = admit(document, place, write.options, defaults=merge is None)
    before: Document = orjson.loads(old.body)
    unconditional = served.type.unconditional_update or merge is not None
    check_preconditions(served, document["metadata"], before["metadata"], unconditional=unconditional)
    if merge is not None:
        document = merge(document)
        read_metadata(document)
        settle(served.schema, document)
    document = _next(served, document, before, place.subresource)
    if merge is None:
        by = managed.updater(write.options.manager, served, place.subresource)
        managed.track_update(document, before, served=served, by=by)
    check_document(served, document, before)
    if not place.subresource:
        _check_rights(write, document)
    return _staged_change(write, old, document, warnings)


def _next(served: Served, document: Document, before: Document, subresource: str) -> Document:
    """The successor of `before`, complete but for its revision."""
    document = merge_halves(served, document, before, status_only=subresource == "status")
    carry_over(document["metadata"], before["metadata"])
    if not subresource:
        strategy_of(served.type).prepare_update(document, before)
    _bump_generation(served, document, before)
    return _ordered(served, document)


def _staged_change(write: Write, old: Stored, document: Document, warnings: list[str]) -> Outcome:
    served = write.served
    if _same(document, orjson.loads(old.body)):
        return Outcome(200, presented(served, old.body), warnings=warnings)
    if write.options.dry_run:
        return Outcome(200, presented(served, orjson.dumps(document)), warnings=warnings)
    outcome = commit_update(write.plane, served, document)
    outcome.warnings = warnings
    return outcome


def commit_update(plane: Plane, served: Served, document: Document) -> Outcome:
    """Stage a checked update; an object on its way out leaves with its last finalizer."""
    metadata = document["metadata"]
    gone = "deletionTimestamp" in metadata and not metadata.get("finalizers") and _may_vanish(served, document)
    stored, done = plane.store.stage(served.key, "DELETED" if gone else "MODIFIED", document)
    return Outcome(200, presented(served, stored.body), done)


def _may_vanish(served: Served, document: Document) -> bool:
    """A pod waits for its kubelet's grace period; a namespace for its contents."""
    if served.key == NAMESPACES:
        return not document.get("spec", {}).get("finalizers")
    return not document["metadata"].get("deletionGracePeriodSeconds")


def _bump_generation(served: Served, document: Document, before: Document) -> None:
    if served.type.has_generation and _spec_part(served, document) != _spec_part(served, before):
        document["metadata"]["generation"] = before["metadata"].get("generation", 0) + 1


def _spec_part(served: Served, document: Document) -> bytes:
    hidden = ("metadata", "status") if served.type.has_status else ("metadata",)
    part = {key: value for key, value in document.items() if key not in hidden}
    return orjson.dumps(part, option=orjson.OPT_SORT_KEYS)


def _same(document: Document, before: Document) -> bool:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS) == orjson.dumps(before, option=orjson.OPT_SORT_KEYS)


def _ordered(served: Served, document: Document) -> Document:
    """Stored objects begin with apiVersion, kind and metadata, in the storage version."""
    ordered: Document = {"apiVersion": served.storage_api_version, "kind": served.type.kind}
    ordered["metadata"] = document["metadata"]
    ordered |= {key: value for key, value in document.items() if key not in ordered}
    return ordered


def presented(served: Served, body: bytes) -> bytes:
    """A stored body under the version in which it was asked for."""
    if served.storage_version == served.type.version:
        return body
    stored = b'{"apiVersion":"' + served.storage_api_version.encode() + b'"'
    asked = b'{"apiVersion":"' + served.type.api_version.encode() + b'"'
    return asked + body[len(stored) :] if body.startswith(stored) else body
